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

  /** Rows of a full vector page. */
  int vectorPageRows(int dimension) {
    return Math.max(1, pageBytes / (Float.BYTES * dimension));
  }
}
