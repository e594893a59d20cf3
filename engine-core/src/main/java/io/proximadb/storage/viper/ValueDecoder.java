package io.proximadb.storage.viper;

import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.DoubleColumn;
import io.proximadb.model.column.LongColumn;
import io.proximadb.model.column.ObjectColumn;
import io.proximadb.model.column.StringColumn;
import java.nio.ByteBuffer;
import java.util.BitSet;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.jspecify.annotations.Nullable;

/**
 * Decodes the pages of one chunk into columns of the table's type, which may be wider than the
 * file's: an int column that became a long one.
 */
final class ValueDecoder {
  private final ChunkReader chunk;
  private final Scalar type;
  private final PrimitiveTypeName physical;
  private @Nullable Column dictionary;

  ValueDecoder(ChunkReader chunk, Scalar type) {
    this.chunk = chunk;
    this.type = type;
    this.physical = chunk.leaf().getPrimitiveType().getPrimitiveTypeName();
  }

  ChunkReader chunk() {
    return chunk;
  }

  /** All rows of a page of a column that stands at the top, nulls in their places. */
  Column flat(int pageNumber) {
    Page page = chunk.page(pageNumber);
    Column dense = dense(page);
    if (page.nulls() == 0) {
      return dense;
    }
    int[] levels = HybridDecoder.decode(page.definition().duplicate(), 1, page.values());
    BitSet nulls = new BitSet(page.rows());
    for (int row = 0; row < levels.length; row++) {
      if (levels[row] == 0) {
        nulls.set(row);
      }
    }
    return Columns.expand(dense, nulls, page.rows());
  }

  /** The values of a page that are not null. */
  Column dense(Page page) {
    int count = page.values() - page.nulls();
    ByteBuffer in = page.openData();
    if (page.encoding() == Encoding.PLAIN) {
      return plain(in, count);
    }
    if (count == 0) {
      return plain(in, 0);
    }
    int bitWidth = in.get();
    return dictionary().select(HybridDecoder.decode(in, bitWidth, count));
  }

  private Column dictionary() {
    Column known = dictionary;
    if (known == null) {
      Page page = chunk.dictionary();
      known = plain(page.openData(), page.values());
      dictionary = known;
    }
    return known;
  }

  private Column plain(ByteBuffer in, int count) {
    return switch (type) {
      case BOOLEAN, INT, LONG, DATE, TIMESTAMP -> new LongColumn(type, longs(in, count), null);
      case FLOAT, DOUBLE -> new DoubleColumn(type, doubles(in, count), null);
      case STRING -> strings(in, count);
      case BINARY -> binaries(in, count);
    };
  }

  private long[] longs(ByteBuffer in, int count) {
    long[] values = new long[count];
    switch (physical) {
      case INT64 -> in.asLongBuffer().get(values);
      case INT32 -> {
        int[] narrow = new int[count];
        in.asIntBuffer().get(narrow);
        for (int i = 0; i < count; i++) {
          values[i] = narrow[i];
        }
      }
      case BOOLEAN -> {
        for (int i = 0; i < count; i++) {
          values[i] = (in.get(i >>> 3) & (1 << (i & 7))) == 0 ? 0 : 1;
        }
      }
      default -> throw new AssertionError(physical);
    }
    return values;
  }

  private double[] doubles(ByteBuffer in, int count) {
    double[] values = new double[count];
    if (physical == PrimitiveTypeName.DOUBLE) {
      in.asDoubleBuffer().get(values);
    } else {
      float[] narrow = new float[count];
      in.asFloatBuffer().get(narrow);
      for (int i = 0; i < count; i++) {
        values[i] = narrow[i];
      }
    }
    return values;
  }

  private static StringColumn strings(ByteBuffer in, int count) {
    byte[] bytes = new byte[count == 0 ? 0 : in.remaining() - Integer.BYTES * count];
    int[] offsets = new int[count + 1];
    int end = 0;
    for (int i = 0; i < count; i++) {
      int length = in.getInt();
      in.get(bytes, end, length);
      end += length;
      offsets[i + 1] = end;
    }
    return new StringColumn(bytes, offsets, null);
  }

  private static ObjectColumn binaries(ByteBuffer in, int count) {
    @Nullable Object[] values = new @Nullable Object[count];
    for (int i = 0; i < count; i++) {
      byte[] bytes = new byte[in.getInt()];
      in.get(bytes);
      values[i] = bytes;
    }
    return new ObjectColumn(Scalar.BINARY, values);
  }
}
