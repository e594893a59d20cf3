package io.proximadb.storage.viper;

import io.proximadb.error.UnavailableException;
import io.proximadb.io.MovableFiles;
import io.proximadb.model.Row;
import io.proximadb.storage.CompactionWriter;
import io.proximadb.storage.IdHash;
import io.proximadb.storage.StagedSegment;
import io.proximadb.storage.Staging;
import io.proximadb.storage.TableContext;
import io.proximadb.storage.ids.IdIndexWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.PartitionSpec;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes rows into files, starting a new one when one is full, each with its id index. */
final class ViperWriter implements CompactionWriter {
  private static final Logger LOG = LoggerFactory.getLogger(ViperWriter.class);

  private final TableContext table;
  private final String purpose;
  private final ViperSizes sizes;
  private final ColumnLayout layout;
  private final IdHash hash;
  private final List<StagedSegment> finished = new ArrayList<>();
  private @Nullable OpenFile open;
  private long rows;
  private boolean ended;

  /** The file being written. */
  private record OpenFile(
      String name, String location, ViperFileWriter writer, IdIndexWriter idIndex) {}

  ViperWriter(TableContext table, String purpose, ViperSizes sizes) {
    this.table = table;
    this.purpose = purpose;
    this.sizes = sizes;
    this.layout = ColumnLayout.of(table);
    this.hash = IdHash.of(table.tableUuid());
  }

  @Override
  public void append(Row row, long rowId, long updatedIn) {
    append(row);
  }

  @Override
  public void append(Row row) {
    checkNotEnded();
    try {
      OpenFile file = open == null ? start() : open;
      file.idIndex().add(hash.of(row.id()));
      boolean full = file.writer().append(row);
      rows++;
      if (full) {
        end(file);
      }
    } catch (IOException | UncheckedIOException e) {
      throw cannotWrite(e);
    }
  }

  /** Iceberg's FileIO wraps what goes wrong in an exception of its own. */
  private UnavailableException cannotWrite(Exception e) {
    return new UnavailableException(
        "Cannot write to table " + table.location() + ": " + e.getMessage(), e);
  }

  private void checkNotEnded() {
    if (ended) {
      throw new IllegalStateException("The writer was finished or closed before");
    }
  }

  private OpenFile start() throws IOException {
    String name = UUID.randomUUID() + ".parquet";
    String location =
        table.io() instanceof MovableFiles
            ? table.stagingLocation(purpose, name)
            : table.dataLocation(name);
    OpenFile file =
        new OpenFile(
            name,
            location,
            new ViperFileWriter(
                layout, sizes, table.tableUuid(), table.io().newOutputFile(location)),
            new IdIndexWriter(table, name));
    open = file;
    return file;
  }

  private void end(OpenFile file) throws IOException {
    file.writer().finish();
    String idIndex = file.idIndex().write();
    DataFile dataFile =
        DataFiles.builder(PartitionSpec.unpartitioned())
            .withPath(table.dataLocation(file.name()))
            .withFormat(FileFormat.PARQUET)
            .withFileSizeInBytes(file.writer().size())
            .withSplitOffsets(file.writer().splitOffsets())
            .withMetrics(ViperMetrics.of(table, file.writer().rows(), file.writer().totals()))
            .build();
    finished.add(new StagedSegment(dataFile, file.location(), idIndex));
    open = null;
  }

  @Override
  public long rowCount() {
    return rows;
  }

  @Override
  public List<StagedSegment> finish() {
    checkNotEnded();
    try {
      if (open != null) {
        end(open);
      }
    } catch (IOException | UncheckedIOException e) {
      throw cannotWrite(e);
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
    if (open != null) {
      try {
        open.writer().close();
      } catch (IOException e) {
        // What is given up is deleted next; that it could not be synced does not matter.
        LOG.info("Cannot close file {} that is given up: {}", open.location(), e.toString());
      }
      table.io().deleteFile(open.location());
      table.io().deleteFile(table.idIndexLocation(open.name()));
    }
    finished.forEach(segment -> Staging.discard(table.io(), segment));
  }
}
