package io.proximadb.catalog;

import io.proximadb.storage.StorageFormat;
import java.util.Optional;

/** The names of ProximaDB's table properties; {@code docs/table-properties.md} lists them. */
public final class TableProperties {
  public static final String PREFIX = "proximadb.";

  /** Version of these conventions; a table of a newer one is refused. */
  public static final String CONVENTION_VERSION = PREFIX + "convention-version";

  /** The conventions that this code writes and reads. */
  public static final int CURRENT_CONVENTION = 1;

  /** The layout of data files, see {@link StorageFormat}. */
  public static final String LAYOUT = StorageFormat.LAYOUT_PROPERTY;

  /** {@code proximadb.vector.<field>.dimension|metric|kind|model|model-version}. */
  public static final String VECTOR_PREFIX = PREFIX + "vector.";

  public static final String DIMENSION = ".dimension";
  public static final String METRIC = ".metric";

  /** {@code DENSE}, which it is unless set, or {@code SPARSE}. */
  public static final String KIND = ".kind";

  /**
   * Of a sparse field: {@code true} if records may be without it; its column is optional anyway.
   */
  public static final String OPTIONAL = ".optional";

  /** Of a dense field: how compactions store it, {@code docs/format/viper.md}. */
  public static final String PROFILE = ".profile";

  public static final String SPARSE_THRESHOLD = ".sparse-threshold";
  public static final String COLD_GAIN = ".cold-gain";
  public static final String MODEL = ".model";
  public static final String MODEL_VERSION = ".model-version";

  /** Order of the vector fields, comma-separated; the first is the default field. */
  public static final String VECTOR_FIELDS = PREFIX + "vector-fields";

  /** What becomes of metadata keys that are no columns: {@code strict} or {@code evolving}. */
  public static final String METADATA_MODE = PREFIX + "metadata.mode";

  /** Names the last change of the schema, to find one whose outcome was lost. */
  public static final String SCHEMA_COMMIT = PREFIX + "schema.commit-id";

  /** Ownership epoch: grows by one with every engine that takes the collection over. */
  public static final String OWNER_EPOCH = PREFIX + "owner.epoch";

  /** Id of the engine that holds or held the epoch. */
  public static final String OWNER_ENGINE = PREFIX + "owner.engine-id";

  /** Where that engine answers, as it says itself; empty if it does not. */
  public static final String OWNER_ADDRESS = PREFIX + "owner.address";

  /**
   * On a store without file locks: until when the lease of {@link #OWNER_ENGINE} lasts unless it is
   * renewed, milliseconds since 1970; missing once it was given back.
   */
  public static final String OWNER_LEASE_UNTIL = PREFIX + "owner.lease-until-ms";

  private static final String WAL_PREFIX = PREFIX + "wal.";
  private static final String WAL_SESSION_SUFFIX = ".session";

  /**
   * Milliseconds after its last flush to the table from which an engine's log position may be
   * removed by another engine's flush; 30 days unless set, at least 1.
   */
  public static final String WAL_IDLE_RETENTION = WAL_PREFIX + "idle-retention-ms";

  /** The latest flush (milliseconds since 1970) of engines whose positions were removed. */
  public static final String WAL_COLLECTED_UNTIL = WAL_PREFIX + "collected-until-ms";

  private TableProperties() {}

  /** The log position of an engine: {@code proximadb.wal.<engine id>.position}. */
  public static String walPosition(String engineId) {
    return WAL_PREFIX + engineId + ".position";
  }

  /**
   * The session of an engine's last flush, {@code proximadb.wal.<engine id>.session}: {@code
   * <incarnation>-<token>-<milliseconds since 1970>}.
   */
  public static String walSession(String engineId) {
    return WAL_PREFIX + engineId + WAL_SESSION_SUFFIX;
  }

  /** The engine id in a key that {@link #walSession} gives; empty for all other keys. */
  public static Optional<String> engineOfWalSession(String key) {
    return key.startsWith(WAL_PREFIX)
            && key.endsWith(WAL_SESSION_SUFFIX)
            && key.length() > WAL_PREFIX.length() + WAL_SESSION_SUFFIX.length()
        ? Optional.of(
            key.substring(WAL_PREFIX.length(), key.length() - WAL_SESSION_SUFFIX.length()))
        : Optional.empty();
  }
}
