package io.proximadb.index.hnsw;

import io.proximadb.index.IndexType;
import io.proximadb.model.IndexDefinition;
import io.proximadb.testkit.VectorIndexContract;

/** A graph whose rows are coded by four bits. */
class HnswBitsTest extends VectorIndexContract {
  @Override
  protected IndexType type() {
    return new HnswType();
  }

  @Override
  protected IndexDefinition definition() {
    return super.definition().with("bits", "4");
  }
}
