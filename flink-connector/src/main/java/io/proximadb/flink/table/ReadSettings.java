package io.proximadb.flink.table;

import static io.proximadb.flink.table.ProximaConnectorOptions.SCAN_MODE;
import static io.proximadb.flink.table.ProximaConnectorOptions.SCAN_PARTS;
import static io.proximadb.flink.table.ProximaConnectorOptions.SCAN_POLL_INTERVAL;
import static io.proximadb.flink.table.ProximaConnectorOptions.SCAN_START_AFTER;
import static io.proximadb.flink.table.ProximaConnectorOptions.SCAN_VERSION;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.factories.FactoryUtil;
import org.jspecify.annotations.Nullable;

/**
 * How a table is read.
 *
 * @param warehouseProperties of the catalog
 * @param collection its name
 * @param changes true for changes without an end
 * @param version the snapshot of a scan, or after which changes begin; null for the newest
 * @param parts of changes; 0 for the parallelism
 * @param pollInterval of changes
 * @param parallelism of a scan, if it is given
 * @param refreshInterval of searches and lookups: the longest that a newer snapshot is not seen
 * @param lookup how lookup joins read
 */
record ReadSettings(
    Map<String, String> warehouseProperties,
    String collection,
    boolean changes,
    @Nullable String version,
    int parts,
    Duration pollInterval,
    Optional<Integer> parallelism,
    Duration refreshInterval,
    LookupSettings lookup) {

  /** How a table reads in the session of a statement. */
  enum ScanMode {
    SNAPSHOT,
    CHANGES
  }

  /**
   * Reads the options of a table.
   *
   * @throws ValidationException if they contradict one another
   */
  static ReadSettings of(
      String table,
      Map<String, String> warehouseProperties,
      ReadableConfig options,
      ReadableConfig session) {
    boolean isBatch = session.get(ExecutionOptions.RUNTIME_MODE) == RuntimeExecutionMode.BATCH;
    Optional<String> version = options.getOptional(SCAN_VERSION);
    Optional<String> startAfter = options.getOptional(SCAN_START_AFTER);
    ScanMode mode =
        options
            .getOptional(SCAN_MODE)
            .orElse(isBatch || version.isPresent() ? ScanMode.SNAPSHOT : ScanMode.CHANGES);
    boolean changes = mode == ScanMode.CHANGES;
    if (changes && version.isPresent()) {
      throw contradiction(table, SCAN_VERSION.key(), "snapshot");
    }
    if (mode == ScanMode.SNAPSHOT && startAfter.isPresent() && !isBatch) {
      throw contradiction(table, SCAN_START_AFTER.key(), "changes");
    }
    return new ReadSettings(
        Map.copyOf(warehouseProperties),
        options.get(ProximaConnectorOptions.COLLECTION),
        changes,
        (changes ? startAfter : version).orElse(null),
        options.get(SCAN_PARTS),
        options.get(SCAN_POLL_INTERVAL),
        options.getOptional(FactoryUtil.SOURCE_PARALLELISM),
        options.get(ProximaConnectorOptions.REFRESH_INTERVAL),
        LookupSettings.of(table, options));
  }

  private static ValidationException contradiction(String table, String option, String mode) {
    return new ValidationException(
        "Invalid options of table "
            + table
            + ": '"
            + option
            + "' is given (expected 'scan.mode' = '"
            + mode
            + "' with it)");
  }
}
