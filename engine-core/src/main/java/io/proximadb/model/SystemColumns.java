package io.proximadb.model;

import java.util.Set;

/**
 * The columns that ProximaDB itself keeps in every table; {@code docs/system-columns.md} fixes
 * them.
 */
public final class SystemColumns {
  /** String, required: the identifier of the record. */
  public static final String ID = "id";

  /** Timestamp with zone, optional: from this instant on no read shows the record. */
  public static final String EXPIRES_AT = "expires_at";

  /**
   * Long, required: the record's version, which grows with every write of the record. It is a
   * hybrid clock: microseconds since 1970, stepped so that no writer issues a value twice.
   */
  public static final String VERSION = "_version";

  /** Timestamp with zone, required: when the writer accepted this version. */
  public static final String UPDATED_AT = "_updated_at";

  /** Long, optional: generation and number of the record's cluster; null while unclustered. */
  public static final String CLUSTER_ID = "_cluster_id";

  /** Names that no metadata or vector field may take. */
  public static final Set<String> RESERVED = Set.of(ID, EXPIRES_AT);

  private SystemColumns() {}
}
