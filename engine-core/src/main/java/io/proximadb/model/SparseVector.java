package io.proximadb.model;

import io.proximadb.error.InvalidArgumentException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A vector most of whose components are zero: the others with their indices, which ascend.
 * Immutable.
 *
 * <p>In a table it is a value of {@link #TYPE}, {@code struct<indices: list<int>, values:
 * list<float>>}.
 */
public final class SparseVector {
  /** Most components of one vector: with 8 bytes each, half of a data page. */
  public static final int MAX_COMPONENTS = 65_536;

  /** Field of the struct that holds the indices. */
  public static final String INDICES = "indices";

  /** Field of the struct that holds the components. */
  public static final String VALUES = "values";

  /** The type of its column. */
  public static final FieldType.StructOf TYPE =
      new FieldType.StructOf(
          List.of(
              new MetadataField(INDICES, new FieldType.ListOf(FieldType.Scalar.INT)),
              new MetadataField(VALUES, new FieldType.ListOf(FieldType.Scalar.FLOAT))));

  private final int[] indices;
  private final float[] values;

  private SparseVector(int[] indices, float[] values) {
    this.indices = indices;
    this.values = values;
  }

  /**
   * Makes a vector; the arrays are copied.
   *
   * @param indices from 0 on, ascending, each once; may be empty
   * @param values the component at each index, finite; zeros are allowed
   * @throws InvalidArgumentException if they are not so, or more than {@value #MAX_COMPONENTS}
   */
  public static SparseVector of(int[] indices, float[] values) {
    return checked(indices.clone(), values.clone());
  }

  private static SparseVector checked(int[] indices, float[] values) {
    if (indices.length != values.length) {
      throw new InvalidArgumentException(
          "Invalid sparse vector: "
              + indices.length
              + " indices and "
              + values.length
              + " values (expected as many)");
    }
    if (indices.length > MAX_COMPONENTS) {
      throw new InvalidArgumentException(
          "Invalid sparse vector: "
              + indices.length
              + " components (expected at most "
              + MAX_COMPONENTS
              + ")");
    }
    for (int i = 0; i < indices.length; i++) {
      int before = i == 0 ? -1 : indices[i - 1];
      if (indices[i] <= before) {
        throw new InvalidArgumentException(
            i == 0
                ? "Invalid sparse vector: index " + indices[0] + " (expected 0 or more)"
                : "Invalid sparse vector: index "
                    + indices[i]
                    + " stands behind "
                    + before
                    + " (expected ascending indices, each once)");
      }
      if (!Float.isFinite(values[i])) {
        throw new InvalidArgumentException(
            "Invalid sparse vector: the value at index "
                + indices[i]
                + " is "
                + values[i]
                + " (expected a finite number)");
      }
    }
    return new SparseVector(indices, values);
  }

  /** The components of a dense vector that are not zero. */
  public static SparseVector ofDense(float[] vector) {
    int[] indices = new int[vector.length];
    float[] values = new float[vector.length];
    int count = 0;
    for (int i = 0; i < vector.length; i++) {
      if (vector[i] != 0f) {
        indices[count] = i;
        values[count++] = vector[i];
      }
    }
    return checked(Arrays.copyOf(indices, count), Arrays.copyOf(values, count));
  }

  /**
   * Reads a value of {@link #TYPE}.
   *
   * @throws InvalidArgumentException if it is none, or its lists are not as {@link #of} wants them
   */
  public static SparseVector ofStruct(Object struct) {
    if (struct instanceof SparseStruct own) {
      return own.vector();
    }
    if (!(struct instanceof Map<?, ?> map)
        || !(map.get(INDICES) instanceof List<?> givenIndices)
        || !(map.get(VALUES) instanceof List<?> givenValues)
        || map.size() != 2) {
      throw new InvalidArgumentException(
          "Invalid sparse vector: a value of "
              + struct.getClass().getSimpleName()
              + " (expected "
              + TYPE
              + ")");
    }
    int[] indices = new int[givenIndices.size()];
    float[] values = new float[givenValues.size()];
    int i = 0;
    for (Object index : givenIndices) {
      if (!(index instanceof Integer number)) {
        throw notA("index", index, "an INT");
      }
      indices[i++] = number;
    }
    i = 0;
    for (Object value : givenValues) {
      if (!(value instanceof Number number) || value instanceof Long) {
        throw notA("value", value, "a FLOAT");
      }
      values[i++] = number.floatValue();
    }
    return checked(indices, values);
  }

