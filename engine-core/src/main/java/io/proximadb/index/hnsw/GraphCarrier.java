package io.proximadb.index.hnsw;

import io.proximadb.index.IndexBuild;
import io.proximadb.index.approximate.Calibration;
import io.proximadb.storage.VectorRows;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Makes the index of a file from that of one whose rows are mostly in it: codes and links of rows
 * that are the same are carried over, the other rows are inserted. What lost many links because
 * rows are gone looks for new ones.
 */
final class GraphCarrier {
  /** Of fewer rows it is not worth it, and directions chosen for others would not suit. */
  private static final double LEAST_CARRIED = 0.5;

  /** From an index that lost more of its rows than that, too few links are left. */
  private static final double LEAST_KEPT = 0.6;

  /** A row that lost more of its links than that looks for others. */
  private static final double MOST_LOST = 0.25;

  private static final int NONE = HnswGraph.NONE;

  private final HnswIndex before;

  /** The row of the file that each row of the earlier index is, or {@link #NONE}. */
  private final int[] rowNow;

  private final VectorRows rows;
  private final HnswSettings settings;
  private final BitSet carried = new BitSet();
  private final BitSet sparse = new BitSet();

  private GraphCarrier(HnswIndex before, int[] rowNow, VectorRows rows, HnswSettings settings) {
    this.before = before;
    this.rowNow = rowNow;
    this.rows = rows;
    this.settings = settings;
    for (int row : rowNow) {
      if (row != NONE) {
        carried.set(row);
      }
    }
  }

  /**
   * Makes an index, not calibrated.
   *
   * @param rowsBefore for each row the equal one of the earlier index, or -1
   * @return null if too little could be carried over
   */
  static @Nullable HnswIndex carry(
      HnswIndex before,
      int[] rowsBefore,
      VectorRows rows,
      HnswSettings settings,
      IndexBuild build) {
    HnswGraph graph = before.graph();
    if (graph.degree != settings.degree()
        || before.codes().bits() != settings.bits()
        || before.dimension() != rows.dimension()) {
      return null;
    }
    int[] rowNow = new int[graph.rows];
    Arrays.fill(rowNow, NONE);
    for (int row = 0; row < rowsBefore.length; row++) {
      if (rowsBefore[row] != NONE) {
        rowNow[rowsBefore[row]] = row;
      }
    }
    GraphCarrier carrier = new GraphCarrier(before, rowNow, rows, settings);
    int count = carrier.carried.cardinality();
    boolean anySlot = Arrays.stream(graph.slotRows).anyMatch(row -> rowNow[row] != NONE);
    return anySlot && count >= LEAST_CARRIED * rows.rowCount() && count >= LEAST_KEPT * graph.rows
        ? carrier.carry(build)
        : null;
  }

  private HnswIndex carry(IndexBuild build) {
    CodedRows codes = carryCodes(build);
    HnswGraph graph = HnswGraph.ofLayers(layers(), carried::get, settings);
    int[] slotOf = new int[graph.rows];
    Arrays.fill(slotOf, NONE);
    for (int slot = 0; slot < graph.slotRows.length; slot++) {
      slotOf[graph.slotRows[slot]] = slot;
    }
    carryLinks(0, graph, rowNow);
    int[] slotNow = new int[before.graph().slotRows.length];
    for (int slot = 0; slot < slotNow.length; slot++) {
      int row = rowNow[before.graph().slotRows[slot]];
      slotNow[slot] = row == NONE ? NONE : slotOf[row];
    }
    for (int layer = 1; layer <= Math.min(graph.top(), before.graph().top()); layer++) {
      carryLinks(layer, graph, slotNow);
    }
    GraphBuilder.extend(graph, codes, settings, carried, sparse, build);
    return new HnswIndex(codes, graph, Calibration.NONE);
  }

  private CodedRows carryCodes(IndexBuild build) {
    CodedRows old = before.codes();
    CodedRows codes = old.alike(rows.rowCount());
    for (int row = 0; row < rowNow.length; row++) {
      if (rowNow[row] != NONE) {
        System.arraycopy(
            old.bytes, old.offset(row), codes.bytes, codes.offset(rowNow[row]), codes.rowBytes);
      }
    }
    float[] vector = new float[rows.dimension()];
    int row = carried.nextClearBit(0);
    for (; row < rows.rowCount(); row = carried.nextClearBit(row + 1)) {
      build.checkNotStopped();
      rows.copy(row, 1, vector, 0);
      codes.encode(vector, 0, row);
    }
    return codes;
  }

  /** The highest layer of each row: the one it had, or one at random. */
  private int[] layers() {
    HnswGraph graph = before.graph();
    int[] layerOf = new int[rows.rowCount()];
    int top = 1;
    for (int slot = 0; slot < graph.slotRows.length; slot++) {
      int row = rowNow[graph.slotRows[slot]];
      if (row != NONE) {
        layerOf[row] = graph.topOf(slot);
        top = Math.max(top, layerOf[row]);
      }
    }
    // Rows that are inserted are in no layer in which there is nothing to be linked to.
    Random random = new Random(settings.seed() + rows.rowCount());
    int row = carried.nextClearBit(0);
    for (; row < rows.rowCount(); row = carried.nextClearBit(row + 1)) {
      layerOf[row] = Math.min(top, HnswGraph.drawLayer(random, settings));
    }
    return layerOf;
  }

  /**
   * Carries the links of a layer over.
   *
   * @param nodeNow the node that each node of the earlier layer is, or {@link #NONE}
   */
  private void carryLinks(int layer, HnswGraph graph, int[] nodeNow) {
    HnswGraph old = before.graph();
    int degree = graph.degree(layer);
    int[] from = old.links(layer);
    int[] to = graph.links(layer);
    for (int node = 0; node < from.length / degree; node++) {
      if (nodeNow[node] == NONE) {
        continue;
      }
      int at = nodeNow[node] * degree;
      int had = 0;
      int kept = 0;
      for (int i = node * degree; i < (node + 1) * degree && from[i] != NONE; i++) {
        had++;
        if (nodeNow[from[i]] != NONE) {
          to[at + kept++] = nodeNow[from[i]];
        }
      }
      if (layer == 0 && had - kept > MOST_LOST * had) {
        sparse.set(nodeNow[node]);
      }
    }
  }
}
