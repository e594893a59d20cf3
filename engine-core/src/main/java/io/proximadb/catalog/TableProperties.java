package io.proximadb.catalog;

import io.proximadb.storage.StorageFormat;

/** The names of ProximaDB's table properties; {@code docs/table-properties.md} lists them. */
public final class TableProperties {
  public static final String PREFIX = "proximadb.";

  /** Version of these conventions; a table of a newer one is refused. */
  public static final String CONVENTION_VERSION = PREFIX + "convention-version";

  /** The conventions that this code writes and reads. */
  public static final int CURRENT_CONVENTION = 1;

  /** The layout of data files, see {@link StorageFormat}. */
  public static final String LAYOUT = StorageFormat.LAYOUT_PROPERTY;

  /** {@code proximadb.vector.<field>.dimension|metric|model|model-version}. */
  public static final String VECTOR_PREFIX = PREFIX + "vector.";

  public static final String DIMENSION = ".dimension";
  public static final String METRIC = ".metric";
  public static final String MODEL = ".model";
  public static final String MODEL_VERSION = ".model-version";

  /** Order of the vector fields, comma-separated; the first is the default field. */
  public static final String VECTOR_FIELDS = PREFIX + "vector-fields";

  /** Ownership epoch: grows by one with every engine that takes the collection over. */
  public static final String OWNER_EPOCH = PREFIX + "owner.epoch";

  /** Id of the engine that holds or held the epoch. */
  public static final String OWNER_ENGINE = PREFIX + "owner.engine-id";

  /** Where that engine answers, as it says itself; empty if it does not. */
  public static final String OWNER_ADDRESS = PREFIX + "owner.address";

  private static final String WAL_PREFIX = PREFIX + "wal.";

  private TableProperties() {}

  /** The log position of an engine: {@code proximadb.wal.<engine id>.position}. */
  public static String walPosition(String engineId) {
    return WAL_PREFIX + engineId + ".position";
  }
}
