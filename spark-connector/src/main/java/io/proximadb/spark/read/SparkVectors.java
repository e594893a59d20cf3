package io.proximadb.spark.read;

import io.proximadb.model.FieldType;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.model.column.DoubleColumn;
import io.proximadb.model.column.FloatVectorColumn;
import io.proximadb.model.column.LongColumn;
import io.proximadb.model.column.ObjectColumn;
import io.proximadb.model.column.StringColumn;
import io.proximadb.spark.types.SparkTypes;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarArray;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.apache.spark.unsafe.types.UTF8String;

/** Puts Spark's interface over our columns; no value is copied. */
public final class SparkVectors {
  private SparkVectors() {}

  /** The columns of a batch in the order asked for. */
  public static ColumnarBatch of(ColumnBatch batch, List<String> columns) {
    ColumnVector[] vectors =
        columns.stream().map(name -> of(batch.column(name))).toArray(ColumnVector[]::new);
    return new ColumnarBatch(vectors, batch.rowCount());
  }

  /** Numbers that are not null. */
  static ColumnVector ofLongs(long[] values) {
    return of(new LongColumn(FieldType.Scalar.LONG, values, null));
  }

  /** Spark's view of one column. */
  public static ColumnVector of(Column column) {
    if (column instanceof LongColumn longs) {
      return new Longs(longs);
    }
    if (column instanceof DoubleColumn doubles) {
      return new Doubles(doubles);
    }
    if (column instanceof StringColumn strings) {
      return new Strings(strings);
    }
    if (column instanceof FloatVectorColumn vectors) {
      return new FloatArrays(vectors);
    }
    ObjectColumn objects = (ObjectColumn) column;
    return new ObjectVector(objects.type(), objects.values());
  }

  private abstract static class OverColumn extends ReadOnlyVector {
    private final Column column;

    OverColumn(DataType type, Column column) {
      super(type);
      this.column = column;
    }

    @Override
    int size() {
      return column.size();
    }

    @Override
    public boolean isNullAt(int row) {
      return column.isNull(row);
    }
  }

  private static final class Longs extends OverColumn {
    private final long[] values;

    Longs(LongColumn column) {
      super(SparkTypes.toSpark(column.type()), column);
      this.values = column.values();
    }

    @Override
    public boolean getBoolean(int row) {
      return values[row] != 0;
    }

    @Override
    public int getInt(int row) {
      return (int) values[row];
    }

    @Override
    public long getLong(int row) {
      return values[row];
    }
  }

  private static final class Doubles extends OverColumn {
    private final double[] values;

    Doubles(DoubleColumn column) {
      super(SparkTypes.toSpark(column.type()), column);
      this.values = column.values();
    }

    @Override
    public float getFloat(int row) {
      return (float) values[row];
    }

    @Override
    public double getDouble(int row) {
      return values[row];
    }
  }

  private static final class Strings extends OverColumn {
    private final StringColumn column;

    Strings(StringColumn column) {
      super(DataTypes.StringType, column);
      this.column = column;
    }

    @Override
    public UTF8String getUTF8String(int row) {
      int start = column.offsets()[row];
      return UTF8String.fromBytes(column.bytes(), start, column.offsets()[row + 1] - start);
    }
  }

  /** Vectors: each row is a window on the floats of all rows. */
  private static final class FloatArrays extends OverColumn {
    private final int dimension;
    private final Floats child;

    FloatArrays(FloatVectorColumn column) {
      super(SparkTypes.VECTOR, column);
      this.dimension = column.dimension();
      this.child = new Floats(column.values());
    }

    @Override
    public ColumnarArray getArray(int row) {
      return new ColumnarArray(child, row * dimension, dimension);
    }

    @Override
    public ColumnVector getChild(int ordinal) {
      return child;
    }
  }

  private static final class Floats extends ReadOnlyVector {
    private final float[] values;

    Floats(float[] values) {
      super(DataTypes.FloatType);
      this.values = values;
    }

    @Override
    int size() {
      return values.length;
    }

    @Override
    public boolean isNullAt(int row) {
      return false;
    }

    @Override
    public float getFloat(int row) {
      return values[row];
    }

    @Override
    public float[] getFloats(int row, int count) {
      return Arrays.copyOfRange(values, row, row + count);
    }
  }
}
