package io.proximadb.index.ivf;

import io.proximadb.index.IndexType;
import io.proximadb.testkit.VectorIndexContract;

class IvfTypeTest extends VectorIndexContract {
  @Override
  protected IndexType type() {
    return new IvfType();
  }
}
