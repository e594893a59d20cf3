package io.proximadb.index.flat;

import io.proximadb.index.IndexType;
import io.proximadb.testkit.VectorIndexContract;

class FlatTypeTest extends VectorIndexContract {
  @Override
  protected IndexType type() {
    return new FlatType();
  }
}
