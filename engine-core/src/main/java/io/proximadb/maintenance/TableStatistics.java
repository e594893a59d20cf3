package io.proximadb.maintenance;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.proximadb.api.CollectionStatistics;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.TableProperties;
import io.proximadb.model.Timestamps;
import io.proximadb.storage.TableContext;
import io.proximadb.storage.clusters.ClusterModels;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.iceberg.DataOperations;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.io.SupportsPrefixOperations;
import org.jspecify.annotations.Nullable;

/**
 * A table's statistics: those that maintenance wrote for its current snapshot, or else measured
 * anew. Remembers what it measured, so one object is worth keeping. Safe for use by several
 * threads.
 */
public final class TableStatistics {
  /** The end of an engine's session property is the time of its last flush. */
  private static final Pattern FLUSH_TIME = Pattern.compile(".*-([0-9]{1,18})");

  /** Tables whose last measuring is remembered, some hundred bytes each. */
  private static final int MAX_REMEMBERED = 10_000;

  private final TableMeasure measure = new TableMeasure();
  private final Cache<UUID, MeasuredTable> measured =
      Caffeine.newBuilder().maximumSize(MAX_REMEMBERED).executor(Runnable::run).build();

  /** The statistics of a table as it was last refreshed; rows expire by the given time. */
  public CollectionStatistics of(CollectionTable table, long nowMicros) {
    Snapshot snapshot = table.table().currentSnapshot();
    return statistics(
        table,
        snapshot == null
            ? measure.empty(table.context(), nowMicros)
            : measured(table, snapshot, nowMicros));
  }

  /**
   * Has the statistics of the current snapshot written to their file, for readers to come.
   *
   * @return false if they are there already
   * @throws io.proximadb.error.UnavailableException if they cannot be written
   */
  boolean persist(CollectionTable table, long nowMicros) {
    Snapshot snapshot = table.table().currentSnapshot();
    if (snapshot == null) {
      return false;
    }
    MeasuredTable stored = StatisticsFile.read(table.context(), snapshot.snapshotId());
    if (stored != null && stored.holdsFor(snapshot.snapshotId(), nowMicros)) {
      return false;
    }
    StatisticsFile.write(table.context(), measured(table, snapshot, nowMicros));
    return true;
  }

  /** Files of snapshots that came before the current one. */
  static Set<String> superseded(CollectionTable table) {
    Set<String> found = new HashSet<>();
    Snapshot current = table.table().currentSnapshot();
    TableContext context = table.context();
    if (current != null && context.io() instanceof SupportsPrefixOperations files) {
      Listing.forEach(
          files,
          StatisticsFile.folder(context),
          file -> {
            Snapshot of = snapshot(table, StatisticsFile.snapshotOf(file.location()));
            if (of != null && of.sequenceNumber() < current.sequenceNumber()) {
              found.add(file.location());
            }
          });
    }
    return found;
  }

  private static @Nullable Snapshot snapshot(CollectionTable table, @Nullable Long id) {
    return id == null ? null : table.table().snapshot(id);
  }

  private MeasuredTable measured(CollectionTable table, Snapshot snapshot, long nowMicros) {
    MeasuredTable known = measured.getIfPresent(table.uuid());
    if (known == null || known.snapshotId() != snapshot.snapshotId()) {
      MeasuredTable stored = StatisticsFile.read(table.context(), snapshot.snapshotId());
      known = stored != null ? stored : known != null ? known : newestStored(table);
    }
    if (known == null || !known.holdsFor(snapshot.snapshotId(), nowMicros)) {
      known = measure.measure(table, snapshot, known, nowMicros);
    }
    measured.put(table.uuid(), known);
    return known;
  }

  /** What was written for the newest snapshot before the current one. */
  private static @Nullable MeasuredTable newestStored(CollectionTable table) {
    Snapshot newest = null;
    for (String location : superseded(table)) {
      Snapshot found = snapshot(table, StatisticsFile.snapshotOf(location));
      if (found != null && (newest == null || found.sequenceNumber() > newest.sequenceNumber())) {
        newest = found;
      }
    }
    return newest == null ? null : StatisticsFile.read(table.context(), newest.snapshotId());
  }

  private static CollectionStatistics statistics(CollectionTable table, MeasuredTable found) {
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
        found.rows() - found.deletedRows() - found.expiredRows(),
        found.deletedRows(),
        found.expiredRows(),
        found.dataFiles(),
        found.dataBytes(),
        found.deleteBytes(),
        found.indexBytes(),
        found.metadataBytes(),
        snapshots,
        lastFlush(table.properties()),
        lastCompaction,
        ClusterModels.currentGeneration(table.context()),
        Timestamps.ofMicros(found.measuredMicros()),
        0,
        0,
        Optional.empty());
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
}
