package io.proximadb.query;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.MetadataField;
import io.proximadb.model.Row;
import io.proximadb.model.SparseVector;
import io.proximadb.model.StoredRecord;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.Timestamps;
import io.proximadb.model.VectorField;
import io.proximadb.model.VectorRecord;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.model.column.DoubleColumn;
import io.proximadb.model.column.FloatVectorColumn;
import io.proximadb.model.column.LongColumn;
import io.proximadb.model.column.ObjectColumn;
import io.proximadb.model.column.StringColumn;
import io.proximadb.storage.RowAssembler;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The columns of a collection by name, over rows in memory and over batches from files. */
public final class RowColumns {
  private final CollectionSchema schema;
  private final RowAssembler rows;
  private final Map<String, FieldType> scalarTypes = new LinkedHashMap<>();
  private final Map<String, Integer> metadataOrdinals = new HashMap<>();
  private final Map<String, Integer> vectorOrdinals = new LinkedHashMap<>();
  private final Map<String, VectorField> sparseFields = new HashMap<>();

  public RowColumns(CollectionSchema schema) {
    this.schema = schema;
    this.rows = new RowAssembler(schema);
    scalarTypes.put(SystemColumns.ID, FieldType.Scalar.STRING);
    for (MetadataField field : schema.metadataFields()) {
      metadataOrdinals.put(field.name(), metadataOrdinals.size());
      scalarTypes.put(field.name(), field.type());
    }
    scalarTypes.put(SystemColumns.EXPIRES_AT, FieldType.Scalar.TIMESTAMP);
    scalarTypes.put(SystemColumns.VERSION, FieldType.Scalar.LONG);
    scalarTypes.put(SystemColumns.UPDATED_AT, FieldType.Scalar.TIMESTAMP);
    scalarTypes.put(SystemColumns.CLUSTER_ID, FieldType.Scalar.LONG);
    for (VectorField field : schema.vectorFields()) {
      vectorOrdinals.put(field.name(), vectorOrdinals.size());
    }
    schema.sparseFields().forEach(field -> sparseFields.put(field.name(), field));
  }

  /** What a scan returns unless told otherwise: id, metadata, expiry, vectors. */
  public List<String> allOfRecord() {
    List<String> names = new ArrayList<>();
    names.add(SystemColumns.ID);
    schema.metadataFields().forEach(field -> names.add(field.name()));
    names.add(SystemColumns.EXPIRES_AT);
    schema.vectorFields().forEach(field -> names.add(field.name()));
    return names;
  }

  /** What a search returns with each hit unless told otherwise. */
  public List<String> metadata() {
    return schema.plainFields().stream().map(MetadataField::name).toList();
  }

  /** Everything that {@link #record} wants to see. */
  List<String> allStored() {
    return rows.columns();
  }

