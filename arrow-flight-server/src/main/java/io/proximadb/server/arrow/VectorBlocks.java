package io.proximadb.server.arrow;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.VectorField;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.function.IntUnaryOperator;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BitVectorHelper;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Float vectors in and out of Arrow memory, a block at a time. Arrow's floats are little-endian and
 * end to end, so a row is one copy and a whole batch is one copy.
 */
public final class VectorBlocks {
  private final FloatBuffer floats;
  private final IntUnaryOperator start;
  private final IntUnaryOperator end;

  private VectorBlocks(FloatBuffer floats, IntUnaryOperator start, IntUnaryOperator end) {
    this.floats = floats;
    this.start = start;
    this.end = end;
  }

  /**
   * Checks that a column can hold vectors of a field.
   *
   * @throws InvalidArgumentException if it is no list of Float32, or of another fixed size
   */
  static void check(VectorField field, Field column) {
    ArrowType type = column.getType();
    boolean list = type instanceof ArrowType.FixedSizeList || type instanceof ArrowType.List;
    if (!list || !ArrowTypes.isFloat32(column.getChildren().get(0))) {
      throw new InvalidArgumentException(
          "Invalid type of vector column '"
              + field.name()
              + "': "
              + ArrowTypes.describe(column)
              + " (expected FixedSizeList("
              + field.dimension()
              + ")<Float32> or List<Float32>)");
    }
    if (type instanceof ArrowType.FixedSizeList fixed && fixed.getListSize() != field.dimension()) {
      throw new InvalidArgumentException(
          "Invalid dimension of vector column '"
              + field.name()
              + "': "
              + fixed.getListSize()
              + " (expected "
              + field.dimension()
              + ")");
    }
  }

  /**
   * Opens the vectors of a batch; valid as long as the batch is.
   *
   * @throws InvalidArgumentException if a vector or a component is null
   */
  public static VectorBlocks open(FieldVector column) {
    int rows = column.getValueCount();
    for (int row = 0; column.getNullCount() > 0 && row < rows; row++) {
      if (column.isNull(row)) {
        throw new InvalidArgumentException(
            "Invalid vector '" + column.getName() + "' in row " + row + ": null");
      }
    }
    return openWithNulls(column);
  }

  /**
   * Opens the vectors of a batch some of which may be null: these are not to be read.
   *
   * @throws InvalidArgumentException if a component is null
   */
  public static VectorBlocks openWithNulls(FieldVector column) {
    if (column instanceof FixedSizeListVector fixed) {
      int dimension = fixed.getListSize();
      return new VectorBlocks(
          floats((Float4Vector) fixed.getDataVector(), column.getName()),
          row -> row * dimension,
          row -> (row + 1) * dimension);
    }
    ListVector list = (ListVector) column;
    return new VectorBlocks(
        floats((Float4Vector) list.getDataVector(), column.getName()),
        list::getElementStartIndex,
        list::getElementEndIndex);
  }

  private static FloatBuffer floats(Float4Vector components, String column) {
    int count = components.getValueCount();
    for (int i = 0; components.getNullCount() > 0 && i < count; i++) {
      if (components.isNull(i)) {
        throw new InvalidArgumentException(
            "Invalid component of vector '"
                + column
                + "': null (component "
                + i
                + " of the batch)");
      }
    }
    return view(components.getDataBuffer(), 0, count);
  }

  /** The vector of a row, as an array of its own. */
  public float[] read(int row) {
    int from = start.applyAsInt(row);
    float[] vector = new float[end.applyAsInt(row) - from];
    floats.get(from, vector);
    return vector;
  }

  /** Makes room for that many vectors, all of them valid and all components too. */
  static void allocate(FixedSizeListVector column, int rows) {
    Float4Vector components = (Float4Vector) column.getDataVector();
    column.setInitialCapacity(rows);
    column.allocateNew();
    setAllValid(column.getValidityBuffer(), rows);
    setAllValid(components.getValidityBuffer(), rows * column.getListSize());
  }

  /** Marks the first values of a column as not null. */
  static void setAllValid(ArrowBuf validity, int count) {
    validity.setOne(0L, (long) BitVectorHelper.getValidityBufferSizeFromCount(count));
  }

  /** Copies vectors that stand end to end into an allocated column, from a row on. */
  static void write(FixedSizeListVector column, int row, float[] vectors) {
    ArrowBuf data = ((Float4Vector) column.getDataVector()).getDataBuffer();
    view(data, (long) row * column.getListSize() * Float.BYTES, vectors.length).put(vectors);
  }

  private static FloatBuffer view(ArrowBuf data, long offset, int floats) {
    return data.nioBuffer(offset, Math.multiplyExact(floats, Float.BYTES))
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer();
  }
}
