package io.proximadb.storage.lsm;

import io.proximadb.storage.StorageFormat;
import io.proximadb.testkit.CompactionContract;

class LsmCompactionContractTest extends CompactionContract {
  @Override
  protected StorageFormat format() {
    return new LsmFormat(new LsmSizes(1_024, 20_000, 1 << 20));
  }
}
