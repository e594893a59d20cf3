package io.proximadb.maintenance;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.catalog.RowLevelCommit;
import io.proximadb.error.AlreadyExistsException;
import io.proximadb.error.ConflictException;
import io.proximadb.model.VectorField;
import io.proximadb.storage.StorageFormat;
import io.proximadb.storage.TableContext;
import io.proximadb.storage.clusters.ClusterCounts;
import io.proximadb.storage.clusters.ClusterModel;
import io.proximadb.storage.clusters.ClusterModels;
import io.proximadb.storage.clusters.FileClusters;
import io.proximadb.vector.cluster.KMeans;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.Snapshot;
import org.jspecify.annotations.Nullable;

/**
 * Trains the cluster model of a table: the first when its files have enough rows, a new generation
 * when rows written since do not fit the one there is, or when the table has grown out of it. From
 * then on new files are written in the new clusters, and compaction brings old ones into them.
 */
public final class Reclustering implements MaintenanceWork {
  /*
   * Recovery: a model is of no effect until the table's property names it, which is one commit that
   * requires the value before. A crash between the two leaves a file whose number the next training
   * leaves out; it is removed with the models that no file uses.
   */

  /** Rows in files from which on clusters pay: comparing fewer takes under a millisecond. */
  static final int MIN_ROWS = 10_000;

  /** A table that is so many times as large as at the training wants twice as many clusters. */
  static final int GROWTH = 4;

  /**
   * Rows written since the training, in shares of those it saw, from which on drift is looked at.
   */
  static final double MIN_NEW_SHARE = 0.1;

  /**
   * New rows that are so many times as far from their centroids, in squares, have drifted. Rows of
   * the same kind are within some percent, since centroids fit the sample a little better.
   */
  static final double MAX_DISTORTION_RATIO = 1.25;

  /** New rows that crowd into clusters so many times as much have drifted. */
  static final double MAX_IMBALANCE_RATIO = 2;

  /** Generations tried after one whose file is there, left by trainings that never ended. */
  private static final int MAX_STRAY_MODELS = 1_000;

  /** Tables whose last look is remembered. */
  private static final int MAX_REMEMBERED = 10_000;

  /** By table, the snapshot that was looked at last and wanted nothing. */
  private final Cache<UUID, Long> settled =
      Caffeine.newBuilder().maximumSize(MAX_REMEMBERED).executor(Runnable::run).build();

  @Override
  public Kind kind() {
    return Kind.RECLUSTER;
  }

  @Override
  public MaintenanceResult run(MaintenanceScope scope) {
    Look look = look(scope);
    if (look == null) {
      return MaintenanceResult.NOTHING;
    }
    CollectionTable table = scope.table();
    TableContext context = table.context();
    if (look.reason() == null) {
      long removed = UnusedModels.remove(context, look.files());
      settled.put(table.uuid(), look.snapshot().snapshotId());
      return removed == 0
          ? MaintenanceResult.NOTHING
          : new MaintenanceResult(
              true, false, 0, 0, 0, removed, "removed " + removed + " cluster models");
    }
    return train(
        scope, context, look.files(), look.rows(), look.snapshot().sequenceNumber(), look.reason());
  }

  /** Tells of a training; models that could be removed are not counted. */
  @Override
  public MaintenanceResult plan(MaintenanceScope scope) {
    Look look = look(scope);
    return look == null || look.reason() == null
        ? MaintenanceResult.NOTHING
        : new MaintenanceResult(
            true,
            false,
            0,
            0,
            0,
            0,
            "would train clusters on " + look.rows() + " rows: " + look.reason());
  }

  /**
   * What a look at a table found.
   *
   * @param rows that are live in its files
   * @param reason why there must be a training, or null
   */
  private record Look(
      Snapshot snapshot, List<LiveFile> files, long rows, @Nullable String reason) {}

  /** Null if the table has no clusters, or nothing has changed since the last look of a run. */
  private @Nullable Look look(MaintenanceScope scope) {
    CollectionTable table = scope.table();
    table.refresh();
    TableContext context = table.context();
    Snapshot snapshot = table.table().currentSnapshot();
    if (snapshot == null
        || !StorageFormat.of(context).clustersRows()
        || !ClusterModels.clustersRows(context)
        || Long.valueOf(snapshot.snapshotId()).equals(settled.getIfPresent(table.uuid()))) {
      return null;
    }
    List<LiveFile> files = table.liveFiles(snapshot.snapshotId());
    long rows = files.stream().mapToLong(Reclustering::liveRows).sum();
    return new Look(
        snapshot, files, rows, rows < MIN_ROWS ? null : reason(scope, context, files, rows));
  }