  /**
   * Checks the columns of a request.
   *
   * @throws InvalidArgumentException if a column is unknown or stands twice
   */
  public List<String> check(List<String> names) {
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      if (!scalarTypes.containsKey(name) && !vectorOrdinals.containsKey(name)) {
        List<String> known = new ArrayList<>(scalarTypes.keySet());
        known.addAll(vectorOrdinals.keySet());
        throw new InvalidArgumentException(
            "Invalid column: '" + name + "' (expected one of " + known + ")");
      }
      if (names.indexOf(name) != i) {
        throw new InvalidArgumentException("Invalid columns: '" + name + "' stands twice");
      }
    }
    return names;
  }

  /** The value of a column of a row in memory. */
  public @Nullable Object value(Row row, String column) {
    Integer ordinal = metadataOrdinals.get(column);
    if (ordinal != null) {
      return row.metadata()[ordinal];
    }
    ordinal = vectorOrdinals.get(column);
    if (ordinal != null) {
      return row.vectors()[ordinal];
    }
    return switch (column) {
      case SystemColumns.ID -> row.id();
      case SystemColumns.VERSION -> row.version();
      case SystemColumns.UPDATED_AT -> instant(row.updatedAtMicros());
      case SystemColumns.EXPIRES_AT ->
          row.expiresAtMicros() == Row.NO_EXPIRY ? null : instant(row.expiresAtMicros());
      case SystemColumns.CLUSTER_ID -> null;
      default -> throw new IllegalArgumentException("No column '" + column + "'");
    };
  }

  static Instant instant(long micros) {
    return Timestamps.ofMicros(micros);
  }

  /** Turns rows in memory into columns. */
  ColumnBatch batch(List<Row> rows, List<String> names) {
    Map<String, Column> columns = new LinkedHashMap<>();
    for (String name : names) {
      Integer ordinal = vectorOrdinals.get(name);
      columns.put(name, ordinal != null ? vectors(rows, ordinal) : scalars(rows, name));
    }
    return new ColumnBatch(rows.size(), columns);
  }

  private FloatVectorColumn vectors(List<Row> rows, int ordinal) {
    int dimension = schema.vectorFields().get(ordinal).dimension();
    float[] values = new float[rows.size() * dimension];
    BitSet nulls = null;
    for (int i = 0; i < rows.size(); i++) {
      float[] vector = rows.get(i).vectors()[ordinal];
      if (vector != null) {
        System.arraycopy(vector, 0, values, i * dimension, dimension);
      } else {
        nulls = nulls == null ? new BitSet(rows.size()) : nulls;
        nulls.set(i);
      }
    }
    return new FloatVectorColumn(dimension, values, nulls);
  }

  private Column scalars(List<Row> rows, String name) {
    @Nullable Object[] values = new @Nullable Object[rows.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = value(rows.get(i), name);
    }
    FieldType type = scalarTypes.get(name);
    assert type != null;
    if (!(type instanceof FieldType.Scalar scalar) || scalar == FieldType.Scalar.BINARY) {
      return new ObjectColumn(type, values);
    }
    return switch (scalar) {
      case STRING -> strings(values);
      case FLOAT, DOUBLE -> doubles(scalar, values);
      default -> longs(scalar, values);
    };
  }

  private static StringColumn strings(@Nullable Object[] values) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int[] offsets = new int[values.length + 1];
    BitSet nulls = nulls(values);
    for (int i = 0; i < values.length; i++) {
      if (values[i] instanceof String text) {
        bytes.writeBytes(text.getBytes(StandardCharsets.UTF_8));
      }
      offsets[i + 1] = bytes.size();
    }
    return new StringColumn(bytes.toByteArray(), offsets, nulls);
  }

  private static DoubleColumn doubles(FieldType.Scalar type, @Nullable Object[] values) {
    double[] numbers = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      if (values[i] instanceof Number number) {
        numbers[i] = number.doubleValue();
      }
    }
    return new DoubleColumn(type, numbers, nulls(values));
  }

  private static LongColumn longs(FieldType.Scalar type, @Nullable Object[] values) {
    long[] numbers = new long[values.length];
    for (int i = 0; i < values.length; i++) {
      numbers[i] = toLong(values[i]);
    }
    return new LongColumn(type, numbers, nulls(values));
  }

  private static long toLong(@Nullable Object value) {
    if (value instanceof Number number) {
      return number.longValue();
    }
    if (value instanceof Boolean flag) {
      return flag ? 1 : 0;
    }
    if (value instanceof LocalDate date) {
      return date.toEpochDay();
    }
    if (value instanceof Instant instant) {
      return Timestamps.toMicros(instant);
    }
    return 0;
  }

  private static @Nullable BitSet nulls(@Nullable Object[] values) {
    BitSet nulls = null;
    for (int i = 0; i < values.length; i++) {
      if (values[i] == null) {
        nulls = nulls == null ? new BitSet(values.length) : nulls;
        nulls.set(i);
      }
    }
    return nulls;
  }

  /** A row in memory as a record. */
  StoredRecord record(Row row) {
    Map<String, float[]> vectors = new LinkedHashMap<>();
    vectorOrdinals.forEach(
        (name, ordinal) -> {
          float[] vector = row.vectors()[ordinal];
          if (vector != null) {
            vectors.put(name, vector.clone());
          }
        });
    Map<String, SparseVector> sparse = new LinkedHashMap<>();
    Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
    metadataOrdinals.forEach(
        (name, ordinal) -> putValue(sparse, metadata, name, row.metadata()[ordinal]));
    return new StoredRecord(
        new VectorRecord(
            row.id(), vectors, sparse, metadata, (Instant) value(row, SystemColumns.EXPIRES_AT)),
        row.version(),
        instant(row.updatedAtMicros()));
  }

  /** True if no vector that must be there is missing in a row of a batch. */
  boolean isWhole(ColumnBatch batch, int row) {
    return schema.vectorFields().stream()
            .allMatch(field -> field.optional() || !batch.column(field.name()).isNull(row))
        && schema.sparseFields().stream()
            .allMatch(field -> isWhole(field, batch.column(field.name()).value(row)));
  }

  private static boolean isWhole(VectorField sparse, @Nullable Object value) {
    return value == null ? sparse.optional() : SparseVector.usable(sparse, value) != null;
  }

  /** A row of a batch that has the columns of {@link #allStored()}, as it stands in memory. */
  Row row(ColumnBatch batch, int row) {
    return rows.row(batch, row);
  }

  /** A row of a batch that has the columns of {@link #allStored()}, as a record. */
  StoredRecord record(ColumnBatch batch, int row) {
    Map<String, float[]> vectors = new LinkedHashMap<>();
    for (String name : vectorOrdinals.keySet()) {
      if (batch.column(name).value(row) instanceof float[] vector) {
        vectors.put(name, vector);
      }
    }
    Map<String, SparseVector> sparse = new LinkedHashMap<>();
    Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
    for (String name : metadataOrdinals.keySet()) {
      putValue(sparse, metadata, name, batch.column(name).value(row));
    }
    return new StoredRecord(
        new VectorRecord(
            (String) required(batch, SystemColumns.ID, row),
            vectors,
            sparse,
            metadata,
            (Instant) batch.column(SystemColumns.EXPIRES_AT).value(row)),
        (Long) required(batch, SystemColumns.VERSION, row),
        (Instant) required(batch, SystemColumns.UPDATED_AT, row));
  }

  private static Object required(ColumnBatch batch, String column, int row) {
    Object value = batch.column(column).value(row);
    if (value == null) {
      throw new IllegalStateException("Column '" + column + "' is null in row " + row);
    }
    return value;
  }

  /** What another engine put into a sparse field and is no vector of it is left out. */
  private void putValue(
      Map<String, SparseVector> sparse,
      Map<String, @Nullable Object> metadata,
      String name,
      @Nullable Object value) {
    VectorField field = sparseFields.get(name);
    if (field != null) {
      SparseVector vector = SparseVector.usable(field, value);
      if (vector != null) {
        sparse.put(name, vector);
      }
    } else if (value != null) {
      metadata.put(name, value);
    }
  }
}
