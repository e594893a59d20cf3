package io.proximadb.spark.changes;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.query.ChangeTask;
import io.proximadb.query.SnapshotChanges;
import io.proximadb.spark.read.RowSizes;
import io.proximadb.spark.types.SparkColumns;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.apache.iceberg.Snapshot;
import org.apache.spark.sql.connector.catalog.ChangelogRange;
import org.apache.spark.sql.connector.read.Batch;
import org.apache.spark.sql.connector.read.InputPartition;
import org.apache.spark.sql.connector.read.PartitionReaderFactory;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.connector.read.SupportsPushDownRequiredColumns;
import org.apache.spark.sql.connector.read.streaming.MicroBatchStream;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.jspecify.annotations.Nullable;

/** A read of the changes of a range of commits: one partition for each changed file of a commit. */
final class ChangeScan implements Scan, Batch {
  /** As many snapshots as a table keeps by default; each is a reading of its manifests. */
  private static final int MAX_COMMITS = 1_000;

  /** Collects what a query needs of the changes. */
  static final class Builder implements SupportsPushDownRequiredColumns {
    private final CollectionTable table;
    private final Supplier<CollectionTable> loader;
    private final SparkColumns columns;
    private final ChangelogRange range;
    private final CaseInsensitiveStringMap options;
    private List<String> required;

    Builder(
        CollectionTable table,
        Supplier<CollectionTable> loader,
        SparkColumns columns,
        ChangelogRange range,
        CaseInsensitiveStringMap options) {
      this.table = table;
      this.loader = loader;
      this.columns = columns;
      this.range = range;
      this.options = options;
      this.required = Arrays.asList(ChangeColumns.schema(columns).fieldNames());
    }

    @Override
    public void pruneColumns(StructType requiredSchema) {
      required = Arrays.asList(requiredSchema.fieldNames());
    }

    @Override
    public Scan build() {
      return new ChangeScan(this);
    }
  }

  private final Builder what;
  private final List<String> columns;
  private InputPartition @Nullable [] planned;

  private ChangeScan(Builder what) {
    this.what = what;
    this.columns = List.copyOf(what.required);
  }

  @Override
  public StructType readSchema() {
    return ChangeColumns.readSchema(what.columns, columns);
  }

  @Override
  public String description() {
    return "proximadb changes of " + what.table.name() + " (" + what.range + ")";
  }

  @Override
  public Batch toBatch() {
    return this;
  }

  @Override
  public MicroBatchStream toMicroBatchStream(String checkpointLocation) {
    return ChangeStream.ofChanges(
        what.loader, what.columns, columns, what.range, what.options, checkpointLocation);
  }

  @Override
  public synchronized InputPartition[] planInputPartitions() {
    InputPartition[] known = planned;
    if (known == null) {
      SnapshotChanges changes = new SnapshotChanges(what.table);
      List<ChangeTask> tasks = new ArrayList<>();
      List<Snapshot> commits = ChangeRange.commits(what.table, changes, what.range);
      if (commits.size() > MAX_COMMITS) {
        throw new InvalidArgumentException(
            "Cannot read the changes of '"
                + what.table.name()
                + "': they are of "
                + commits.size()
                + " commits (expected at most "
                + MAX_COMMITS
                + "; read a shorter range, or a stream)");
      }
      for (Snapshot commit : commits) {
        tasks.addAll(changes.of(commit));
      }
      Object pin = ChangePins.hold(what.table, what.loader, tasks);
      known =
          tasks.stream()
              .map(task -> new ChangePartition(task, columns, pin))
              .toArray(InputPartition[]::new);
      planned = known;
    }
    return known.clone();
  }

  @Override
  public PartitionReaderFactory createReaderFactory() {
    return ChangeRows.factory(
        what.table.context(),
        RowSizes.bytes(
            what.columns, columns.stream().filter(name -> !ChangeColumns.isOwn(name)).toList()));
  }
}
