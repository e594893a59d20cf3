package io.proximadb.storage;

import io.proximadb.model.CollectionSchema;
import io.proximadb.model.MetadataField;
import io.proximadb.model.Row;
import io.proximadb.model.SparseVector;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.Timestamps;
import io.proximadb.model.VectorField;
import io.proximadb.model.column.ColumnBatch;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Puts whole rows together from the columns of a segment. */
public final class RowAssembler {
  private final List<String> vectors;
  private final List<String> metadata;
  private final boolean[] sparse;
  private final List<String> columns = new ArrayList<>();

  public RowAssembler(CollectionSchema schema) {
    this.vectors = schema.vectorFields().stream().map(VectorField::name).toList();
    this.metadata = schema.metadataFields().stream().map(MetadataField::name).toList();
    this.sparse = new boolean[metadata.size()];
    for (int i = 0; i < sparse.length; i++) {
      sparse[i] = schema.sparseField(metadata.get(i)).isPresent();
    }
    columns.add(SystemColumns.ID);
    columns.addAll(metadata);
    columns.add(SystemColumns.EXPIRES_AT);
    columns.addAll(vectors);
    columns.add(SystemColumns.VERSION);
    columns.add(SystemColumns.UPDATED_AT);
  }

  /** The columns that {@link #row} wants to see. */
  public List<String> columns() {
    return columns;
  }

  /** A row of a batch that has {@link #columns()}. */
  public Row row(ColumnBatch batch, int row) {
    float[] @Nullable [] rowVectors = new float[vectors.size()] @Nullable [];
    for (int i = 0; i < rowVectors.length; i++) {
      // Null where the field was added after the row was written.
      rowVectors[i] = (float[]) batch.column(vectors.get(i)).value(row);
    }
    @Nullable Object[] values = new @Nullable Object[metadata.size()];
    for (int i = 0; i < values.length; i++) {
      Object value = batch.column(metadata.get(i)).value(row);
      values[i] = sparse[i] ? SparseVector.compact(value) : value;
    }
    Instant expiry = (Instant) batch.column(SystemColumns.EXPIRES_AT).value(row);
    return new Row(
        (String) required(batch, SystemColumns.ID, row),
        rowVectors,
        values,
        expiry == null ? Row.NO_EXPIRY : Timestamps.toMicros(expiry),
        (Long) required(batch, SystemColumns.VERSION, row),
        Timestamps.toMicros((Instant) required(batch, SystemColumns.UPDATED_AT, row)));
  }

  private static Object required(ColumnBatch batch, String column, int row) {
    Object value = batch.column(column).value(row);
    if (value == null) {
      throw new IllegalStateException("Column '" + column + "' is null in row " + row);
    }
    return value;
  }
}
