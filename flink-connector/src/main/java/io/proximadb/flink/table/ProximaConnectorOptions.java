package io.proximadb.flink.table;

import io.proximadb.flink.ProximaSink;
import java.time.Duration;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.MemorySize;

/** Options of {@code 'connector' = 'proximadb'}. */
public final class ProximaConnectorOptions {
  public static final ConfigOption<String> WAREHOUSE =
      ConfigOptions.key("warehouse")
          .stringType()
          .noDefaultValue()
          .withDescription("The warehouse folder, or that of the catalog that 'catalog.*' names.");

  public static final ConfigOption<String> COLLECTION =
      ConfigOptions.key("collection")
          .stringType()
          .noDefaultValue()
          .withDescription("The collection, written namespace.collection.");

  /** Options that start so are properties of the Iceberg catalog, without this prefix. */
  public static final String CATALOG_PREFIX = "catalog.";

  public static final ConfigOption<MemorySize> SINK_BUFFER_BYTES =
      ConfigOptions.key("sink.buffer-bytes")
          .memoryType()
          .defaultValue(new MemorySize(ProximaSink.DEFAULT_BUFFER_BYTES))
          .withDescription(
              "How much each writer keeps in memory before it writes a segment without waiting for"
                  + " a checkpoint.");

  public static final ConfigOption<String> SINK_UID =
      ConfigOptions.key("sink.uid")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "The sink's name in the table property that holds its position; Flink's operator id"
                  + " unless told otherwise.");

  static final ConfigOption<ReadSettings.ScanMode> SCAN_MODE =
      ConfigOptions.key("scan.mode")
          .enumType(ReadSettings.ScanMode.class)
          .noDefaultValue()
          .withDescription(
              "'snapshot': the rows of one snapshot; 'changes': rows and then what each commit"
                  + " changes, without an end. The mode of a batch job and of a streaming job.");

  public static final ConfigOption<String> SCAN_VERSION =
      ConfigOptions.key("scan.version")
          .stringType()
          .noDefaultValue()
          .withDescription("The snapshot to read: its id, its commit's number, or an Iceberg tag.");

  public static final ConfigOption<String> SCAN_START_AFTER =
      ConfigOptions.key("scan.start-after-version")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Changes begin after this version, without its rows; 'latest': with what comes from"
                  + " now on.");

  public static final ConfigOption<Integer> SCAN_PARTS =
      ConfigOptions.key("scan.parts")
          .intType()
          .defaultValue(0)
          .withDescription(
              "Into how many splits the ids of changes are parted, which bounds the parallelism for"
                  + " good; 0 for the parallelism that the job has first.");

  public static final ConfigOption<Duration> SCAN_POLL_INTERVAL =
      ConfigOptions.key("scan.poll-interval")
          .durationType()
          .defaultValue(Duration.ofSeconds(1))
          .withDescription("How often the table is asked for new commits.");

  public static final ConfigOption<Duration> REFRESH_INTERVAL =
      ConfigOptions.key("refresh-interval")
          .durationType()
          .defaultValue(Duration.ofSeconds(1))
          .withDescription(
              "Of searches and lookups: the longest that a newer snapshot is not looked for.");

  public static final ConfigOption<Boolean> LOOKUP_ASYNC =
      ConfigOptions.key("lookup.async")
          .booleanType()
          .defaultValue(false)
          .withDescription("Whether a lookup join goes on while rows are read.");

  static final ConfigOption<SearchMode> SEARCH_MODE =
      ConfigOptions.key("search.mode")
          .enumType(SearchMode.class)
          .defaultValue(SearchMode.EMBEDDED)
          .withDescription("Where VECTOR_SEARCH searches: 'embedded', in the task.");

  /** Where searches run. */
  enum SearchMode {
    EMBEDDED
  }

  private ProximaConnectorOptions() {}
}
