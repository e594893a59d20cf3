package io.proximadb.spark.read;

import org.apache.spark.sql.connector.catalog.SupportsRead;

/** A table whose scans are {@link ProximaScan}s, which take part in the order of a distance. */
public interface VectorTable extends SupportsRead {
  /** True for a column of dense vectors. */
  boolean isVector(String column);
}
