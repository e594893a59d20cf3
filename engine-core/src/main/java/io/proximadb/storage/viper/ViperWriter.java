package io.proximadb.storage.viper;

import io.proximadb.error.UnavailableException;
import io.proximadb.io.MovableFiles;
import io.proximadb.model.ClusterId;
import io.proximadb.model.Row;
import io.proximadb.storage.CompactionWriter;
import io.proximadb.storage.IdHash;
import io.proximadb.storage.RowOrder;
import io.proximadb.storage.StagedSegment;
import io.proximadb.storage.Staging;
import io.proximadb.storage.TableContext;
import io.proximadb.storage.clusters.ClusterModel;
import io.proximadb.storage.clusters.ClusterModels;
import io.proximadb.storage.ids.IdIndexWriter;
import io.proximadb.vector.cluster.Assigner;
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

/**
 * Writes rows into files, starting a new one when one is full, each with its id index. Rows get the
 * cluster that the table's current model gives them.
 */
final class ViperWriter implements CompactionWriter {
  private static final Logger LOG = LoggerFactory.getLogger(ViperWriter.class);

  /** Place of the default vector field, which the clusters are of, in a row. */
  private static final int CLUSTERED_VECTOR = 0;

  private final TableContext table;
  private final String purpose;
  private final ViperSizes sizes;
  private final FileProfile profile;
  private final @Nullable ClusterModel model;

  /** Null if rows keep their order. */
  private final @Nullable ClusterSort sort;

  private final @Nullable Assigner assigner;
  private final IdHash hash;
  private final List<StagedSegment> finished = new ArrayList<>();
  private ColumnLayout layout;
  private @Nullable OpenFile open;
  private long rows;
  private boolean ended;

  /** The file being written. */
  private record OpenFile(
      String name, String location, ViperFileWriter writer, IdIndexWriter idIndex) {}

  private ViperWriter(
      TableContext table,
      String purpose,
      ViperSizes sizes,
      FileProfile profile,
      @Nullable ClusterModel model,
      @Nullable ClusterSort sort) {
    this.table = table;
    this.purpose = purpose;
    this.sizes = sizes;
    this.profile = profile;
    this.model = model;
    this.sort = sort;
    this.assigner = model == null ? null : model.centroids().assigner();
    this.hash = IdHash.of(table.tableUuid());
    // What is wrong with the schema is said at once.
    this.layout = ColumnLayout.of(table);
  }

  /** For rows as they arrive: within a row group they are put in the order of clusters. */
  static ViperWriter ofArrivals(TableContext table, String purpose, ViperSizes sizes) {
    ClusterModel model = ClusterModels.current(table);
    ClusterSort sort =
        model == null ? null : new ClusterSort(model, CLUSTERED_VECTOR, sizes.rowGroupBytes());
    return new ViperWriter(table, purpose, sizes, FileProfile.PLAIN, model, sort);
  }

  /** For rows that keep their order. */
  static ViperWriter ofCompaction(TableContext table, String purpose, ViperSizes sizes) {
    return new ViperWriter(
        table, purpose, sizes, FileProfile.ofCompaction(table), ClusterModels.current(table), null);
  }

  @Override
  public void append(Row row, long rowId, long updatedIn) {
    append(row, RowOrder.UNKNOWN, rowId, updatedIn);
  }

  @Override
  public void append(Row row, long clusterId, long rowId, long updatedIn) {
    checkNotEnded();
    if (sort != null && rowId != FileRow.INHERITED) {
      throw new IllegalStateException("Rows as they arrive have no lineage yet");
    }
    try {
      if (sort != null) {
        sorted(sort, sort.add(row));
        return;
      }
      if (rows == 0 && rowId != FileRow.INHERITED) {
        layout = layout.withLineage();
      }
      rows++;
      write(new FileRow(row, clusterId(row, clusterId), rowId, updatedIn));
    } catch (IOException | UncheckedIOException e) {
      throw cannotWrite(e);
    }
  }

  @Override
  public void append(Row row) {
    append(row, FileRow.INHERITED, FileRow.INHERITED);
  }

  @Override
  public void appendImmutable(Row row) {
    if (sort == null) {
      append(row);
      return;
    }
    checkNotEnded();
    try {
      sorted(sort, sort.addImmutable(row));
    } catch (IOException | UncheckedIOException e) {
      throw cannotWrite(e);
    }
  }

  private void sorted(ClusterSort rowsByCluster, boolean full) throws IOException {
    rows++;
    if (full) {
      drain(rowsByCluster);
    }
  }

  private long clusterId(Row row, long known) {
    if (model == null || assigner == null) {
      return ClusterId.NONE;
    }
    if (known != RowOrder.UNKNOWN && ClusterId.generation(known) == model.generation()) {
      return known;
    }
    float[] vector = row.vectors()[CLUSTERED_VECTOR];
    return vector == null ? ClusterId.NONE : model.id(assigner.assign(vector));
  }

  /** Writes what was sorted as a row group of its own. */
  private void drain(ClusterSort sorted) throws IOException {
    sorted.drain(this::write);
    if (open != null) {
      open.writer().endRowGroup();
    }
  }

  private void write(FileRow row) throws IOException {
    OpenFile file = open == null ? start() : open;
    if (file.writer().cutBefore(row.clusterId())) {
      end(file);
      file = start();
    }
    file.idIndex().add(hash.of(row.row().id()));
    if (file.writer().append(row)) {
      end(file);
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
    String name = ViperFormat.fileName(UUID.randomUUID(), profile.tag());
    String location =
        table.io() instanceof MovableFiles
            ? table.stagingLocation(purpose, name)
            : table.dataLocation(name);
    OpenFile file =
        new OpenFile(
            name,
            location,
            new ViperFileWriter(
                layout, profile, sizes, table.tableUuid(), table.io().newOutputFile(location)),
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
      if (sort != null && !sort.isEmpty()) {
        drain(sort);
      }
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
