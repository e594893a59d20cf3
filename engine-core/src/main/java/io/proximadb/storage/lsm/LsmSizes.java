package io.proximadb.storage.lsm;

/**
 * Where blocks and files end, and how large levels are.
 *
 * @param blockBytes bytes of records after which a block ends: a point read verifies one block,
 *     once
 * @param fileBytes bytes of records after which a file ends; a writer holds as much on the heap
 * @param levelBytes live bytes that level 1 is to have at most
 */
record LsmSizes(int blockBytes, int fileBytes, long levelBytes) {
  /** What production uses. A record is far smaller than the rest up to 1 GiB. */
  static final LsmSizes STANDARD = new LsmSizes(32 << 10, 64 << 20, 1L << 30);
}
