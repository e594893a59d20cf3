package io.proximadb.storage;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.apache.iceberg.Snapshot;
import org.jspecify.annotations.Nullable;

/**
 * When a table's snapshots were committed, by sequence number. Rows of other engines that carry no
 * version take theirs from here.
 *
 * @param sequences of the snapshots that are kept, ascending
 * @param commitMicros of each, microseconds since 1970
 */
@SuppressWarnings("ArrayRecordComponent")
public record CommitTimes(long[] sequences, long[] commitMicros) implements Serializable {
  /** No commit is known. */
  public static final CommitTimes NONE = new CommitTimes(new long[0], new long[0]);

  private static final long MICROS_PER_MILLI = 1_000;

  public static CommitTimes of(Iterable<Snapshot> snapshots) {
    // In a table of format 1 all have number 0: the time is then that of the newest.
    Map<Long, Long> times = new TreeMap<>();
    for (Snapshot snapshot : snapshots) {
      times.merge(
          snapshot.sequenceNumber(), snapshot.timestampMillis() * MICROS_PER_MILLI, Math::max);
    }
    return new CommitTimes(
        times.keySet().stream().mapToLong(Long::longValue).toArray(),
        times.values().stream().mapToLong(Long::longValue).toArray());
  }

  /**
   * The commit time of a sequence number, microseconds since 1970. Of a snapshot that has expired
   * it is that of the next one that is kept; 0 if there is none.
   */
  public long micros(@Nullable Long sequence) {
    if (sequence == null || sequences.length == 0) {
      return 0;
    }
    int found = Arrays.binarySearch(sequences, sequence);
    int at = found >= 0 ? found : -found - 1;
    return at < sequences.length ? commitMicros[at] : commitMicros[sequences.length - 1];
  }
}
