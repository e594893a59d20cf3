package io.proximadb.storage.viper;

import io.proximadb.storage.StorageFormat;
import io.proximadb.testkit.CompactionContract;

class ViperCompactionContractTest extends CompactionContract {
  @Override
  protected StorageFormat format() {
    return new ViperFormat(new ViperSizes(16, 1_024, 8_192, 20_000));
  }
}
