package io.proximadb.storage.lsm;

import io.proximadb.error.UnavailableException;
import io.proximadb.io.MovableFiles;
import io.proximadb.model.Row;
import io.proximadb.storage.CompactionWriter;
import io.proximadb.storage.IdHash;
import io.proximadb.storage.StagedSegment;
import io.proximadb.storage.Staging;
import io.proximadb.storage.TableContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.PositionOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Collects the rows of a file in memory and writes it when it is full: in the order of ids, or in
 * the order in which they came, which must be that of ids.
 *
 * <p>Holds the records of one file on the heap, and some 50 bytes a row.
 */
final class LsmWriter implements CompactionWriter {
  private static final long NO_LINEAGE = -1;

  private final TableContext table;
  private final String purpose;
  private final LsmSizes sizes;
  private final int level;
  private final boolean sorts;
  private final RunColumns columns;
  private final IdHash hash;
  private final List<StagedSegment> finished = new ArrayList<>();
  private List<EncodedRow> run = new ArrayList<>();
  private long runBytes;
  private @Nullable RowEncoder encoder;
  private @Nullable EncodedRow last;
  private @Nullable Boolean lineage;
  private long rows;
  private boolean ended;

  private LsmWriter(TableContext table, String purpose, LsmSizes sizes, int level, boolean sorts) {
    this.table = table;
    this.purpose = purpose;
    this.sizes = sizes;
    this.level = level;
    this.sorts = sorts;
    this.columns = RunColumns.of(table);
    this.hash = IdHash.of(table.tableUuid());
  }

  /** Writes files of level 0 from rows in any order. */
  static LsmWriter sorting(TableContext table, String purpose, LsmSizes sizes) {
    return new LsmWriter(table, purpose, sizes, 0, true);
  }

  /** Writes files of a level from rows in the order of their ids. */
  static LsmWriter sorted(TableContext table, String purpose, LsmSizes sizes, int level) {
    return new LsmWriter(table, purpose, sizes, level, false);
  }

  @Override
  public void append(Row row) {
    append(row, NO_LINEAGE, NO_LINEAGE);
  }

  @Override
  public void append(Row row, long rowId, long updatedIn) {
    checkNotEnded();
    RowEncoder open = encoder(rowId != NO_LINEAGE);
    EncodedRow encoded = open.encode(row, rowId, updatedIn);
    if (!sorts && last != null && last.compareTo(encoded) > 0) {
      throw new IllegalArgumentException(
          "Cannot write row '" + row.id() + "': it stands behind a greater id");
    }
    last = encoded;
    run.add(encoded);
    runBytes += encoded.record().length;
    rows++;
    if (runBytes >= sizes.fileBytes()) {
      end(open);
    }
  }

  /** The encoder of the open file, which is started if there is none. */
  private RowEncoder encoder(boolean withLineage) {
    if (lineage != null && lineage != withLineage) {
      throw new IllegalArgumentException(
          "Cannot write rows with and without lineage (found="
              + withLineage
              + ", rows before="
              + lineage
              + ")");
    }
    lineage = withLineage;
    RowEncoder open = encoder;
    if (open == null) {
      open = new RowEncoder(table, columns, withLineage);
      encoder = open;
    }
    return open;
  }

  private void checkNotEnded() {
    if (ended) {
      throw new IllegalStateException("The writer was finished or closed before");
    }
  }

  private void end(RowEncoder open) {
    if (sorts) {
      run.sort(null);
    }
    UUID uuid = UUID.randomUUID();
    String name = LsmNames.of(uuid, level);
    String location =
        table.io() instanceof MovableFiles
            ? table.stagingLocation(purpose, name)
            : table.dataLocation(name);
    String index = table.lsmIndexLocation(name);
    boolean written = false;
    try {
      RunFile file = new RunFile(uuid, table.tableUuid(), open, run, sizes.blockBytes());
      long size = file.write(table.io().newOutputFile(location));
      writeIndex(table.io().newOutputFile(index), file);
      finished.add(new StagedSegment(dataFile(name, size, open), location, index));
      written = true;
    } catch (IOException | UncheckedIOException e) {
      throw new UnavailableException(
          "Cannot write to table " + table.location() + ": " + e.getMessage(), e);
    } finally {
      if (!written) {
        table.io().deleteFile(location);
        table.io().deleteFile(index);
      }
    }
    run = new ArrayList<>();
    runBytes = 0;
    encoder = null;
  }

  private void writeIndex(OutputFile target, RunFile file) throws IOException {
    LsmIndexBuilder builder = new LsmIndexBuilder(run.size());
    for (EncodedRow row : run) {
      builder.add(hash.of(row.id()));
    }
    for (int block = 0; block < file.blockCount(); block++) {
      builder.addBlock(file.firstId(block));
    }
    try (PositionOutputStream out = target.createOrOverwrite()) {
      out.write(builder.build(table.tableUuid(), file.checksum()));
    }
  }

  private DataFile dataFile(String name, long size, RowEncoder open) {
    return DataFiles.builder(PartitionSpec.unpartitioned())
        .withPath(table.dataLocation(name))
        .withFormat(FileFormat.AVRO)
        .withFileSizeInBytes(size)
        .withMetrics(open.metrics())
        .build();
  }

  @Override
  public long rowCount() {
    return rows;
  }

  @Override
  public List<StagedSegment> finish() {
    checkNotEnded();
    if (encoder != null && !run.isEmpty()) {
      end(encoder);
    }
    ended = true;
    return List.copyOf(finished);
  }

  @Override
  public void close() {
    if (ended) {
      return;
    }
    ended = true;
    run = List.of();
    finished.forEach(segment -> Staging.discard(table.io(), segment));
  }
}
