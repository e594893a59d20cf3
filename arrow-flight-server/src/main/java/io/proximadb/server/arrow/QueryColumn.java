package io.proximadb.server.arrow;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.SparseVector;
import io.proximadb.model.VectorField;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/** The one column of batches of queries. */
public final class QueryColumn {
  /** The column's name. */
  public static final String NAME = "query";

  private QueryColumn() {}

  /** The column of queries for a field. */
  public static Field of(VectorField field) {
    return field.isSparse()
        ? ArrowTypes.field(NAME, SparseVector.TYPE)
        : new Field(
            NAME, ArrowTypes.field(field).getFieldType(), ArrowTypes.field(field).getChildren());
  }

  /**
   * Goes on if batches of this schema can hold queries for a field.
   *
   * @throws InvalidArgumentException if not
   */
  public static void check(VectorField field, Schema stream) {
    Field column = stream.getFields().size() == 1 ? stream.getFields().get(0) : null;
    if (column == null || !column.getName().equals(NAME)) {
      throw new InvalidArgumentException(
          "Invalid columns of queries: "
              + stream.getFields().stream().map(Field::getName).toList()
              + " (expected '"
              + NAME
              + "' alone)");
    }
    if (!field.isSparse()) {
      VectorBlocks.check(field, column);
    } else if (!ArrowTypes.fits(column, SparseVector.TYPE)) {
      throw new InvalidArgumentException(
          "Invalid type of column '"
              + NAME
              + "': "
              + ArrowTypes.describe(column)
              + " (expected "
              + ArrowTypes.describe(of(field))
              + ")");
    }
  }

  /**
   * The queries of a batch for a dense field; they share no memory with it.
   *
   * @throws InvalidArgumentException if a query or a component is null
   */
  public static List<float[]> dense(VectorSchemaRoot batch) {
    BatchValidator.validate(batch);
    VectorBlocks blocks = VectorBlocks.open(batch.getVector(NAME));
    List<float[]> queries = new ArrayList<>(batch.getRowCount());
    for (int row = 0; row < batch.getRowCount(); row++) {
      queries.add(blocks.read(row));
    }
    return queries;
  }

  /**
   * The queries of a batch for a sparse field.
   *
   * @throws InvalidArgumentException if a query is null or no sparse vector
   */
  public static List<SparseVector> sparse(VectorSchemaRoot batch) {
    BatchValidator.validate(batch);
    ValueReader reader = ValueReader.of(batch.getVector(NAME));
    List<SparseVector> queries = new ArrayList<>(batch.getRowCount());
    for (int row = 0; row < batch.getRowCount(); row++) {
      Object struct = reader.read(row);
      if (struct == null) {
        throw new InvalidArgumentException(
            "Invalid query in row " + row + ": null (expected indices and values)");
      }
      queries.add(SparseVector.ofStruct(struct));
    }
    return queries;
  }
}
