package io.proximadb.maintenance;

import io.proximadb.api.CollectionStatistics;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.catalog.TableProperties;
import io.proximadb.storage.TableContext;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.iceberg.DataOperations;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.io.SupportsPrefixOperations;

/**
 * Collects a table's statistics from its metadata alone. It remembers which files have no expired
 * rows, so one object is worth keeping. Safe for use by several threads.
 */
public final class TableStatistics {
  /** The end of an engine's session property is the time of its last flush. */
  private static final Pattern FLUSH_TIME = Pattern.compile(".*-([0-9]{1,18})");

  private final ExpiredRows expired = new ExpiredRows();

  /** The statistics of a table as it was last refreshed; rows expire by the given time. */
  public CollectionStatistics of(CollectionTable table, long nowMicros) {
    TableContext context = table.context();
    long rows = 0;
    long deletedRows = 0;
    long expiredRows = 0;
    long files = 0;
    long dataBytes = 0;
    long deleteBytes = 0;
    for (LiveFile file : table.liveFiles()) {
      files++;
      rows += file.dataFile().recordCount();
      dataBytes += file.dataFile().fileSizeInBytes();
      for (DeleteFile delete : file.deletes()) {
        deletedRows += delete.recordCount();
        Long content = delete.contentSizeInBytes();
        deleteBytes += content == null ? delete.fileSizeInBytes() : content;
      }
      expiredRows += expired.in(table, file, nowMicros).getLongCardinality();
    }
    int snapshots = 0;
    Optional<Instant> lastCompaction = Optional.empty();
    for (Snapshot snapshot : table.table().snapshots()) {
      snapshots++;
      if (isCompaction(snapshot)) {
        lastCompaction = latest(lastCompaction, snapshot.timestampMillis());
      }
    }
    return new CollectionStatistics(
        table.name(),
        table.snapshotId(),
        rows - deletedRows - expiredRows,
        deletedRows,
        expiredRows,
        files,
        dataBytes,
        deleteBytes,
        bytes(context, SideFiles.folder(context)),
        bytes(context, context.location() + "/metadata/"),
        snapshots,
        lastFlush(table.properties()),
        lastCompaction,
        0,
        0);
  }

  private static boolean isCompaction(Snapshot snapshot) {
    return snapshot.summary().containsKey(Compaction.REASON)
        || (DataOperations.REPLACE.equals(snapshot.operation())
            && !"manifest-rewrite".equals(snapshot.summary().get(TtlSweep.SUMMARY)));
  }

  private static Optional<Instant> latest(Optional<Instant> before, long millis) {
    Instant found = Instant.ofEpochMilli(millis);
    return before.isPresent() && before.get().isAfter(found) ? before : Optional.of(found);
  }

  private static Optional<Instant> lastFlush(Map<String, String> properties) {
    Optional<Instant> last = Optional.empty();
    for (Map.Entry<String, String> property : properties.entrySet()) {
      if (TableProperties.engineOfWalSession(property.getKey()).isPresent()) {
        Matcher time = FLUSH_TIME.matcher(property.getValue());
        if (time.matches()) {
          last = latest(last, Long.parseLong(time.group(1)));
        }
      }
    }
    return last;
  }

  private static long bytes(TableContext context, String folder) {
    LongAdder bytes = new LongAdder();
    if (context.io() instanceof SupportsPrefixOperations files) {
      Listing.forEach(files, folder, file -> bytes.add(file.size()));
    }
    return bytes.sum();
  }
}
