package io.proximadb.model;

import io.proximadb.error.InvalidArgumentException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Checks the sparse vectors of a record and puts them into the places of their columns. */
final class SparseParts {
  private SparseParts() {}

  /** Vectors may come as such or, from those who know columns alone, as values of their column. */
  static void put(
      CollectionSchema schema,
      VectorRecord record,
      Map<String, Integer> ordinals,
      @Nullable Object[] values) {
    String owner = "record '" + record.id() + "'";
    int given = 0;
    for (VectorField field : schema.sparseFields()) {
      SparseVector vector = record.sparseVectors().get(field.name());
      given += vector == null ? 0 : 1;
      Object struct = record.metadata().get(field.name());
      if (struct != null && vector != null) {
        throw new InvalidArgumentException(
            "Invalid " + owner + ": two values for sparse vector '" + field.name() + "'");
      }
      if (struct != null) {
        vector = ofStruct(field, struct, owner);
      }
      if (vector != null || !field.optional()) {
        RecordValidator.checkSparse(field, vector, owner);
      }
      Integer ordinal = ordinals.get(field.name());
      assert ordinal != null : field;
      values[ordinal] = vector == null ? null : vector.asStruct();
    }
    if (given != record.sparseVectors().size()) {
      for (String name : record.sparseVectors().keySet()) {
        if (schema.sparseField(name).isEmpty()) {
          throw new InvalidArgumentException(
              "Invalid "
                  + owner
                  + ": unknown sparse vector field '"
                  + name
                  + "' (expected one of "
                  + schema.sparseFields().stream().map(VectorField::name).toList()
                  + ")");
        }
      }
    }
  }

  private static SparseVector ofStruct(VectorField field, Object struct, String owner) {
    try {
      return SparseVector.ofStruct(struct);
    } catch (InvalidArgumentException e) {
      throw new InvalidArgumentException(
          "Invalid sparse vector '" + field.name() + "' of " + owner + ": " + e.getMessage(), e);
    }
  }
}
