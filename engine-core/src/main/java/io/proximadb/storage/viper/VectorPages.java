package io.proximadb.storage.viper;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.parquet.bytes.BytesUtils;
import org.apache.parquet.bytes.HeapByteBufferAllocator;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.column.values.rle.RunLengthBitPackingHybridEncoder;
import org.apache.parquet.format.DataPageHeaderV2;
import org.jspecify.annotations.Nullable;

/**
 * The pages of one vector column of a row group: whole rows, copied as blocks. Since all rows have
 * one length, the levels of a page follow from its row count alone.
 */
final class VectorPages {
  /** A page starts small, because most files of a quiet collection hold few rows. */
  private static final int INITIAL_BYTES = 64 * 1024;

  private static final int LEVELS_SLAB_BYTES = 64;
  private static final int MAX_LEVELS_BYTES = 1 << 20;

  private final int dimension;
  private final int pageRows;
  private final ColumnDescriptor column;
  private final VectorProfile profile;
  private final Levels levels;

  /** The floats of the pages that are full: how they are encoded depends on all of them. */
  private final List<byte[]> pages = new ArrayList<>();

  private byte[] buffer = new byte[0];
  private int rows;
  private long zeros;
  private long components;

  VectorPages(
      ColumnDescriptor column, int dimension, int pageRows, VectorProfile profile, Levels levels) {
    this.column = column;
    this.dimension = dimension;
    this.pageRows = pageRows;
    this.profile = profile;
    this.levels = levels;
  }

  /** Copies a row. */
  void append(float[] vector) {
    assert vector.length == dimension;
    int rowBytes = Float.BYTES * dimension;
    int end = (rows + 1) * rowBytes;
    if (end > buffer.length) {
      int wanted = Math.max(INITIAL_BYTES, Math.multiplyExact(2, buffer.length));
      buffer = Arrays.copyOf(buffer, Math.max(end, Math.min(wanted, pageRows * rowBytes)));
    }
    FloatBuffer target =
        ByteBuffer.wrap(buffer, rows * rowBytes, rowBytes)
            .order(ByteOrder.LITTLE_ENDIAN)
            .asFloatBuffer();
    target.put(vector);
    if (profile.choice() == VectorProfile.Choice.AUTO) {
      int zero = 0;
      for (float component : vector) {
        zero += component == 0f ? 1 : 0;
      }
      zeros += zero;
      components += dimension;
    }
    rows++;
    if (rows == pageRows) {
      endPage();
    }
  }

  /** Ends the page if it has at least that many bytes of values. */
  void cut(int minBytes) {
    if (rows > 0 && rows * Float.BYTES * dimension >= minBytes) {
      endPage();
    }
  }

  private void endPage() {
    int bytes = rows * Float.BYTES * dimension;
    if (bytes == buffer.length) {
      // The page keeps the array, and the next one is as large, most likely.
      pages.add(buffer);
      buffer = new byte[bytes];
    } else {
      pages.add(Arrays.copyOf(buffer, bytes));
    }
    rows = 0;
  }

  /** Ends the last page and hands over the chunk. */
  ChunkPages finish() throws IOException {
    if (rows > 0) {
      endPage();
    }
    VectorEncoding encoding = profile.choose(pages, zeros / (double) Math.max(1, components));
    ChunkPages chunk = ChunkPages.unbounded(column, encoding.isCompressed());
    Statistics<?> none = Statistics.createStats(column.getPrimitiveType());
    for (int i = 0; i < pages.size(); i++) {
      // What is encoded is not needed any more.
      byte[] floats = pages.set(i, new byte[0]);
      int count = floats.length / (Float.BYTES * dimension);
      byte[] repetition = levels.repetition(count);
      byte[] definition = levels.definition(count);
      DataPageHeaderV2 header =
          new DataPageHeaderV2(
              Math.multiplyExact(count, dimension),
              0,
              count,
              encoding.encoding(),
              definition.length,
              repetition.length);
      chunk.add(header, List.of(repetition, definition, encoding.encode(floats)), none);
    }
    return chunk;
  }

  /** The encoded levels of a page by its row count; the last count asked for is kept. */
  static final class Levels {
    /** Rows after which it shows whether the repetition levels of rows stand alone. */
    private static final int PROBED_ROWS = 3;

    /** Fewer equal values are packed, not counted. */
    private static final int MIN_RUN = 8;

    private final int dimension;

    /** The repetition levels of one row, if those of several are these again and again. */
    private final byte @Nullable [] oneRow;

    private int rows = -1;
    private byte[] repetition = new byte[0];
    private byte[] definition = new byte[0];

    Levels(int dimension) throws IOException {
      this.dimension = dimension;
      byte[] one = encoded(1, 0, dimension);
      // A long run of ones ends what one row begins; a short one is packed with what follows.
      this.oneRow =
          Arrays.equals(repeated(one, PROBED_ROWS), encoded(PROBED_ROWS, 0, dimension))
              ? one
              : null;
    }

    private static byte[] repeated(byte[] bytes, int times) {
      byte[] repeated = new byte[Math.multiplyExact(times, bytes.length)];
      for (int i = 0; i < repeated.length; i += bytes.length) {
        System.arraycopy(bytes, 0, repeated, i, bytes.length);
      }
      return repeated;
    }

    /** For each row a 0, then 1 for every further component. */
    byte[] repetition(int forRows) throws IOException {
      encode(forRows);
      return repetition;
    }

    /** All 1: neither a vector nor a component is ever null. */
    byte[] definition(int forRows) throws IOException {
      encode(forRows);
      return definition;
    }

    private void encode(int forRows) throws IOException {
      if (rows == forRows) {
        return;
      }
      repetition = oneRow == null ? encoded(forRows, 0, dimension) : repeated(oneRow, forRows);
      definition = ones(Math.multiplyExact(forRows, dimension));
      rows = forRows;
    }

    /** A run of so many ones: its length and that of what repeats, and the one. */
    private byte[] ones(int count) throws IOException {
      if (count < MIN_RUN) {
        return encoded(1, 1, count);
      }
      ByteArrayOutputStream run = new ByteArrayOutputStream();
      BytesUtils.writeUnsignedVarInt(count << 1, run);
      run.write(1);
      return run.toByteArray();
    }

    /**
     * Levels of a page's values.
     *
     * @param first that of a row's first value; all others are 1
     */
    private static byte[] encoded(int forRows, int first, int dimension) throws IOException {
      try (RunLengthBitPackingHybridEncoder encoder =
          new RunLengthBitPackingHybridEncoder(
              1, LEVELS_SLAB_BYTES, MAX_LEVELS_BYTES, HeapByteBufferAllocator.getInstance())) {
        for (int row = 0; row < forRows; row++) {
          encoder.writeInt(first);
          for (int i = 1; i < dimension; i++) {
            encoder.writeInt(1);
          }
        }
        return ChunkPages.bytesOf(encoder.toBytes());
      }
    }
  }
}
