package io.proximadb.index.hnsw;

import java.util.Arrays;
import java.util.Random;
import java.util.function.IntPredicate;

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
    int[] layerOf = new int[rows];
    int top = 1;
    for (int row = 0; row < rows; row++) {
      layerOf[row] = drawLayer(random, settings);
      top = Math.max(top, layerOf[row]);
    }
    layerOf[0] = top;
    return ofLayers(layerOf, row -> true, settings);
  }

  /** The highest layer of a row, at random. */
  static int drawLayer(Random random, HnswSettings settings) {
    double scale = 1 / Math.log(Math.max(8, settings.upperDegree()));
    return Math.min(MAX_LAYERS, (int) (-Math.log(1 - random.nextDouble()) * scale));
  }

  /**
   * A graph without links.
   *
   * @param layerOf the highest layer of each row, at least one of them above 0
   * @param first which of the rows of a layer get the first slots: searches begin at one of them
   */
  static HnswGraph ofLayers(int[] layerOf, IntPredicate first, HnswSettings settings) {
    int[] layerSizes = new int[Arrays.stream(layerOf).max().orElse(0) + 1];
    for (int layer : layerOf) {
      for (int i = 0; i <= layer; i++) {
        layerSizes[i]++;
      }
    }
    int[] slotRows = new int[layerSizes[1]];
    int slot = 0;
    for (int layer = layerSizes.length - 1; layer >= 1; layer--) {
      for (boolean front : new boolean[] {true, false}) {
        for (int row = 0; row < layerOf.length; row++) {
          if (layerOf[row] == layer && first.test(row) == front) {
            slotRows[slot++] = row;
          }
        }
      }
    }
    return new HnswGraph(
        layerOf.length, settings.degree(), settings.upperDegree(), slotRows, layerSizes);
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
