package io.proximadb.api;

import org.jspecify.annotations.Nullable;

/**
 * How searches of a vector field are answered.
 *
 * @param field its name
 * @param strategy {@code exact} for every row compared, or the name of one with an index
 * @param index the index that serves; null if none does
 * @param sinceMillis since when, since 1970; 0 if it always was so
 * @param predicted of it when it was decided for
 * @param measured of it before it took over all searches
 * @param migration to another one; null if none is under way
 */
public record AxisField(
    String field,
    String strategy,
    @Nullable String index,
    long sinceMillis,
    AxisFigures predicted,
    AxisFigures measured,
    @Nullable AxisMigration migration) {
  /** The same with another migration, or none. */
  public AxisField with(@Nullable AxisMigration change) {
    return new AxisField(field, strategy, index, sinceMillis, predicted, measured, change);
  }
}
