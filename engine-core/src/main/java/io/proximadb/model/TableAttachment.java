package io.proximadb.model;

import io.proximadb.error.InvalidArgumentException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Which columns of an Iceberg table that is no collection make its rows records.
 *
 * <pre>{@code
 * TableAttachment.of("lake.products", "sku").vector("embedding", Metric.COSINE)
 * }</pre>
 *
 * @param table the table's name in the engine's catalog, {@code namespace.table}; dots separate
 *     levels
 * @param idColumn the column whose values are the ids: of type string, int, long or uuid
 * @param vectors columns of type {@code list<float>} or {@code list<double>}; the first is the
 *     default field
 */
public record TableAttachment(String table, String idColumn, List<VectorColumn> vectors) {
  /** A {@link VectorColumn#dimension()} that is to be found in the table's rows. */
  public static final int FIND_DIMENSION = 0;

  /**
   * A column of vectors.
   *
   * @param column its name, by the rule for names of fields
   * @param dimension the number of components, or {@link #FIND_DIMENSION} for that of the first row
   *     that has a vector; rows of another one are left out of searches
   * @param metric how distances are measured
   */
  public record VectorColumn(String column, int dimension, Metric metric) {
    public VectorColumn {
      if (dimension != FIND_DIMENSION) {
        // Checks both, as those of a collection are.
        new VectorField(column, dimension, metric);
      }
    }
  }

  public TableAttachment {
    vectors = List.copyOf(vectors);
    Set<String> names = new HashSet<>();
    for (VectorColumn vector : vectors) {
      if (!names.add(vector.column()) || vector.column().equals(idColumn)) {
        throw new InvalidArgumentException(
            "Invalid columns of '" + table + "': '" + vector.column() + "' stands twice");
      }
    }
  }

  /** A table of which no column of vectors is named yet. */
  public static TableAttachment of(String table, String idColumn) {
    return new TableAttachment(table, idColumn, List.of());
  }

  /** The same with one more column of vectors, whose dimension is to be found. */
  public TableAttachment vector(String column, Metric metric) {
    return vector(column, FIND_DIMENSION, metric);
  }

  /** The same with one more column of vectors. */
  public TableAttachment vector(String column, int dimension, Metric metric) {
    List<VectorColumn> more = new ArrayList<>(vectors);
    more.add(new VectorColumn(column, dimension, metric));
    return new TableAttachment(table, idColumn, more);
  }
}
