package io.proximadb.storage.lsm;

import io.proximadb.testkit.SparseVectorsContract;

class LsmSparseVectorsTest extends SparseVectorsContract {
  @Override
  protected String layout() {
    return LsmFormat.NAME;
  }
}
