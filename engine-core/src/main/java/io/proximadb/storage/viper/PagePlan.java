package io.proximadb.storage.viper;

import io.proximadb.io.ByteRange;
import java.util.ArrayList;
import java.util.List;

/** The pages of a remote file that a read will want, put together and fetched ahead of it. */
final class PagePlan {
  private final ViperFile file;
  private final List<ByteRange> ranges = new ArrayList<>();

  PagePlan(ViperFile file) {
    this.file = file;
  }

  /** Adds a leaf's pages of the rows {@code from} to {@code to}, exclusive. */
  PagePlan rows(int leaf, int from, int to) {
    if (from < to) {
      List<ChunkReader> chunks = file.chunks().get(leaf);
      for (int group = file.groupOf(from); group <= file.groupOf(to - 1); group++) {
        chunks.get(group).addPages(from, to, ranges);
      }
    }
    return this;
  }

  /** Adds a leaf's pages of rows, ascending. */
  PagePlan rows(int leaf, int[] positions) {
    int next = 0;
    while (next < positions.length) {
      ChunkReader chunk = file.chunks().get(leaf).get(file.groupOf(positions[next]));
      int end = chunk.firstRow(chunk.pageOf(positions[next]) + 1);
      chunk.addPages(positions[next], end, ranges);
      while (next < positions.length && positions[next] < end) {
        next++;
      }
    }
    return this;
  }

  /** Begins to fetch. */
  void fetch() {
    if (!ranges.isEmpty()) {
      file.bytes().prefetch(ranges);
    }
  }
}
