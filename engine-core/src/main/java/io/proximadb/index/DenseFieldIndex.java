package io.proximadb.index;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorField;
import io.proximadb.storage.SegmentReader;

/** What kinds of indexes of dense vectors have in common. */
public abstract class DenseFieldIndex implements IndexType {
  /** So many rows are compared in half a millisecond, of 784 dimensions. */
  private static final int MIN_ROWS = 4_096;

  @Override
  public final void check(IndexDefinition definition, CollectionSchema schema) {
    VectorField field =
        schema
            .vectorField(definition.field())
            .orElseThrow(
                () ->
                    invalid(
                        definition,
                        "field '"
                            + definition.field()
                            + "' is no dense vector field (expected one of "
                            + schema.vectorFields().stream().map(VectorField::name).toList()
                            + ")"));
    if (field.metric() == Metric.MANHATTAN) {
      throw invalid(
          definition, "its field is compared by MANHATTAN (expected EUCLIDEAN, COSINE or DOT)");
    }
    checkSettings(definition);
  }

  /**
   * Checks the settings of a definition.
   *
   * @throws InvalidArgumentException if one is unknown or out of range
   */
  protected abstract void checkSettings(IndexDefinition definition);

  @Override
  public final int minRows() {
    return MIN_ROWS;
  }

  @Override
  public final boolean canIndex(SegmentReader segment, IndexDefinition definition) {
    return segment.hasVectors(definition.field())
        && segment.rowsWithoutVector(definition.field()).getLongCardinality() < segment.rowCount();
  }

  /** The field of a definition that was checked. */
  protected static VectorField field(IndexDefinition definition, CollectionSchema schema) {
    return schema.vectorField(definition.field()).orElseThrow();
  }

  protected static InvalidArgumentException invalid(IndexDefinition definition, String what) {
    return new InvalidArgumentException("Invalid index '" + definition.name() + "': " + what);
  }

  /** The value of a setting that is a whole number in a range. */
  protected static long number(
      IndexDefinition definition, String key, String value, long least, long most) {
    InvalidArgumentException invalid =
        invalid(
            definition,
            key
                + " is '"
                + value
                + "' (expected a whole number from "
                + least
                + " to "
                + most
                + ")");
    try {
      long number = Long.parseLong(value.strip());
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      invalid.initCause(e);
    }
    throw invalid;
  }
}