  private static InvalidArgumentException notA(String what, @Nullable Object found, String wanted) {
    return new InvalidArgumentException(
        "Invalid sparse vector: " + what + " " + found + " (expected " + wanted + ")");
  }

  /**
   * The same for what another writer may have put there: null if the value is null, or no vector
   * below that dimension, or has no direction where the metric wants one.
   */
  public static @Nullable SparseVector usable(VectorField field, @Nullable Object struct) {
    if (struct == null) {
      return null;
    }
    SparseVector vector;
    try {
      vector = ofStruct(struct);
    } catch (InvalidArgumentException e) {
      return null;
    }
    return vector.minDimension() <= field.dimension()
            && (field.metric() != Metric.COSINE || vector.norm() > 0)
        ? vector
        : null;
  }

  /** The same value, in less memory if it is a vector. */
  public static @Nullable Object compact(@Nullable Object struct) {
    if (struct == null || struct instanceof SparseStruct) {
      return struct;
    }
    try {
      return ofStruct(struct).asStruct();
    } catch (InvalidArgumentException e) {
      return struct;
    }
  }

  /** This vector as a value of {@link #TYPE}. */
  public Map<String, @Nullable Object> asStruct() {
    return new SparseStruct(this);
  }

  /** The components as bytes: all indices, then all values, four little-endian bytes each. */
  public byte[] toBytes() {
    ByteBuffer bytes =
        ByteBuffer.allocate((Integer.BYTES + Float.BYTES) * indices.length)
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.asIntBuffer().put(indices);
    bytes.position(Integer.BYTES * indices.length);
    bytes.asFloatBuffer().put(values);
    return bytes.array();
  }

  /**
   * Reads what {@link #toBytes()} gives.
   *
   * @throws InvalidArgumentException if it gives no such bytes
   */
  public static SparseVector ofBytes(byte[] bytes) {
    int component = Integer.BYTES + Float.BYTES;
    if (bytes.length % component != 0) {
      throw new InvalidArgumentException(
          "Invalid sparse vector: "
              + bytes.length
              + " bytes (expected "
              + component
              + " for each component)");
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int[] indices = new int[bytes.length / component];
    float[] values = new float[indices.length];
    buffer.asIntBuffer().get(indices);
    buffer.position(Integer.BYTES * indices.length);
    buffer.asFloatBuffer().get(values);
    return checked(indices, values);
  }

  /** Number of components that are given. */
  public int count() {
    return indices.length;
  }

  /** The index of a given component; {@code i} is from 0 to {@link #count()}, exclusive. */
  public int index(int i) {
    return indices[i];
  }

  /** A given component; {@code i} is from 0 to {@link #count()}, exclusive. */
  public float value(int i) {
    return values[i];
  }

  /** One more than the highest index; 0 without components. */
  public long minDimension() {
    return indices.length == 0 ? 0 : indices[indices.length - 1] + 1L;
  }

  /** The sum of the products of components that both have, by ascending index, in double. */
  public double dot(SparseVector other) {
    double sum = 0;
    int i = 0;
    int j = 0;
    while (i < indices.length && j < other.indices.length) {
      int difference = Integer.compare(indices[i], other.indices[j]);
      if (difference == 0) {
        sum += (double) values[i] * other.values[j];
      }
      i += difference <= 0 ? 1 : 0;
      j += difference >= 0 ? 1 : 0;
    }
    return sum;
  }

  /** The length: the root of the sum of squares, by ascending index, in double. */
  public double norm() {
    double sum = 0;
    for (float value : values) {
      sum += (double) value * value;
    }
    return Math.sqrt(sum);
  }

  /** All components, the zeros too. */
  public float[] toDense(int dimension) {
    float[] dense = new float[dimension];
    for (int i = 0; i < indices.length; i++) {
      dense[indices[i]] = values[i];
    }
    return dense;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SparseVector vector
        && Arrays.equals(indices, vector.indices)
        && Arrays.equals(values, vector.values);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(indices) + Arrays.hashCode(values);
  }

  /** The first components, {@code {3: 0.5, 17: 1.25, ...}}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("{");
    for (int i = 0; i < Math.min(8, indices.length); i++) {
      text.append(i == 0 ? "" : ", ").append(indices[i]).append(": ").append(values[i]);
    }
    return text.append(indices.length > 8 ? ", ...}" : "}").toString();
  }
}
