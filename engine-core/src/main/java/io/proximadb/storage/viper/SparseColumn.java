package io.proximadb.storage.viper;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.SparseVector;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.ObjectColumn;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/**
 * A column of sparse vectors, straight from its two leaves into arrays. What is no vector, which
 * only another engine can have written, is read as the struct that it is.
 */
final class SparseColumn implements ColumnAccess {
  /** Definition level of the struct, optional lists and their optional elements in it. */
  private static final int STRUCT = 1;

  private static final int LIST = 2;
  private static final int ELEMENT = 4;

  private final LeafCursor indices;
  private final LeafCursor values;
  private final NestedColumn structs;
  private int[] indexBuffer = new int[256];
  private float[] valueBuffer = new float[256];

  private SparseColumn(LeafCursor indices, LeafCursor values, NestedColumn structs) {
    this.indices = indices;
    this.values = values;
    this.structs = structs;
  }

  /** The column if its leaves are those that we write, else as any other struct. */
  static ColumnAccess of(ViperFile file, int leaf, NestedField inFile, NestedField inTable) {
    NestedColumn structs = new NestedColumn(file, leaf, inFile, inTable);
    boolean ours =
        inFile.type().equals(inTable.type())
            && inFile.type().asStructType().fields().get(0).name().equals(SparseVector.INDICES)
            && maxDefinition(file, leaf) == ELEMENT
            && maxDefinition(file, leaf + 1) == ELEMENT;
    return ours
        ? new SparseColumn(
            new LeafCursor(file, leaf, Scalar.INT),
            new LeafCursor(file, leaf + 1, Scalar.FLOAT),
            structs)
        : structs;
  }

  private static int maxDefinition(ViperFile file, int leaf) {
    return file.parquetSchema().getColumns().get(leaf).getMaxDefinitionLevel();
  }

  @Override
  public Column range(int from, int to) {
    return read(to - from, i -> from + i);
  }

  @Override
  public Column rows(int[] positions) {
    return read(positions.length, i -> positions[i]);
  }

  private Column read(int count, IntUnaryOperator position) {
    @Nullable Object[] vectors = new @Nullable Object[count];
    for (int i = 0; i < count; i++) {
      vectors[i] = vector(position.applyAsInt(i));
    }
    return new ObjectColumn(SparseVector.TYPE, vectors);
  }

  private @Nullable Object vector(int row) {
    indices.seek(row);
    values.seek(row);
    boolean present = indices.definition() >= STRUCT;
    boolean lists = indices.definition() >= LIST && values.definition() >= LIST;
    int indexCount = readIndices();
    int valueCount = readValues();
    if (!present) {
      return null;
    }
    if (lists && indexCount == valueCount && indexCount >= 0) {
      try {
        return SparseVector.of(
                Arrays.copyOf(indexBuffer, indexCount), Arrays.copyOf(valueBuffer, valueCount))
            .asStruct();
      } catch (InvalidArgumentException e) {
        return structs.range(row, row + 1).value(0);
      }
    }
    return structs.range(row, row + 1).value(0);
  }

  /** How many there are, -1 if an element is null; the cursor ends behind the row. */
  private int readIndices() {
    int count = 0;
    boolean nulls = false;
    if (indices.definition() <= LIST) {
      indices.next();
    } else {
      do {
        nulls |= !indices.isPresent();
        if (count == indexBuffer.length) {
          indexBuffer = Arrays.copyOf(indexBuffer, 2 * count);
        }
        indexBuffer[count++] = indices.isPresent() ? (int) indices.longValue() : 0;
        indices.next();
      } while (indices.repetition() > 0);
    }
    indices.endRow();
    return nulls ? -1 : count;
  }

  private int readValues() {
    int count = 0;
    boolean nulls = false;
    if (values.definition() <= LIST) {
      values.next();
    } else {
      do {
        nulls |= !values.isPresent();
        if (count == valueBuffer.length) {
          valueBuffer = Arrays.copyOf(valueBuffer, 2 * count);
        }
        valueBuffer[count++] = values.isPresent() ? (float) values.doubleValue() : 0;
        values.next();
      } while (values.repetition() > 0);
    }
    values.endRow();
    return nulls ? -1 : count;
  }
}
