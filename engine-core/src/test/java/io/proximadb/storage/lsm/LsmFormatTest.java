package io.proximadb.storage.lsm;

import io.proximadb.model.Row;
import io.proximadb.storage.StorageFormat;
import io.proximadb.testkit.StorageFormatContract;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

class LsmFormatTest extends StorageFormatContract {
  /** Blocks of 1 KiB. */
  private static final LsmSizes SMALL = new LsmSizes(1_024, 64 << 20, 1L << 30);

  @Override
  protected StorageFormat format() {
    return new LsmFormat(SMALL);
  }

  @Override
  protected StorageFormat formatWithFilesOf(long bytes) {
    return new LsmFormat(new LsmSizes(1_024, (int) bytes, 4 * bytes));
  }

  @Override
  protected List<Row> stored(List<Row> rows) {
    return rows.stream()
        .sorted(
            (left, right) ->
                Arrays.compareUnsigned(
                    left.id().getBytes(StandardCharsets.UTF_8),
                    right.id().getBytes(StandardCharsets.UTF_8)))
        .toList();
  }
}
