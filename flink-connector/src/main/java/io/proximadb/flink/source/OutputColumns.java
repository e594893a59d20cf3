package io.proximadb.flink.source;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.MetadataField;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.VectorField;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.model.column.FloatVectorColumn;
import io.proximadb.model.column.StringColumn;
import io.proximadb.query.ChangeTask;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.RowKind;
import org.jspecify.annotations.Nullable;

/**
 * The columns that a read gives, in order: columns of the collection, then what is told of them.
 */
public final class OutputColumns implements Serializable {
  /** The number of the commit, which grows from commit to commit. */
  public static final String COMMIT = "_commit_version";

  /** When the commit was made. */
  public static final String COMMIT_TIME = "_commit_timestamp";

  /** The snapshot that the commit made. */
  public static final String SNAPSHOT = "_commit_snapshot";

  private static final long serialVersionUID = 1;
  private static final int MICROS_PER_MILLI = 1_000;
  private static final int NANOS_PER_MICRO = 1_000;

  /**
   * One column.
   *
   * @param name in the collection, or of those that are told
   * @param reader of its values; null for one that files do not hold
   */
  private record Output(String name, @Nullable ValueReader reader) implements Serializable {}

  private final List<Output> outputs;

  private OutputColumns(List<Output> outputs) {
    this.outputs = List.copyOf(outputs);
  }

  /** What can be read of rows beside their columns, with its type. */
  public static Map<String, FieldType> readableMetadata() {
    Map<String, FieldType> readable = new LinkedHashMap<>();
    readable.put(SystemColumns.VERSION, FieldType.Scalar.LONG);
    readable.put(SystemColumns.UPDATED_AT, FieldType.Scalar.TIMESTAMP);
    readable.put(COMMIT, FieldType.Scalar.LONG);
    readable.put(COMMIT_TIME, FieldType.Scalar.TIMESTAMP);
    readable.put(SNAPSHOT, FieldType.Scalar.LONG);
    return readable;
  }

  /**
   * Columns of a collection.
   *
   * @param type of the rows: columns of the collection by their names
   * @param metadata what is to be told beside them, by {@link #readableMetadata()}
   * @throws InvalidArgumentException if a column is unknown, or cannot be read as its type
   */
  public static OutputColumns of(RowType type, List<String> metadata, CollectionSchema schema) {
    List<Output> outputs = new ArrayList<>();
    for (RowType.RowField field : type.getFields()) {
      outputs.add(output(field.getName(), field.getType(), schema));
    }
    for (String name : metadata) {
      FieldType stored = readableMetadata().get(name);
      if (stored == null) {
        throw new InvalidArgumentException(
            "Unknown metadata: '"
                + name
                + "' (expected one of "
                + readableMetadata().keySet()
                + ")");
      }
      outputs.add(
          isOfCommit(name)
              ? new Output(name, null)
              : new Output(name, ValueReader.of(name, FlinkTypes.toFlink(stored), stored)));
    }
    return new OutputColumns(outputs);
  }

  private static boolean isOfCommit(String name) {
    return name.equals(COMMIT) || name.equals(COMMIT_TIME) || name.equals(SNAPSHOT);
  }

  private static Output output(String name, LogicalType type, CollectionSchema schema) {
    Optional<MetadataField> metadata = schema.metadataField(name);
    if (schema.vectorField(name).isPresent()) {
      if (!(type instanceof ArrayType array)
          || array.getElementType().getTypeRoot() != LogicalTypeRoot.FLOAT) {
        throw new InvalidArgumentException(
            "Cannot read vector column '"
                + name
                + "' as "
                + type.asSummaryString()
                + " (expected ARRAY<FLOAT>)");
      }
      return new Output(name, value -> new GenericArrayData((float[]) value));
    }
    if (name.equals(SystemColumns.ID)) {
      return new Output(name, ValueReader.of(name, type, FieldType.Scalar.STRING));
    }
    if (name.equals(SystemColumns.EXPIRES_AT)) {
      return new Output(name, ValueReader.of(name, type, FieldType.Scalar.TIMESTAMP));
    }
    if (metadata.isEmpty()) {
      List<String> known = new ArrayList<>(List.of(SystemColumns.ID, SystemColumns.EXPIRES_AT));
      schema.vectorFields().stream().map(VectorField::name).forEach(known::add);
      schema.metadataFields().stream().map(MetadataField::name).forEach(known::add);
      throw new InvalidArgumentException(
          "Cannot read column '" + name + "': there is none (expected one of " + known + ")");
    }
    return new Output(name, ValueReader.of(name, type, metadata.get().type()));
  }

  /** The columns that have to be read of files. */
  public List<String> stored() {
    return outputs.stream()
        .filter(output -> output.reader() != null)
        .map(Output::name)
        .distinct()
        .toList();
  }

  /** How many there are. */
  public int size() {
    return outputs.size();
  }

  /** A row of a batch that has {@link #stored()}. */
  public GenericRowData row(RowKind kind, ColumnBatch batch, int row, ChangeTask.Commit commit) {
    GenericRowData made = new GenericRowData(kind, outputs.size());
    for (int i = 0; i < outputs.size(); i++) {
      Output output = outputs.get(i);
      made.setField(
          i,
          output.reader() == null
              ? ofCommit(output.name(), commit)
              : value(batch.column(output.name()), row, output.reader()));
    }
    return made;
  }

  /**
   * A row of values.
   *
   * @param values by the names of {@link #stored()}
   * @param spare columns behind these, for the caller to fill
   */
  public GenericRowData row(
      Map<String, @Nullable Object> values, ChangeTask.Commit commit, int spare) {
    GenericRowData made = new GenericRowData(outputs.size() + spare);
    for (int i = 0; i < outputs.size(); i++) {
      Output output = outputs.get(i);
      made.setField(
          i,
          output.reader() == null
              ? ofCommit(output.name(), commit)
              : output.reader().readOrNull(values.get(output.name())));
    }
    return made;
  }

  private static @Nullable Object value(Column column, int row, ValueReader reader) {
    if (column.isNull(row)) {
      return null;
    }
    if (column instanceof FloatVectorColumn vectors) {
      int from = row * vectors.dimension();
      return new GenericArrayData(
          Arrays.copyOfRange(vectors.values(), from, from + vectors.dimension()));
    }
    if (column instanceof StringColumn strings) {
      return StringData.fromBytes(
          Arrays.copyOfRange(strings.bytes(), strings.offsets()[row], strings.offsets()[row + 1]));
    }
    return reader.readOrNull(column.value(row));
  }

  private static Object ofCommit(String name, ChangeTask.Commit commit) {
    return switch (name) {
      case COMMIT -> commit.sequence();
      case COMMIT_TIME ->
          TimestampData.fromEpochMillis(
              Math.floorDiv(commit.micros(), (long) MICROS_PER_MILLI),
              Math.floorMod(commit.micros(), MICROS_PER_MILLI) * NANOS_PER_MICRO);
      default -> commit.snapshotId();
    };
  }

  /** Rows in a batch: about half a MiB, so that what is on its way to Flink stays small. */
  int batchRows(CollectionSchema schema) {
    long bytes = 1;
    for (String name : stored()) {
      bytes +=
          schema.vectorField(name).map(field -> (long) field.dimension() * Float.BYTES).orElse(32L);
    }
    return (int) Math.max(16, Math.min(1_024, (512L << 10) / bytes));
  }
}
