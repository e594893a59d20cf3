package io.proximadb.testkit;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.catalog.RowLevelCommit;
import io.proximadb.catalog.Superseded;
import io.proximadb.catalog.TableProperties;
import io.proximadb.filter.Filter;
import io.proximadb.model.RecordValidator;
import io.proximadb.model.VectorRecord;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.query.ScanTask;
import io.proximadb.query.SnapshotScan;
import io.proximadb.storage.IdSets;
import io.proximadb.storage.SegmentWriter;
import io.proximadb.storage.SegmentWriters;
import io.proximadb.storage.StagedSegment;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataOperations;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotChanges;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.CloseableIterator;
import org.jspecify.annotations.Nullable;

/** Writing to and reading from tables without an engine, as Spark and Flink do it. */
public final class Tables {
  private static final AtomicLong VERSIONS = new AtomicLong(System.currentTimeMillis() * 1_000);

  private Tables() {}

  /** Writes segments, which stay in staging. */
  public static List<StagedSegment> stage(CollectionTable table, List<VectorRecord> records) {
    RecordValidator validator = new RecordValidator(table.schema());
    try (SegmentWriter writer = SegmentWriters.forRows(table.context(), "test")) {
      for (VectorRecord record : records) {
        long version = VERSIONS.incrementAndGet();
        writer.append(validator.toRow(record, version, version));
      }
      return writer.finish();
    }
  }

  /** Upserts in one commit. */
  public static RowLevelCommit.Result upsert(CollectionTable table, List<VectorRecord> records) {
    List<String> ids = records.stream().map(VectorRecord::id).toList();
    RowLevelCommit commit =
        RowLevelCommit.on(table).delete(Superseded.by(table, IdSets.of(table.context(), ids)));
    stage(table, records).forEach(commit::add);
    return commit.commit();
  }

  /** Deletes in one commit. */
  public static RowLevelCommit.Result delete(CollectionTable table, List<String> ids) {
    return RowLevelCommit.on(table)
        .delete(Superseded.by(table, IdSets.of(table.context(), ids)))
        .commit();
  }

  /** Fences the engine that owns the table, as another one does that takes it over. */
  public static void raiseEpoch(CollectionTable table) {
    table.refresh();
    // None before the first owner.
    String epoch = table.property(TableProperties.OWNER_EPOCH);
    long next = epoch == null ? 1 : Long.parseLong(epoch) + 1;
    RowLevelCommit.on(table)
        .requireProperty(TableProperties.OWNER_EPOCH, epoch)
        .setProperty(TableProperties.OWNER_EPOCH, Long.toString(next))
        .commit();
  }

  /** Live rows by id with the value of {@code number}, through our own snapshot scan. */
  public static Map<String, Long> numbers(CollectionTable table) {
    table.refresh();
    return numbers(table, null);
  }

  /** The same of one snapshot; null for the current one. */
  public static Map<String, Long> numbers(CollectionTable table, @Nullable Long snapshotId) {
    Map<String, Long> numbers = new TreeMap<>();
    SnapshotScan scan =
        SnapshotScan.of(table, snapshotId, 0, Filter.alwaysTrue(), List.of("id", "number"));
    for (ScanTask task : scan.tasks()) {
      read(table, task, numbers);
    }
    return numbers;
  }

  /** Live rows by id with the text of {@code name}, through our own snapshot scan. */
  public static Map<String, String> names(CollectionTable table, Filter filter) {
    Map<String, String> names = new TreeMap<>();
    SnapshotScan scan = SnapshotScan.of(table, null, 0, filter, List.of("id", "name"));
    for (ScanTask task : scan.tasks()) {
      try (CloseableIterator<ColumnBatch> batches = task.open(table.context(), 100)) {
        while (batches.hasNext()) {
          ColumnBatch batch = batches.next();
          for (int i = 0; i < batch.rowCount(); i++) {
            String id = (String) batch.column("id").value(i);
            if (names.put(id, String.valueOf(batch.column("name").value(i))) != null) {
              throw new AssertionError("Id " + id + " is live twice");
            }
          }
        }
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
    return names;
  }

  /** Reads a task's rows; an id that is there already fails. */
  public static void read(CollectionTable table, ScanTask task, Map<String, Long> numbers) {
    try (CloseableIterator<ColumnBatch> batches = task.open(table.context(), 100)) {
      while (batches.hasNext()) {
        ColumnBatch batch = batches.next();
        for (int i = 0; i < batch.rowCount(); i++) {
          put(
              numbers,
              (String) batch.column("id").value(i),
              (Long) batch.column("number").value(i));
        }
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void put(Map<String, Long> numbers, String id, Long number) {
    if (numbers.put(id, number) != null) {
      throw new AssertionError("Id " + id + " is live twice");
    }
  }

  /** The same rows through plain Iceberg. */
  public static Map<String, Long> numbersByIceberg(CollectionTable table) {
    table.refresh();
    Map<String, Long> numbers = new TreeMap<>();
    try (CloseableIterable<Record> records = IcebergGenerics.read(table.table()).build()) {
      for (Record record : records) {
        Long number = (Long) record.getField("number");
        List<?> vector = (List<?>) record.getField("vector");
        float[] expected = Records.vector(number);
        for (int i = 0; i < expected.length; i++) {
          if (!vector.get(i).equals(expected[i])) {
            throw new AssertionError("Vector of " + record + " is not that of its number");
          }
        }
        put(numbers, (String) record.getField("id"), number);
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return numbers;
  }

  /** What the ids' values must be by the order of commits: the value of the last commit of each. */
  public static Map<String, Long> numbersByCommitOrder(CollectionTable table) {
    table.refresh();
    Map<String, Long> numbers = new TreeMap<>();
    for (Snapshot snapshot : table.table().snapshots()) {
      if (snapshot.operation().equals(DataOperations.REPLACE)) {
        // A compaction moves rows, those too that were written anew meanwhile, and writes none.
        continue;
      }
      for (DataFile file :
          SnapshotChanges.builderFor(table.table()).snapshot(snapshot).build().addedDataFiles()) {
        Map<String, Long> added = new TreeMap<>();
        read(
            table,
            new ScanTask(
                new LiveFile(file, List.of()), Filter.alwaysTrue(), List.of("id", "number"), 0),
            added);
        numbers.putAll(added);
      }
    }
    return numbers;
  }
}
