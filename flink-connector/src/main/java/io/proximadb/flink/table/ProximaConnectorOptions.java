package io.proximadb.flink.table;

import io.proximadb.flink.ProximaSink;
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

  private ProximaConnectorOptions() {}
}
