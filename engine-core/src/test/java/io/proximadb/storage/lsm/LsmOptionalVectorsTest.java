package io.proximadb.storage.lsm;

import io.proximadb.storage.StorageFormat;
import io.proximadb.testkit.OptionalVectorsContract;

class LsmOptionalVectorsTest extends OptionalVectorsContract {
  @Override
  protected StorageFormat format() {
    return new LsmFormat(new LsmSizes(512, 64 << 20, 1L << 30));
  }
}
