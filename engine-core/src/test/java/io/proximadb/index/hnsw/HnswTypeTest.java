package io.proximadb.index.hnsw;

import io.proximadb.index.IndexType;
import io.proximadb.testkit.VectorIndexContract;

class HnswTypeTest extends VectorIndexContract {
  @Override
  protected IndexType type() {
    return new HnswType();
  }
}
