package io.proximadb.server.arrow;

import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.model.column.DoubleColumn;
import io.proximadb.model.column.FloatVectorColumn;
import io.proximadb.model.column.LongColumn;
import io.proximadb.model.column.ObjectColumn;
import io.proximadb.model.column.StringColumn;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.util.BitSet;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BitVectorHelper;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedWidthVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.jspecify.annotations.Nullable;

/**
 * Fills the vectors of a {@link VectorSchemaRoot}, whose fields {@link OutputColumns} chose, with
 * columns or with rows. Numbers, text and vectors of columns are copied as blocks.
 */
public final class BatchWriter {
  private BatchWriter() {}

  /** Replaces what the root holds by a batch that has a column for each of its fields. */
  public static void write(ColumnBatch batch, VectorSchemaRoot root) {
    root.clear();
    for (FieldVector vector : root.getFieldVectors()) {
      write(batch.column(vector.getName()), vector, batch.rowCount());
    }
    root.setRowCount(batch.rowCount());
  }

  /**
   * Replaces what the root holds by rows.
   *
   * @param value gives a row's value of a column, by name
   */
  public static <T> void write(List<T> rows, CellValue<T> value, VectorSchemaRoot root) {
    root.clear();
    for (FieldVector vector : root.getFieldVectors()) {
      ValueWriter.allocate(vector, rows.size());
      int at = 0;
      for (T row : rows) {
        ValueWriter.write(vector, at++, value.of(row, vector.getName()));
      }
    }
    root.setRowCount(rows.size());
  }

  /** Where the values of rows come from. */
  @FunctionalInterface
  public interface CellValue<T> {
    @Nullable Object of(T row, String column);
  }

  private static void write(Column column, FieldVector vector, int rows) {
    if (column instanceof StringColumn texts) {
      writeTexts(texts, (VarCharVector) vector, rows);
      return;
    }
    ValueWriter.allocate(vector, rows);
    if (column instanceof FloatVectorColumn vectors) {
      VectorBlocks.write((FixedSizeListVector) vector, 0, vectors.values());
      setValidity(vector, vectors.nulls(), rows);
    } else if (column instanceof LongColumn longs) {
      writeLongs(longs, (FixedWidthVector) vector, rows);
      setValidity(vector, longs.nulls(), rows);
    } else if (column instanceof DoubleColumn doubles) {
      writeDoubles(doubles, vector, rows);
      setValidity(vector, doubles.nulls(), rows);
    } else {
      ObjectColumn objects = (ObjectColumn) column;
      for (int row = 0; row < rows; row++) {
        ValueWriter.write(vector, row, objects.value(row));
      }
    }
    vector.setValueCount(rows);
  }

  private static void writeLongs(LongColumn column, FixedWidthVector vector, int rows) {
    long[] values = column.values();
    ArrowBuf data = ((FieldVector) vector).getDataBuffer();
    if (column.type() == Scalar.LONG || column.type() == Scalar.TIMESTAMP) {
      bytes(data, (long) rows * Long.BYTES).asLongBuffer().put(values, 0, rows);
    } else if (column.type() == Scalar.BOOLEAN) {
      data.setZero(0, BitVectorHelper.getValidityBufferSizeFromCount(rows));
      for (int row = 0; row < rows; row++) {
        if (values[row] != 0) {
          BitVectorHelper.setBit(data, row);
        }
      }
    } else {
      IntBuffer ints = bytes(data, (long) rows * Integer.BYTES).asIntBuffer();
      for (int row = 0; row < rows; row++) {
        ints.put(row, (int) values[row]);
      }
    }
  }

  private static void writeDoubles(DoubleColumn column, FieldVector vector, int rows) {
    ArrowBuf data = vector.getDataBuffer();
    if (column.type() == Scalar.DOUBLE) {
      bytes(data, (long) rows * Double.BYTES).asDoubleBuffer().put(column.values(), 0, rows);
      return;
    }
    for (int row = 0; row < rows; row++) {
      data.setFloat((long) row * Float.BYTES, (float) column.values()[row]);
    }
  }

  private static void writeTexts(StringColumn column, VarCharVector vector, int rows) {
    int[] offsets = column.offsets();
    int base = offsets[0];
    int length = offsets[rows] - base;
    vector.allocateNew(length, rows);
    vector.getDataBuffer().setBytes(0, column.bytes(), base, length);
    IntBuffer target = bytes(vector.getOffsetBuffer(), (rows + 1L) * Integer.BYTES).asIntBuffer();
    for (int row = 0; row <= rows; row++) {
      target.put(row, offsets[row] - base);
    }
    setValidity(vector, column.nulls(), rows);
    vector.setLastSet(rows - 1);
    vector.setValueCount(rows);
  }

  private static void setValidity(FieldVector vector, @Nullable BitSet nulls, int rows) {
    ArrowBuf validity = vector.getValidityBuffer();
    VectorBlocks.setAllValid(validity, rows);
    if (nulls == null) {
      return;
    }
    for (int row = nulls.nextSetBit(0); row >= 0 && row < rows; row = nulls.nextSetBit(row + 1)) {
      BitVectorHelper.unsetBit(validity, row);
    }
  }

  private static ByteBuffer bytes(ArrowBuf buffer, long length) {
    return buffer.nioBuffer(0, Math.toIntExact(length)).order(ByteOrder.LITTLE_ENDIAN);
  }
}
