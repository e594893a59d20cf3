package io.proximadb.filter;

import io.proximadb.model.CollectionSchema;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.ColumnBatch;
import java.util.BitSet;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * A filter that was checked against a schema and can be evaluated, row by row or over columns, with
 * the same result. Immutable and safe for use by many threads.
 *
 * <p>How values compare:
 *
 * <ul>
 *   <li>Numbers compare by their mathematical value, whatever their classes: no LONG equals 2.5,
 *       all are less than 1e300, and a FLOAT column compares as the doubles that its values are.
 *       NaN equals itself and is the greatest; -0 equals 0.
 *   <li>Text compares by code points, which is the order of its UTF-8 bytes; binary byte by byte,
 *       unsigned; {@code false} is less than {@code true}.
 *   <li>DATE columns take {@link java.time.LocalDate} or text such as {@code 2026-01-31}, TIMESTAMP
 *       columns {@link java.time.Instant} or text such as {@code 2026-01-31T12:30:00Z}; an instant
 *       between two microseconds is equal to neither.
 *   <li>BINARY columns take bytes or Base64 text; numeric columns also the texts {@code NaN},
 *       {@code Infinity} and {@code -Infinity}.
 *   <li>A comparison with NULL is unknown. A field of a struct that is NULL is NULL. {@code IN} and
 *       {@link Filter.Contains} on a list are unknown if nothing is equal and a NULL stands in the
 *       list.
 * </ul>
 */
public final class BoundFilter {
  private final BoundNode root;
  private final Set<String> columns;

  private BoundFilter(BoundNode root) {
    this.root = root;
    Set<String> needed = new LinkedHashSet<>();
    root.addColumnsTo(needed);
    this.columns = Collections.unmodifiableSet(needed);
  }

  /**
   * Checks a filter against a schema.
   *
   * @throws io.proximadb.error.InvalidArgumentException if it is deeper than {@link
   *     Filter#MAX_DEPTH} or larger than {@link Filter#MAX_SIZE}, names a column that neither the
   *     schema nor the system columns have, or compares a column with a value of another type
   */
  public static BoundFilter bind(Filter filter, CollectionSchema schema) {
    return new BoundFilter(new Binder(schema).bind(filter, 1));
  }

  /** True if every row passes, whatever its values; then {@link #columns()} is empty. */
  public boolean isAlwaysTrue() {
    return root.equals(BoundNode.TRUE);
  }

  /**
   * The top-level columns whose values decide, in the order in which the filter names them; a
   * struct column for a condition on one of its fields.
   */
  public Set<String> columns() {
    return columns;
  }

  /**
   * Whether a row passes, that is, whether the filter is true for it.
   *
   * @param row gives the value of each of {@link #columns()}, of the Java class that {@link
   *     io.proximadb.model.FieldType} has for the column's type
   */
  public boolean matches(Function<String, @Nullable Object> row) {
    return root.test(row) == Truth.TRUE;
  }

  /**
   * The rows of a batch that pass, that is, for which the filter is true.
   *
   * @param batch has all of {@link #columns()}
   * @return a set that the caller may change
   */
  public BitSet select(ColumnBatch batch) {
    return root.select(batch).isTrue();
  }

  /**
   * The rows of a file that pass, by its indexes. Conditions that no index answers are evaluated
   * over their columns, after the others, and only if the outcome depends on them.
   *
   * @param indexes gives the index of a path, or null if there is none
   * @param columns gives a whole column of the file
   * @return a set that the caller may change
   */
  public RoaringBitmap select(
      int rowCount,
      Function<String, @Nullable ValueIndex> indexes,
      Function<String, Column> columns) {
    return root.select(new IndexedRows(rowCount, indexes, columns)).isTrue();
  }

  /**
   * How many rows of a file pass, live or not. Asks indexes only, and costs no more than looking up
   * the values of the filter.
   *
   * @param indexes gives the index of a path, or null if there is none
   */
  public RowEstimate estimate(int rowCount, Function<String, @Nullable ValueIndex> indexes) {
    return root.estimate(IndexedRows.withoutColumns(rowCount, indexes)).isTrue();
  }

  /** True if indexes answer the whole filter. */
  public boolean isIndexed(Function<String, @Nullable ValueIndex> indexes) {
    return root.isIndexed(IndexedRows.withoutColumns(0, indexes));
  }
}
