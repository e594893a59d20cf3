package io.proximadb.maintenance;

import io.proximadb.catalog.TableProperties;
import io.proximadb.error.InvalidArgumentException;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What a table's properties say about its maintenance; {@code docs/maintenance.md} lists them. All
 * times are milliseconds.
 *
 * @param defaultTtlMs records without an expiry of their own expire that long after they were
 *     written; empty for never
 * @param sweepIntervalMs how often expired rows are looked for
 * @param snapshotMinAgeMs a snapshot stays for at least that long after it was superseded
 * @param snapshotsToKeep that many of the newest snapshots of a branch stay however old
 * @param expiryIntervalMs how often old snapshots are looked for
 * @param orphanMinAgeMs a file that nothing names is removed when it is that old
 * @param stagingMinAgeMs the same for what an engine's flush or a compaction left in staging
 * @param orphanIntervalMs how often such files are looked for
 * @param manifestMinCount manifests of data files are merged when that many are small
 * @param smallManifestBytes a manifest below that size is small
 * @param indexBuildBytes memory that the build of one index may take
 * @param indexThreads threads that build one index
 * @param collectsGarbage false if {@code gc.enabled} says that other tables share the files
 */
public record MaintenanceSettings(
    OptionalLong defaultTtlMs,
    long sweepIntervalMs,
    long snapshotMinAgeMs,
    int snapshotsToKeep,
    long expiryIntervalMs,
    long orphanMinAgeMs,
    long stagingMinAgeMs,
    long orphanIntervalMs,
    int manifestMinCount,
    long smallManifestBytes,
    long indexBuildBytes,
    int indexThreads,
    boolean collectsGarbage) {
  public static final String DEFAULT_TTL = TableProperties.PREFIX + "ttl.default-ms";
  public static final String SWEEP_INTERVAL = TableProperties.PREFIX + "ttl.sweep-interval-ms";
  public static final String SNAPSHOT_MIN_AGE = TableProperties.PREFIX + "snapshots.min-age-ms";
  public static final String EXPIRY_INTERVAL =
      TableProperties.PREFIX + "snapshots.expiry-interval-ms";
  public static final String ORPHAN_MIN_AGE = TableProperties.PREFIX + "orphans.min-age-ms";
  public static final String STAGING_MIN_AGE =
      TableProperties.PREFIX + "orphans.staging-min-age-ms";
  public static final String ORPHAN_INTERVAL = TableProperties.PREFIX + "orphans.interval-ms";
  public static final String MANIFEST_MIN_COUNT = TableProperties.PREFIX + "manifests.min-count";

  public static final String INDEX_BUILD_BYTES = TableProperties.PREFIX + "indexes.build-bytes";
  public static final String INDEX_THREADS = TableProperties.PREFIX + "indexes.build-threads";

  /** Iceberg's own properties, which are respected too. */
  private static final String ICEBERG_MAX_SNAPSHOT_AGE =
      org.apache.iceberg.TableProperties.MAX_SNAPSHOT_AGE_MS;

  private static final String ICEBERG_SNAPSHOTS_TO_KEEP =
      org.apache.iceberg.TableProperties.MIN_SNAPSHOTS_TO_KEEP;
  private static final String ICEBERG_GC = org.apache.iceberg.TableProperties.GC_ENABLED;
  private static final String ICEBERG_MANIFEST_SIZE =
      org.apache.iceberg.TableProperties.MANIFEST_TARGET_SIZE_BYTES;

  private static final long MINUTE = Duration.ofMinutes(1).toMillis();
  private static final long HOUR = Duration.ofHours(1).toMillis();
  private static final long DAY = Duration.ofDays(1).toMillis();

  /** A hundred years, as for a record's own time to live. */
  private static final long LONGEST = 36_525 * DAY;

  private static final int DEFAULT_MANIFEST_MIN_COUNT = 20;

  /** A third of the heap: indexes that are loaded may take half of it. */
  private static final long DEFAULT_INDEX_BUILD_BYTES = Runtime.getRuntime().maxMemory() / 3;

  /** Half of the processors are left to reads and writes. */
  private static final int DEFAULT_INDEX_THREADS =
      Math.max(1, Runtime.getRuntime().availableProcessors() / 2);

  private static final int MAX_INDEX_THREADS = 256;

  /**
   * Reads a table's properties.
   *
   * @throws InvalidArgumentException naming a property that does not parse or is out of range
   */
  public static MaintenanceSettings of(Map<String, String> properties) {
    long minAge = number(properties, SNAPSHOT_MIN_AGE, HOUR, MINUTE, LONGEST);
    if (properties.containsKey(ICEBERG_MAX_SNAPSHOT_AGE)) {
      // Who set it wants to go back that far.
      minAge = Math.max(minAge, number(properties, ICEBERG_MAX_SNAPSHOT_AGE, 0, 0, Long.MAX_VALUE));
    }
    return new MaintenanceSettings(
        defaultTtlMs(properties),
        number(properties, SWEEP_INTERVAL, 5 * MINUTE, 1_000, DAY),
        minAge,
        (int) number(properties, ICEBERG_SNAPSHOTS_TO_KEEP, 1, 1, Integer.MAX_VALUE),
        number(properties, EXPIRY_INTERVAL, 10 * MINUTE, 1_000, DAY),
        number(properties, ORPHAN_MIN_AGE, DAY, HOUR, LONGEST),
        number(properties, STAGING_MIN_AGE, 6 * HOUR, HOUR, LONGEST),
        number(properties, ORPHAN_INTERVAL, DAY, 1_000, LONGEST),
        (int) number(properties, MANIFEST_MIN_COUNT, DEFAULT_MANIFEST_MIN_COUNT, 2, 10_000),
        number(
                properties,
                ICEBERG_MANIFEST_SIZE,
                org.apache.iceberg.TableProperties.MANIFEST_TARGET_SIZE_BYTES_DEFAULT,
                1,
                Long.MAX_VALUE)
            / 2,
        number(properties, INDEX_BUILD_BYTES, DEFAULT_INDEX_BUILD_BYTES, 1, Long.MAX_VALUE),
        (int) number(properties, INDEX_THREADS, DEFAULT_INDEX_THREADS, 1, MAX_INDEX_THREADS),
        !"false".equalsIgnoreCase(properties.getOrDefault(ICEBERG_GC, "true").strip()));
  }

  /**
   * The default time to live alone.
   *
   * @throws InvalidArgumentException if it does not parse or is out of range
   */
  public static OptionalLong defaultTtlMs(Map<String, String> properties) {
    return properties.containsKey(DEFAULT_TTL)
        ? OptionalLong.of(number(properties, DEFAULT_TTL, 0, 1, LONGEST))
        : OptionalLong.empty();
  }

  private static long number(
      Map<String, String> properties, String key, long otherwise, long min, long max) {
    String text = properties.get(key);
    if (text == null) {
      return otherwise;
    }
    try {
      long value = Long.parseLong(text.strip());
      if (value >= min && value <= max) {
        return value;
      }
      throw invalid(key, text, min, max, null);
    } catch (NumberFormatException e) {
      throw invalid(key, text, min, max, e);
    }
  }

  private static InvalidArgumentException invalid(
      String key,
      String text,
      long min,
      long max,
      @org.jspecify.annotations.Nullable Throwable cause) {
    return new InvalidArgumentException(
        "Invalid table property "
            + key
            + ": '"
            + text
            + "' (expected a whole number from "
            + min
            + " to "
            + max
            + "; set it again or remove it)",
        cause);
  }
}
