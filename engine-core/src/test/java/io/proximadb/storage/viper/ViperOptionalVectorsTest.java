package io.proximadb.storage.viper;

import io.proximadb.storage.StorageFormat;
import io.proximadb.testkit.OptionalVectorsContract;

/** VIPER files of rows some of which are without a vector. */
class ViperOptionalVectorsTest extends OptionalVectorsContract {
  @Override
  protected StorageFormat format() {
    return new ViperFormat();
  }
}
