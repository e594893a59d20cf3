package io.proximadb.storage.viper;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.proximadb.error.CorruptFileException;
import io.proximadb.io.FileBytes;
import io.proximadb.model.VectorField;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.FloatVectorColumn;
import io.proximadb.storage.VectorRows;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Vectors as they stand in their pages: a block is a page, a row is found by arithmetic. A page is
 * verified when it is touched first, never again. Pages of a remote file are fetched whole, and
 * compressed ones are decoded whole; some of both are kept.
 */
final class PagedVectors implements VectorRows, ColumnAccess {
  /**
   * Bytes of verified pages of remote files, and of decoded ones, kept for the next row, of all
   * files together.
   */
  private static final long KEPT_BYTES = 64L << 20;

  private static final Cache<KeptPage, ByteBuffer> KEPT =
      Caffeine.newBuilder()
          .maximumWeight(KEPT_BYTES)
          .weigher((KeptPage page, ByteBuffer floats) -> floats.limit())
          .build();

  /** A page of an open file; vectors are equal if they are the same object. */
  private record KeptPage(PagedVectors vectors, int block) {}

  private final ViperFile viper;
  private final int leaf;
  private final FileBytes file;
  private final int dimension;
  private final int[] starts;
  private final ChunkReader[] chunks;
  private final int[] pages;
  private final AtomicReferenceArray<FloatBuffer> views;

  PagedVectors(ViperFile file, int leaf, VectorField field) {
    this.viper = file;
    this.leaf = leaf;
    this.file = file.bytes();
    this.dimension = field.dimension();
    List<ChunkReader> groups = file.chunks().get(leaf);
    int count = groups.stream().mapToInt(ChunkReader::pageCount).sum();
    this.starts = new int[count + 1];
    this.chunks = new ChunkReader[count];
    this.pages = new int[count];
    int block = 0;
    for (ChunkReader group : groups) {
      for (int page = 0; page < group.pageCount(); page++) {
        starts[block] = group.firstRow(page);
        chunks[block] = group;
        pages[block++] = page;
      }
    }
    starts[count] = file.rowCount();
    this.views = new AtomicReferenceArray<>(count);
  }

  @Override
  public int dimension() {
    return dimension;
  }

  @Override
  public int rowCount() {
    return starts[starts.length - 1];
  }

  @Override
  public int blockCount() {
    return chunks.length;
  }

  @Override
  public int firstRow(int block) {
    return starts[block];
  }

  @Override
  public boolean isMapped() {
    return file.isMapped() && Arrays.stream(chunks).noneMatch(ChunkReader::isCompressed);
  }

  @Override
  public ByteBuffer block(int block) {
    file.checkOpen();
    return chunks[block].isCompressed() ? kept(block) : page(block).openData();
  }

  /** A page that is not the file's own memory. */
  private ByteBuffer kept(int block) {
    return KEPT.get(new KeptPage(this, block), page -> page.vectors().own(page.block()))
        .duplicate()
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A page without the request that brought it. */
  private ByteBuffer own(int block) {
    ByteBuffer floats = load(block);
    return chunks[block].isCompressed()
        ? floats
        : ByteBuffer.allocate(floats.remaining()).put(floats).flip();
  }

  private Page page(int block) {
    return chunks[block].page(pages[block]);
  }

  @Override
  public void copy(int firstRow, int rows, float[] target, int targetOffset) {
    Objects.checkFromIndexSize(firstRow, rows, rowCount());
    file.checkOpen();
    int block = blockOf(firstRow);
    int row = firstRow;
    int at = targetOffset;
    while (row < firstRow + rows) {
      int end = Math.min(firstRow + rows, starts[block + 1]);
      int floats = (end - row) * dimension;
      view(block).get((row - starts[block]) * dimension, target, at, floats);
      at += floats;
      row = end;
      block++;
    }
  }

  private int blockOf(int row) {
    int found = Arrays.binarySearch(starts, row);
    return found >= 0 ? found : -found - 2;
  }

  private FloatBuffer view(int block) {
    if (!file.isMapped() || chunks[block].isCompressed()) {
      return kept(block).asFloatBuffer();
    }
    FloatBuffer view = views.getAcquire(block);
    if (view == null) {
      view = load(block).asFloatBuffer();
      views.setRelease(block, view);
    }
    return view;
  }

  @Override
  public void prefetch(int[] firstRows, int[] endRows) {
    if (file.isMapped()) {
      return;
    }
    file.checkOpen();
    PagePlan plan = new PagePlan(viper);
    for (int i = 0; i < firstRows.length; i++) {
      Objects.checkFromToIndex(firstRows[i], endRows[i], rowCount());
      plan.rows(leaf, firstRows[i], endRows[i]);
    }
    plan.fetch();
  }

  private ByteBuffer load(int block) {
    ByteBuffer values = VectorEncoding.decode(page(block), file.location());
    int expected = (starts[block + 1] - starts[block]) * dimension * Float.BYTES;
    if (values.remaining() != expected) {
      throw new CorruptFileException(
          "Cannot read file "
              + file.location()
              + ": a vector page of "
              + values.remaining()
              + " bytes from row "
              + starts[block]
              + " on (expected "
              + expected
              + ")");
    }
    return values;
  }

  @Override
  public Column range(int from, int to) {
    float[] values = new float[Math.multiplyExact(to - from, dimension)];
    copy(from, to - from, values, 0);
    return new FloatVectorColumn(dimension, values);
  }

  @Override
  public Column rows(int[] positions) {
    float[] values = new float[Math.multiplyExact(positions.length, dimension)];
    for (int i = 0; i < positions.length; i++) {
      copy(positions[i], 1, values, i * dimension);
    }
    return new FloatVectorColumn(dimension, values);
  }
}
