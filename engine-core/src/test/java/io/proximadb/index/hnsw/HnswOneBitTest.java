package io.proximadb.index.hnsw;

import io.proximadb.index.IndexType;
import io.proximadb.model.IndexDefinition;
import io.proximadb.testkit.VectorIndexContract;

/** A graph whose rows are coded by the sign of each direction alone. */
class HnswOneBitTest extends VectorIndexContract {
  @Override
  protected IndexType type() {
    return new HnswType();
  }

  @Override
  protected IndexDefinition definition() {
    return super.definition().with("bits", "1");
  }

  /** Of few dimensions the signs alone do not reach more. */
  @Override
  protected double recall() {
    return 0.5;
  }
}
