package io.proximadb.storage.viper;

/**
 * Where pages, row groups and files end.
 *
 * @param pageRows most rows in a page of a metadata column: a random access decodes one page
 * @param pageBytes bytes after which a page ends; a vector page holds whole rows, at least one
 * @param rowGroupBytes bytes after which a row group ends; a writer holds as much on the heap
 * @param fileBytes bytes after which a file ends, at the end of a row group
 */
record ViperSizes(int pageRows, int pageBytes, long rowGroupBytes, long fileBytes) {
  /** What production uses. A file ends within a row group of its bound, far below 1 GiB. */
  static final ViperSizes STANDARD = new ViperSizes(1_024, 1 << 20, 128L << 20, 512L << 20);

  /**
   * A vector page ends with a cluster from that part of its size on: what surrounds a page in the
   * file, some 100 bytes, is then less than 0.2 % of it.
   */
  private static final int MIN_PAGE_PART = 16;

  /** A row group ends with a cluster when it lacks less than that part of its size. */
  private static final int ROW_GROUP_SLACK_PART = 8;

  /** A file below that part of a full one is merged before long. */
  private static final int MIN_PROFILED_PART = 64;

  /** Bytes from which on a file is rewritten for the sake of how its vectors are stored alone. */
  long minProfiledBytes() {
    return fileBytes / MIN_PROFILED_PART;
  }

  /** Bytes from which on a vector page ends where a cluster ends. */
  int minVectorPageBytes() {
    return Math.max(1, pageBytes / MIN_PAGE_PART);
  }

  /** Bytes from which on a row group ends where a cluster ends. */
  long minRowGroupBytes() {
    return rowGroupBytes - rowGroupBytes / ROW_GROUP_SLACK_PART;
  }

  /** Rows of a full vector page. */
  int vectorPageRows(int dimension) {
    return Math.max(1, pageBytes / (Float.BYTES * dimension));
  }
}
