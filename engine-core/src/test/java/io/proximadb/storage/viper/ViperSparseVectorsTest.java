package io.proximadb.storage.viper;

import io.proximadb.testkit.SparseVectorsContract;

class ViperSparseVectorsTest extends SparseVectorsContract {
  @Override
  protected String layout() {
    return ViperFormat.NAME;
  }
}
