package io.proximadb.storage.viper;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
  private static final int LEVELS_SLAB_BYTES = 64;
  private static final int MAX_LEVELS_BYTES = 1 << 20;

  private final int dimension;
  private final int pageRows;
  private final ColumnDescriptor column;
  private final VectorProfile profile;
  private final Levels levels;

  private final PageSlabs slabs;

  /** The floats of the pages that are full: how they are encoded depends on all of them. */
  private final List<PageSlabs.Page> pages = new ArrayList<>();

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
    this.slabs = new PageSlabs(Math.multiplyExact(pageRows, Float.BYTES * dimension));
  }

  /** Copies a row. */
  void append(float[] vector) {
    assert vector.length == dimension;
    slabs
        .append(Float.BYTES * dimension)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .put(vector);
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
    if (rows > 0 && slabs.filled() >= minBytes) {
      endPage();
    }
  }

  private void endPage() {
    pages.add(slabs.end());
    rows = 0;
  }

  private ByteBuffer encoded(VectorEncoding encoding, int page) {
    if (encoding == VectorEncoding.PLAIN) {
      return slabs.bytes(pages.get(page));
    }
    // What is encoded is not needed any more.
    slabs.releaseBefore(pages.get(page));
    return ByteBuffer.wrap(encoding.encode(copy(page)));
  }

  /** A page's floats in an array of their own, for what takes one. */
  private byte[] copy(int page) {
    ByteBuffer floats = slabs.bytes(pages.get(page));
    byte[] copy = new byte[floats.remaining()];
    floats.get(copy);
    return copy;
  }

  /** Ends the last page and hands over the chunk. */
  ChunkPages finish() throws IOException {
    if (rows > 0) {
      endPage();
    }
    VectorEncoding encoding =
        profile.choose(pages.size(), this::copy, zeros / (double) Math.max(1, components));
    ChunkPages chunk = ChunkPages.unbounded(column, encoding.isCompressed());
    Statistics<?> none = Statistics.createStats(column.getPrimitiveType());
    for (int i = 0; i < pages.size(); i++) {
      int count = pages.get(i).bytes() / (Float.BYTES * dimension);
      ByteBuffer values = encoded(encoding, i);
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
      chunk.add(
          header, List.of(ByteBuffer.wrap(repetition), ByteBuffer.wrap(definition), values), none);
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
