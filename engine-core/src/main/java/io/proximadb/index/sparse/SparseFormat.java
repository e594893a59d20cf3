package io.proximadb.index.sparse;

import io.proximadb.index.form.FormReader;
import io.proximadb.index.form.FormWriter;
import io.proximadb.index.form.IndexForm;
import io.proximadb.model.Metric;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.UUID;

/**
 * The bytes of a sparse index: {@link IndexForm} with the kind 1 for COSINE, 2 for DOT, the numbers
 * rows n, lists t, blocks b, components c, packed bytes p, and the arrays
 *
 * <pre>
 * 8 ceil(n / 64)  a bit for each row that has a vector, from the lowest
 * 8 n             lengths of rows, doubles; COSINE only
 * 4 t             index of each list, ascending
 * 4 t             components of each list
 * 4 b             last row of each block
 * 4 b             highest impact of each block, float
 * 4 b             lowest impact of each block, float
 * b               bits of a difference in each block, 0 to 31
 * p               differences of rows less one, packed from the lowest bit, blocks on whole bytes
 * 4 c             values, floats
 * </pre>
 */
public final class SparseFormat {
  /** Version of files that are written, and the only one that is read. */
  public static final int VERSION = 1;

  private static final IndexForm FORM = new IndexForm("SPARSIX\0", VERSION, "sparse index", "PXSE");

  private static final int MAX_WIDTH = 31;

  /** A metric's number is its place; that of the graph index. */
  private static final List<Metric> METRICS = List.of(Metric.EUCLIDEAN, Metric.COSINE, Metric.DOT);

  private SparseFormat() {}

  /**
   * Writes an index; the caller makes the file durable.
   *
   * @param source names the rows, so that the index is not taken for that of others
   */
  public static void write(SparseIndex index, UUID source, OutputStream out) throws IOException {
    int packedBytes = index.packed.length - SparseIndex.PADDING;
    FormWriter writer =
        new FormWriter(
            FORM,
            METRICS.indexOf(index.metric),
            source,
            new long[] {
              index.rowCount,
              index.terms.length,
              index.lastRows.length,
              index.values.length,
              packedBytes
            },
            out);
    writer.longs(index.present);
    writer.doubles(index.norms);
    writer.ints(index.terms);
    int[] counts = new int[index.terms.length];
    for (int term = 0; term < counts.length; term++) {
      counts[term] = index.count(term);
    }
    writer.ints(counts);
    writer.ints(index.lastRows);
    writer.floats(index.highest);
    writer.floats(index.lowest);
    writer.bytes(index.widths, 0, index.widths.length);
    writer.bytes(index.packed, 0, packedBytes);
    writer.floats(index.values);
    writer.finish();
  }

  /**
   * Reads an index into memory. No byte of a damaged one is made use of.
   *
   * @param length of the file in bytes
   * @param source that the index has to be of
   * @param location of the file, for messages
   * @throws io.proximadb.error.CorruptFileException if it is damaged, cut short or of other rows
   * @throws io.proximadb.error.UnsupportedVersionException if it is of another version
   */
  public static SparseIndex read(InputStream in, long length, UUID source, String location)
      throws IOException {
    FormReader reader = new FormReader(FORM, in, length, source, location);
    if (reader.kind() != METRICS.indexOf(Metric.COSINE)
        && reader.kind() != METRICS.indexOf(Metric.DOT)) {
      throw reader.corrupt("metric " + reader.kind());
    }
    Metric metric = METRICS.get(reader.kind());
    int rows = reader.number(0, 1, Integer.MAX_VALUE);
    int lists = reader.number(1, 0, SparseIndex.MAX_COMPONENTS);
    int blockCount = reader.number(2, 0, SparseIndex.MAX_COMPONENTS);
    int components = reader.number(3, 0, SparseIndex.MAX_COMPONENTS);
    int packedBytes = reader.number(4, 0, Integer.MAX_VALUE - SparseIndex.PADDING);
    int words = (int) ((rows + (long) Long.SIZE - 1) / Long.SIZE);
    int norms = metric == Metric.COSINE ? rows : 0;
    reader.expect(
        (long) Long.BYTES * (words + (long) norms)
            + 2L * Integer.BYTES * lists
            + (3L * Integer.BYTES + 1) * blockCount
            + packedBytes
            + (long) Float.BYTES * components);
    long[] present = reader.longs(words);
    double[] lengths = reader.doubles(norms);
    int[] terms = reader.ints(lists);
    int[] counts = reader.ints(lists);
    SparseIndex.Blocks blocks =
        new SparseIndex.Blocks(
            reader.ints(blockCount),
            reader.floats(blockCount),
            reader.floats(blockCount),
            reader.bytes(blockCount, 0));
    byte[] packed = reader.bytes(packedBytes, SparseIndex.PADDING);
    float[] values = reader.floats(components);
    reader.finish();
    checkSizes(reader, terms, counts, blocks, packedBytes, components);
    SparseIndex index =
        new SparseIndex(metric, rows, present, lengths, terms, counts, blocks, packed, values);
    checkRows(reader, index);
    return index;
  }

  /** A writer that failed to keep this would have a right checksum. */
  private static void checkSizes(
      FormReader reader,
      int[] terms,
      int[] counts,
      SparseIndex.Blocks blocks,
      int packedBytes,
      int components) {
    long sum = 0;
    long bytes = 0;
    int block = 0;
    for (int term = 0; term < terms.length; term++) {
      int before = term == 0 ? -1 : terms[term - 1];
      int ofList = counts[term] < 1 ? 0 : SparseIndex.blocksOf(counts[term]);
      if (terms[term] <= before || ofList == 0 || ofList > blocks.widths().length - block) {
        throw reader.corrupt(
            "a list of " + counts[term] + " components at " + terms[term] + " behind " + before);
      }
      sum += counts[term];
      for (int left = counts[term]; left > 0; left -= SparseIndex.BLOCK_ROWS, block++) {
        int width = blocks.widths()[block];
        if (width < 0 || width > MAX_WIDTH) {
          throw reader.corrupt("differences of " + width + " bits in block " + block);
        }
        bytes += SparseIndex.packedBytes(width, Math.min(left, SparseIndex.BLOCK_ROWS));
      }
    }
    if (sum != components || block != blocks.widths().length || bytes != packedBytes) {
      throw reader.corrupt(
          sum + " components in " + block + " blocks of " + bytes + " bytes in lists");
    }
  }

  private static void checkRows(FormReader reader, SparseIndex index) {
    int[] rows = new int[SparseIndex.BLOCK_ROWS];
    for (int term = 0; term < index.terms.length; term++) {
      for (int block = index.firstBlock[term]; block < index.firstBlock[term + 1]; block++) {
        int count = index.unpack(term, block, rows);
        int last = index.rowBefore(term, block);
        for (int i = 0; i < count; i++) {
          // Differences of up to 31 bits may go beyond the greatest int once.
          if (rows[i] <= last || rows[i] >= index.rowCount || !index.isPresent(rows[i])) {
            throw reader.corrupt("row " + rows[i] + " of " + index.rowCount + " behind " + last);
          }
          last = rows[i];
        }
        if (last != index.lastRows[block] || !(index.lowest[block] <= index.highest[block])) {
          throw reader.corrupt(
              "block " + block + " ends with row " + last + ", not " + index.lastRows[block]);
        }
      }
    }
  }
}
