package io.proximadb.storage.viper;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Single ids of a file, read in place. An id page is PLAIN and has no levels, since ids are
 * required: it is a run of lengths and texts, which is walked from the nearest mark on, or reckoned
 * where all texts of a page are as long. Safe for use by several threads.
 */
final class IdColumn {
  /** Rows from one mark to the next. */
  private static final int MARK_ROWS = 16;

  private final ViperFile file;
  private final List<ChunkReader> chunks;

  /**
   * Where ids start in a page's values.
   *
   * @param stride bytes from one id to the next if that is the same for all, else 0
   * @param starts without a stride, those of every {@value #MARK_ROWS}th id
   */
  @SuppressWarnings("ArrayRecordComponent")
  private record Marks(int stride, int[] starts) {
    int startOf(int row, ByteBuffer data) {
      if (stride > 0) {
        return row * stride;
      }
      int start = starts[row / MARK_ROWS];
      for (int i = row % MARK_ROWS; i > 0; i--) {
        start += Integer.BYTES + data.getInt(start);
      }
      return start;
    }

    static Marks of(ByteBuffer data, int rows) {
      int[] starts = new int[(rows + MARK_ROWS - 1) / MARK_ROWS];
      int stride = rows == 0 ? 0 : Integer.BYTES + data.getInt(0);
      int start = 0;
      for (int row = 0; row < rows; row++) {
        if (row % MARK_ROWS == 0) {
          starts[row / MARK_ROWS] = start;
        }
        int bytes = Integer.BYTES + data.getInt(start);
        stride = bytes == stride ? stride : 0;
        start += bytes;
      }
      return stride > 0 ? new Marks(stride, new int[0]) : new Marks(0, starts);
    }
  }

  /** By row group and page. */
  private final List<AtomicReferenceArray<Marks>> marks = new ArrayList<>();

  IdColumn(ViperFile file, int leaf) {
    this.file = file;
    this.chunks = file.chunks().get(leaf);
    chunks.forEach(chunk -> marks.add(new AtomicReferenceArray<>(chunk.pageCount())));
  }

  /** Takes the place of an id in its page. */
  private interface Place<T> {
    T at(ByteBuffer data, int offset, int length);
  }

  /** Takes the UTF-8 bytes of an id. */
  interface Ids {
    void id(byte[] utf8);
  }

  String id(int position) {
    return find(
        position,
        (data, offset, length) -> {
          byte[] utf8 = new byte[length];
          data.get(offset, utf8);
          return new String(utf8, StandardCharsets.UTF_8);
        });
  }

  /** True if the id at a position has these UTF-8 bytes. */
  boolean isAt(int position, byte[] utf8) {
    return find(
        position,
        (data, offset, length) ->
            length == utf8.length && data.slice(offset, length).equals(ByteBuffer.wrap(utf8)));
  }

  private <T> T find(int position, Place<T> place) {
    int group = file.groupOf(position);
    ChunkReader chunk = chunks.get(group);
    int page = chunk.pageOf(position);
    ByteBuffer data = chunk.page(page).data();
    int offset = marks(group, page, data).startOf(position - chunk.firstRow(page), data);
    return place.at(data, offset + Integer.BYTES, data.getInt(offset));
  }

  private Marks marks(int group, int page, ByteBuffer data) {
    Marks known = marks.get(group).getAcquire(page);
    if (known == null) {
      ChunkReader chunk = chunks.get(group);
      known = Marks.of(data, chunk.firstRow(page + 1) - chunk.firstRow(page));
      marks.get(group).setRelease(page, known);
    }
    return known;
  }

  /** All ids in row order. */
  void forEach(Ids ids) {
    for (ChunkReader chunk : chunks) {
      for (int page = 0; page < chunk.pageCount(); page++) {
        ByteBuffer data = chunk.page(page).openData();
        while (data.hasRemaining()) {
          byte[] utf8 = new byte[data.getInt()];
          data.get(utf8);
          ids.id(utf8);
        }
      }
    }
  }
}
