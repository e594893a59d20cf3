package io.proximadb.index.hnsw;

import java.util.Arrays;
import java.util.Random;

/**
 * Who is linked to whom, in flat arrays. A list of links ends at its first {@link #NONE}.
 *
 * <p>Rows in upper layers have <em>slots</em>, numbered from the highest layer down: layer {@code
 * l} holds slots 0 to {@code layerSize(l) - 1}, and slot 0 is where every search begins. So an
 * upper layer needs no map from rows, and a slot's links lie at the same place in the array of each
 * layer.
 */
final class HnswGraph {
  static final int NONE = -1;

  /**
   * A layer has an eighth of the rows below or less; so many suffice for all that an int counts.
   */
  static final int MAX_LAYERS = 12;

  final int rows;
  final int degree;
  final int upperDegree;
  final int[] links;
  final int[] slotRows;
  private final int[] layerSizes;
  private final int[][] upperLinks;

  /** A graph without links. */
  HnswGraph(int rows, int degree, int upperDegree, int[] slotRows, int[] layerSizes) {
    this.rows = rows;
    this.degree = degree;
    this.upperDegree = upperDegree;
    this.slotRows = slotRows;
    this.layerSizes = layerSizes;
    this.links = new int[Math.multiplyExact(rows, degree)];
    Arrays.fill(links, NONE);
    this.upperLinks = new int[layerSizes.length][];
    for (int layer = 1; layer < layerSizes.length; layer++) {
      upperLinks[layer] = new int[layerSizes[layer] * upperDegree];
      Arrays.fill(upperLinks[layer], NONE);
    }
  }

  /** Draws the layers of rows. Row 0 is in all of them, so that there is always a slot. */
  static HnswGraph draw(int rows, HnswSettings settings) {
    Random random = new Random(settings.seed());
    double scale = 1 / Math.log(Math.max(8, settings.upperDegree()));
    int[] layerOf = new int[rows];
    int top = 1;
    for (int row = 0; row < rows; row++) {
      int layer = (int) (-Math.log(1 - random.nextDouble()) * scale);
      layerOf[row] = Math.min(MAX_LAYERS, layer);
      top = Math.max(top, layerOf[row]);
    }
    layerOf[0] = top;
    int[] layerSizes = new int[top + 1];
    for (int layer : layerOf) {
      for (int i = 0; i <= layer; i++) {
        layerSizes[i]++;
      }
    }
    int[] slotRows = new int[layerSizes[1]];
    int slot = 0;
    for (int layer = top; layer >= 1; layer--) {
      for (int row = 0; row < rows; row++) {
        if (layerOf[row] == layer) {
          slotRows[slot++] = row;
        }
      }
    }
    return new HnswGraph(rows, settings.degree(), settings.upperDegree(), slotRows, layerSizes);
  }

  /** The highest layer; at least 1. */
  int top() {
    return layerSizes.length - 1;
  }

  /** Slots in a layer. */
  int layerSize(int layer) {
    return layerSizes[layer];
  }

  /** The highest layer of a slot. */
  int topOf(int slot) {
    int layer = top();
    while (slot >= layerSizes[layer]) {
      layer--;
    }
    return layer;
  }

  /** The links of a layer; those of the base layer name rows, others slots. */
  int[] links(int layer) {
    return layer == 0 ? links : upperLinks[layer];
  }

  int degree(int layer) {
    return layer == 0 ? degree : upperDegree;
  }

  /** The row of a node of a layer. */
  int row(int layer, int node) {
    return layer == 0 ? node : slotRows[node];
  }

  long memoryBytes() {
    long ints = (long) links.length + slotRows.length;
    for (int layer = 1; layer <= top(); layer++) {
      ints += upperLinks[layer].length;
    }
    return Integer.BYTES * ints;
  }
}
