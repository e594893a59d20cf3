package io.proximadb.server.arrow;

import io.proximadb.error.InvalidArgumentException;
import java.util.function.IntToLongFunction;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseLargeVariableWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.LargeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.util.ValueVectorUtility;
import org.apache.arrow.vector.validate.ValidateUtil;

/**
 * Checks the memory of a batch that came from outside before anything is read by its lengths: each
 * buffer holds the rows that the header promises, and offsets ascend and stay inside what they
 * point into.
 */
final class BatchValidator {
  private BatchValidator() {}

  /**
   * Checks a batch.
   *
   * @throws InvalidArgumentException if reading it would leave its buffers
   */
  static void validate(VectorSchemaRoot batch) {
    try {
      ValueVectorUtility.validate(batch);
    } catch (ValidateUtil.ValidateException e) {
      throw new InvalidArgumentException("Invalid batch: " + e.getMessage(), e);
    }
    batch.getFieldVectors().forEach(BatchValidator::validateOffsets);
  }

  private static void validateOffsets(FieldVector vector) {
    int values = vector.getValueCount();
    if (vector instanceof BaseVariableWidthVector texts) {
      ascending(vector, values, ints(vector), texts.getDataBuffer().capacity());
    } else if (vector instanceof BaseLargeVariableWidthVector texts) {
      ascending(vector, values, longs(vector), texts.getDataBuffer().capacity());
    } else if (vector instanceof ListVector list) {
      ascending(vector, values, ints(vector), list.getDataVector().getValueCount());
    } else if (vector instanceof LargeListVector list) {
      ascending(vector, values, longs(vector), list.getDataVector().getValueCount());
    }
    vector.getChildrenFromFields().forEach(BatchValidator::validateOffsets);
  }

  private static IntToLongFunction ints(FieldVector vector) {
    ArrowBuf offsets = vector.getOffsetBuffer();
    return i -> offsets.getInt((long) i * Integer.BYTES);
  }

  private static IntToLongFunction longs(FieldVector vector) {
    ArrowBuf offsets = vector.getOffsetBuffer();
    return i -> offsets.getLong((long) i * Long.BYTES);
  }

  private static void ascending(
      FieldVector vector, int values, IntToLongFunction offset, long limit) {
    long previous = 0;
    // Without values there may be no offsets at all.
    for (int i = 0; values > 0 && i <= values; i++) {
      long next = offset.applyAsLong(i);
      if (next < previous || next > limit) {
        throw new InvalidArgumentException(
            "Invalid batch: offset "
                + i
                + " of column '"
                + vector.getName()
                + "' is "
                + next
                + " (expected "
                + previous
                + " to "
                + limit
                + ")");
      }
      previous = next;
    }
  }
}
