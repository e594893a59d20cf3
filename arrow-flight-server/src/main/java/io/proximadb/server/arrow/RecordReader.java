package io.proximadb.server.arrow;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.MetadataField;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.VectorField;
import io.proximadb.model.VectorRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Makes records of the batches of one stream. Columns are matched by name; what the stream's schema
 * must have is checked before its first batch, each batch's memory before its first value.
 */
public final class RecordReader {
  private final List<String> vectors;
  private final List<String> optionalVectors;
  private final List<String> metadata;
  private final boolean expires;

  private RecordReader(
      List<String> vectors, List<String> optionalVectors, List<String> metadata, boolean expires) {
    this.vectors = vectors;
    this.optionalVectors = optionalVectors;
    this.metadata = metadata;
    this.expires = expires;
  }

  /**
   * A reader of whole records.
   *
   * @throws InvalidArgumentException if id or a vector field is missing, a column is unknown or
   *     stands twice, or has a type that does not fit
   */
  public static RecordReader ofRecords(CollectionSchema schema, Schema stream) {
    checkNames(stream);
    List<String> vectors = new ArrayList<>();
    List<String> metadata = new ArrayList<>();
    boolean expires = false;
    for (Field column : stream.getFields()) {
      Optional<VectorField> vector = schema.vectorField(column.getName());
      if (vector.isPresent()) {
        VectorBlocks.check(vector.get(), column);
        vectors.add(column.getName());
      } else if (column.getName().equals(SystemColumns.EXPIRES_AT)) {
        checkType(column, Scalar.TIMESTAMP);
        expires = true;
      } else if (!column.getName().equals(SystemColumns.ID)) {
        checkType(
            column,
            schema
                .metadataField(column.getName())
                .map(MetadataField::type)
                .orElseThrow(() -> unknown(schema, column)));
        metadata.add(column.getName());
      }
    }
    for (VectorField field : schema.vectorFields()) {
      if (!vectors.contains(field.name()) && !field.optional()) {
        throw missing(field.name(), "FixedSizeList(" + field.dimension() + ")<Float32>");
      }
    }
    List<String> optional =
        schema.vectorFields().stream()
            .filter(VectorField::optional)
            .map(VectorField::name)
            .toList();
    return new RecordReader(vectors, optional, metadata, expires);
  }

  /**
   * A reader of ids alone.
   *
   * @throws InvalidArgumentException if the stream has any other column, or none
   */
  public static RecordReader ofIds(Schema stream) {
    checkNames(stream);
    for (Field column : stream.getFields()) {
      if (!column.getName().equals(SystemColumns.ID)) {
        throw new InvalidArgumentException(
            "Invalid column: '" + column.getName() + "' (expected 'id' alone for a deletion)");
      }
    }
    return new RecordReader(List.of(), List.of(), List.of(), false);
  }

  /**
   * The records of a batch; they share no memory with it.
   *
   * @throws InvalidArgumentException if a value cannot be what its column is
   */
  public List<VectorRecord> records(VectorSchemaRoot batch) {
    BatchValidator.validate(batch);
    ValueReader ids = reader(batch, SystemColumns.ID);
    Map<String, IntFunction<float @Nullable []>> vectorColumns = new LinkedHashMap<>();
    vectors.forEach(name -> vectorColumns.put(name, vectorReader(batch, name)));
    Map<String, ValueReader> metadataColumns = new LinkedHashMap<>();
    metadata.forEach(name -> metadataColumns.put(name, reader(batch, name)));
    ValueReader expiries = expires ? reader(batch, SystemColumns.EXPIRES_AT) : null;

    List<VectorRecord> records = new ArrayList<>(batch.getRowCount());
    for (int row = 0; row < batch.getRowCount(); row++) {
      Map<String, float[]> blocks = new LinkedHashMap<>();
      for (Map.Entry<String, IntFunction<float @Nullable []>> column : vectorColumns.entrySet()) {
        float[] vector = column.getValue().apply(row);
        if (vector != null) {
          blocks.put(column.getKey(), vector);
        }
      }
      Map<String, @Nullable Object> values = new LinkedHashMap<>();
      for (Map.Entry<String, ValueReader> column : metadataColumns.entrySet()) {
        values.put(column.getKey(), column.getValue().read(row));
      }
      Instant expiry = expiries == null ? null : (Instant) expiries.read(row);
      records.add(new VectorRecord(id(ids, row), blocks, values, expiry));
    }
    return records;
  }

  private IntFunction<float @Nullable []> vectorReader(VectorSchemaRoot batch, String name) {
    FieldVector column = vector(batch, name);
    if (!optionalVectors.contains(name)) {
      return VectorBlocks.open(column)::read;
    }
    VectorBlocks blocks = VectorBlocks.openWithNulls(column);
    return row -> column.isNull(row) ? null : blocks.read(row);
  }

  /** The ids of a batch. */
  public List<String> ids(VectorSchemaRoot batch) {
    BatchValidator.validate(batch);
    ValueReader reader = reader(batch, SystemColumns.ID);
    List<String> ids = new ArrayList<>(batch.getRowCount());
    for (int row = 0; row < batch.getRowCount(); row++) {
      ids.add(id(reader, row));
    }
    return ids;
  }

  private static String id(ValueReader ids, int row) {
    Object id = ids.read(row);
    if (id == null) {
      throw new InvalidArgumentException(
          "Invalid id in row " + row + ": null (expected non-empty text)");
    }
    return (String) id;
  }

  private static void checkNames(Schema stream) {
    Set<String> seen = new HashSet<>();
    for (Field column : stream.getFields()) {
      if (!seen.add(column.getName())) {
        throw new InvalidArgumentException(
            "Invalid columns: '" + column.getName() + "' stands twice");
      }
    }
    Field id =
        stream.getFields().stream()
            .filter(column -> column.getName().equals(SystemColumns.ID))
            .findFirst()
            .orElseThrow(() -> missing(SystemColumns.ID, "Utf8"));
    checkType(id, Scalar.STRING);
  }

  private static void checkType(Field column, io.proximadb.model.FieldType expected) {
    if (!ArrowTypes.fits(column, expected)) {
      throw new InvalidArgumentException(
          "Invalid type of column '"
              + column.getName()
              + "': "
              + ArrowTypes.describe(column)
              + " (expected "
              + ArrowTypes.describe(ArrowTypes.field(column.getName(), expected))
              + ")");
    }
  }

  private static InvalidArgumentException missing(String column, String type) {
    return new InvalidArgumentException(
        "Invalid columns: no column '" + column + "' (expected one of type " + type + ")");
  }

  private static InvalidArgumentException unknown(CollectionSchema schema, Field column) {
    return new InvalidArgumentException(
        "Invalid column: '"
            + column.getName()
            + "' (expected one of "
            + OutputColumns.whole(schema)
            + ")");
  }

  private static ValueReader reader(VectorSchemaRoot batch, String name) {
    return ValueReader.of(vector(batch, name));
  }

  private static FieldVector vector(VectorSchemaRoot batch, String name) {
    return batch.getVector(name);
  }
}