  private static long liveRows(LiveFile file) {
    long deleted = file.deletes().stream().mapToLong(DeleteFile::recordCount).sum();
    return Math.max(0, file.dataFile().recordCount() - deleted);
  }

  /** Why there must be a new generation, or null if there need not be one. */
  private static @Nullable String reason(
      MaintenanceScope scope, TableContext context, List<LiveFile> files, long rows) {
    if (ClusterModels.currentGeneration(context) == 0) {
      return "first clusters of " + rows + " rows";
    }
    ClusterModel model = ClusterModels.current(context);
    if (model == null) {
      return "the model of the current generation cannot be read";
    }
    if (rows >= GROWTH * model.training().tableRows()) {
      return "grown from " + model.training().tableRows() + " to " + rows + " rows";
    }
    double minRows = MIN_NEW_SHARE * model.training().tableRows();
    ClusterDrift drift = ClusterDrift.measure(scope, context, files, model, minRows);
    if (drift.newRows() < minRows) {
      return null;
    }
    if (drift.distortionRatio() >= MAX_DISTORTION_RATIO) {
      return String.format(
          Locale.ROOT,
          "new rows are %.2f times as far from their centroids",
          drift.distortionRatio());
    }
    if (drift.imbalanceRatio() >= MAX_IMBALANCE_RATIO) {
      return String.format(
          Locale.ROOT, "new rows crowd %.1f times as much", drift.imbalanceRatio());
    }
    return null;
  }

  private static MaintenanceResult train(
      MaintenanceScope scope,
      TableContext context,
      List<LiveFile> files,
      long rows,
      long sequence,
      String reason) {
    VectorField field = ClusterModels.field(context);
    int clusters = ClusterCounts.of(rows, field.dimension());
    int wanted = ClusterCounts.sampleRows(clusters, rows, field.dimension());
    int generation = 1 + newestGeneration(context, files);
    long seed = context.tableUuid().getLeastSignificantBits() ^ generation;
    RowSample sample = RowSample.take(scope, context, files, wanted, Long.MIN_VALUE, seed);
    if (sample.count() == 0) {
      return MaintenanceResult.NOTHING;
    }
    scope.checkNotStopped();
    KMeans.Result trained =
        KMeans.train(
            field.metric(), field.dimension(), sample.vectors(), sample.count(), clusters, seed);
    ClusterModel.Training training =
        new ClusterModel.Training(
            rows, sample.count(), sequence, seed, scope.clock().nowMicros(), trained.distortion());
    ClusterModel model = write(context, field, generation, trained, training);
    scope.failPoints().reached("recluster.written");
    if (!commit(scope.table(), context, model)) {
      context.io().deleteFile(ClusterModels.location(context, model.fieldId(), model.generation()));
      return new MaintenanceResult(
          true, true, sample.bytesRead(), 0, 0, 0, "another training was faster");
    }
    scope.failPoints().reached("recluster.committed");
    return new MaintenanceResult(
        true,
        false,
        sample.bytesRead(),
        0,
        0,
        0,
        String.format(
            Locale.ROOT,
            "trained %d clusters, generation %d, on %d of %d rows: %s",
            model.centroids().count(),
            model.generation(),
            sample.count(),
            rows,
            reason));
  }

  /** The newest that is or was current, for another vector field too if files have rows of it. */
  private static int newestGeneration(TableContext context, List<LiveFile> files) {
    return files.stream()
        .mapToInt(file -> FileClusters.newest(context, file.dataFile()))
        .reduce(ClusterModels.currentGeneration(context), Math::max);
  }

  /** Writes the model under the first number that is free. */
  private static ClusterModel write(
      TableContext context,
      VectorField field,
      int firstGeneration,
      KMeans.Result trained,
      ClusterModel.Training training) {
    int fieldId = ClusterModels.fieldId(context, field);
    for (int generation = firstGeneration; ; generation++) {
      ClusterModel model =
          new ClusterModel(generation, fieldId, trained.centroids(), trained.sizes(), training);
      try {
        ClusterModels.write(context, model);
        return model;
      } catch (AlreadyExistsException e) {
        if (generation - firstGeneration == MAX_STRAY_MODELS) {
          throw e;
        }
      }
    }
  }

  /** False if another training was committed meanwhile. */
  private static boolean commit(CollectionTable table, TableContext context, ClusterModel model) {
    String key = ClusterModels.property(model.fieldId());
    try {
      RowLevelCommit.on(table)
          .requireProperty(key, context.properties().get(key))
          .setProperty(key, Integer.toString(model.generation()))
          .commit();
      return true;
    } catch (ConflictException e) {
      return false;
    }
  }
}
