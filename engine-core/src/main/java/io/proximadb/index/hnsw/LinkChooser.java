package io.proximadb.index.hnsw;

import io.proximadb.index.approximate.Candidates;

/**
 * Chooses links among candidates: near ones in different directions. A candidate is left out when
 * one already chosen is as near to it as the node is (the heuristic of HNSW [1], algorithm 4). Of
 * equal rows, which are all at the same place, one is chosen, so that they leave room for others.
 *
 * <p>Keeps what one thread needs; not safe for use by several.
 */
final class LinkChooser {
  /** Chosen nodes compared with a candidate by one call of a kernel. */
  private static final int COMPARED_AT_ONCE = 4;

  private final HnswGraph graph;
  private final CodedRows rows;
  private final CodedRows.Target target;
  private final Candidates merged = new Candidates();
  private final int[] chosen;
  private final int[] chosenOffsets;
  private final int[] offsets;
  private final float[] scores;

  LinkChooser(HnswGraph graph, CodedRows rows) {
    this.graph = graph;
    this.rows = rows;
    this.target = rows.newTarget();
    int most = Math.max(graph.degree, graph.upperDegree) + 1;
    this.chosen = new int[most];
    this.chosenOffsets = new int[most];
    this.offsets = new int[most];
    this.scores = new float[most];
  }

  /** The nodes that were chosen last, the nearest first; overwritten by the next choice. */
  int[] chosen() {
    return chosen;
  }

  /**
   * Chooses links of a node.
   *
   * @param candidates of the layer, with their scores for a walk towards the node's row; not the
   *     node itself
   * @return how many were chosen
   */
  int choose(int layer, int row, Candidates candidates) {
    int most = graph.degree(layer);
    float own = rows.correction(rows.offset(row));
    int count = 0;
    for (int rank = 0; rank < candidates.size() && count < most; rank++) {
      int node = candidates.node(rank);
      int candidateRow = graph.row(layer, node);
      if (isDiverse(candidateRow, candidates.score(rank) + own, count)) {
        chosen[count] = node;
        chosenOffsets[count++] = rows.offset(candidateRow);
      }
    }
    return count;
  }

  private boolean isDiverse(int candidateRow, float toNode, int count) {
    if (count == 0) {
      return true;
    }
    target.aimAt(candidateRow);
    float correction = rows.correction(rows.offset(candidateRow));
    for (int done = 0; done < count; done += COMPARED_AT_ONCE) {
      int n = Math.min(COMPARED_AT_ONCE, count - done);
      System.arraycopy(chosenOffsets, done, offsets, 0, n);
      target.scores(offsets, n, scores);
      for (int i = 0; i < n; i++) {
        if (scores[i] + correction <= toNode) {
          return false;
        }
      }
    }
    return true;
  }

  /**
   * Adds a link to a node whose list is full, by choosing again among all.
   *
   * @param at where the node's list begins in {@code links}
   */
  void replace(int layer, int node, int added, int[] links, int at) {
    int degree = graph.degree(layer);
    int row = graph.row(layer, node);
    target.aimAt(row);
    for (int i = 0; i < degree; i++) {
      offsets[i] = rows.offset(graph.row(layer, links[at + i]));
    }
    offsets[degree] = rows.offset(graph.row(layer, added));
    target.scores(offsets, degree + 1, scores);
    merged.reset(degree + 1);
    for (int i = 0; i <= degree; i++) {
      merged.offer(scores[i], i < degree ? links[at + i] : added);
    }
    int count = choose(layer, row, merged);
    for (int i = 0; i < degree; i++) {
      links[at + i] = i < count ? chosen[i] : HnswGraph.NONE;
    }
  }
}
