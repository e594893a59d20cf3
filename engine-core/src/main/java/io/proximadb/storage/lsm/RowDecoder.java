package io.proximadb.storage.lsm;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.FieldType;
import io.proximadb.model.VectorField;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.model.column.FloatVectorColumn;
import io.proximadb.storage.TableContext;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/** Decodes rows into columns, one row after the other. For one thread and one batch. */
final class RowDecoder {
  private static final int NONE = -1;

  private final RunReader run;
  private final int capacity;
  private final Map<String, @Nullable ColumnBuilder> scalars = new LinkedHashMap<>();
  private final Map<String, Vectors> vectors = new LinkedHashMap<>();

  /** By scalar of the file up to the last that is wanted: what takes it, or null to skip it. */
  private final List<@Nullable ColumnBuilder> plan = new ArrayList<>();

  private final List<ColumnBuilder> missing = new ArrayList<>();
  private int rows;

  /**
   * A vector field that is wanted, and the rows so far.
   *
   * @param fromEnd {@link #NONE} if the file has no such field
   */
  @SuppressWarnings("ArrayRecordComponent")
  private record Vectors(int dimension, int fromEnd, float[] values) {
    FloatVectorColumn build(int rows) {
      BitSet nulls = new BitSet();
      nulls.set(0, fromEnd == NONE ? rows : 0);
      return new FloatVectorColumn(dimension, values, nulls.isEmpty() ? null : nulls);
    }
  }

  /**
   * Starts a batch of exactly {@code capacity} rows.
   *
   * @throws InvalidArgumentException if the table has no such column, or the file lacks a vector
   *     field
   */
  RowDecoder(TableContext table, RunReader run, List<String> columns, int capacity) {
    this.run = run;
    this.capacity = capacity;
    for (String name : columns) {
      NestedField wanted = table.icebergSchema().findField(name);
      if (wanted == null || name.indexOf('.') >= 0) {
        throw new InvalidArgumentException(
            "Invalid column: '"
                + name
                + "' (expected one of "
                + table.icebergSchema().columns().stream().map(NestedField::name).toList()
                + ")");
      }
      Optional<VectorField> vector = table.schema().vectorField(name);
      if (vector.isPresent()) {
        int dimension = vector.get().dimension();
        boolean missing = vector.get().optional() && !hasVectors(table, run, name);
        int distance = missing ? NONE : run.fromEnd(vectorOf(table, run, vector.get()));
        vectors.put(
            name,
            new Vectors(dimension, distance, new float[Math.multiplyExact(capacity, dimension)]));
        scalars.put(name, null);
      } else {
        addScalar(name, wanted, RunColumns.type(table, name));
      }
    }
  }

  private void addScalar(String name, NestedField wanted, FieldType type) {
    List<NestedField> fields = run.header().schema().columns();
    int ordinal = 0;
    while (ordinal < run.scalars().size() && fields.get(ordinal).fieldId() != wanted.fieldId()) {
      ordinal++;
    }
    if (ordinal == run.scalars().size()) {
      ColumnBuilder builder = ColumnBuilder.of(null, wanted, type, capacity);
      missing.add(builder);
      scalars.put(name, builder);
      return;
    }
    ColumnBuilder builder = ColumnBuilder.of(fields.get(ordinal), wanted, type, capacity);
    while (plan.size() <= ordinal) {
      plan.add(null);
    }
    plan.set(ordinal, builder);
    scalars.put(name, builder);
  }

  /** True if the file has a column of the table's. */
  static boolean hasVectors(TableContext table, RunReader run, String field) {
    NestedField inTable = table.icebergSchema().findField(field);
    return inTable != null && run.header().schema().findField(inTable.fieldId()) != null;
  }

  /**
   * The place of a vector field among those of the file.
   *
   * @throws InvalidArgumentException if the file has no such field
   */
  static int vectorOf(TableContext table, RunReader run, VectorField vector) {
    RunHeader header = run.header();
    List<NestedField> fields = header.schema().columns();
    int first = fields.size() - header.dimensions().length;
    int id = table.icebergSchema().findField(vector.name()).fieldId();
    for (int i = first; i < fields.size(); i++) {
      if (fields.get(i).fieldId() == id) {
        int dimension = header.dimensions()[i - first];
        if (dimension != vector.dimension()) {
          throw RunHeader.corrupt(
              run.file(),
              "vectors '"
                  + vector.name()
                  + "' of "
                  + dimension
                  + " floats (expected "
                  + vector.dimension()
                  + ")",
              0,
              null);
        }
        return i - first;
      }
    }
    throw new InvalidArgumentException(
        "Cannot read file " + run.file().location() + ": it has no column '" + vector.name() + "'");
  }

  void add(RunBlock block, int row) {
    if (!plan.isEmpty()) {
      AvroInput in = block.record(row);
      for (int i = 0; i < plan.size(); i++) {
        ColumnBuilder builder = plan.get(i);
        if (builder == null) {
          run.scalars().get(i).skip(in);
        } else {
          builder.add(in);
        }
      }
    }
    for (ColumnBuilder builder : missing) {
      builder.addNull();
    }
    for (Vectors wanted : vectors.values()) {
      if (wanted.fromEnd() != NONE) {
        copy(block, row, wanted.fromEnd(), wanted.dimension(), wanted.values(), rows);
      }
    }
    rows++;
  }

  private static void copy(
      RunBlock block, int row, int fromEnd, int dimension, float[] target, int targetRow) {
    ByteBuffer bytes = block.bytes();
    bytes
        .slice(block.fromEnd(row, fromEnd), dimension * Float.BYTES)
        .order(bytes.order())
        .asFloatBuffer()
        .get(target, targetRow * dimension, dimension);
  }

  ColumnBatch build() {
    assert rows == capacity : rows + " of " + capacity;
    Map<String, Column> columns = new LinkedHashMap<>();
    scalars.forEach(
        (name, builder) -> {
          Vectors vector = vectors.get(name);
          if (vector != null) {
            columns.put(name, vector.build(rows));
          } else if (builder != null) {
            columns.put(name, builder.build());
          }
        });
    return new ColumnBatch(rows, columns);
  }
}
