package io.proximadb.index.ivf;

import io.proximadb.index.IndexType;
import io.proximadb.model.IndexDefinition;
import io.proximadb.testkit.VectorIndexContract;

/** Lists of rows that are coded by products. */
class IvfProductTest extends VectorIndexContract {
  @Override
  protected IndexType type() {
    return new IvfType();
  }

  @Override
  protected IndexDefinition definition() {
    return super.definition().with("product", "8");
  }
}
