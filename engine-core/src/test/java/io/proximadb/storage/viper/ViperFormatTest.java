package io.proximadb.storage.viper;

import io.proximadb.storage.StorageFormat;
import io.proximadb.testkit.StorageFormatContract;

class ViperFormatTest extends StorageFormatContract {
  /** Pages of 16 rows or 1 KiB, row groups of 8 KiB. */
  private static final ViperSizes SMALL = new ViperSizes(16, 1_024, 8_192, 1L << 30);

  @Override
  protected StorageFormat format() {
    return new ViperFormat(SMALL);
  }

  @Override
  protected StorageFormat formatWithFilesOf(long bytes) {
    return new ViperFormat(new ViperSizes(16, 1_024, 8_192, bytes));
  }
}
