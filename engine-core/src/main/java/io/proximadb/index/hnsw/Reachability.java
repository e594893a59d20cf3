package io.proximadb.index.hnsw;

import io.proximadb.index.approximate.Candidates;
import java.util.ArrayDeque;
import java.util.Arrays;

/**
 * Sees to it that every node of a layer is reached from the first slot. Choosing links again drops
 * some, and a node may lose all that led to it: it could then never be found.
 *
 * <p>The links by which nodes were first reached form a tree. A node that is not reached is linked
 * from a reached one near it, which has room or gives up a link that is not in the tree; so what
 * was reached stays so. There always is such a link: a layer of n full lists has at least 2 n
 * links, the tree has fewer than n.
 */
final class Reachability {
  private final HnswGraph graph;
  private final int layer;
  private final int[] links;
  private final int degree;
  private final int start;

  /** The node that each was reached from, {@code NONE} for those that are not. */
  private final int[] parent;

  private int reached;

  /** Looks what is reached in a layer. */
  Reachability(HnswGraph graph, int layer) {
    this.graph = graph;
    this.layer = layer;
    this.links = graph.links(layer);
    this.degree = graph.degree(layer);
    this.start = layer == 0 ? graph.slotRows[0] : 0;
    this.parent = new int[links.length / degree];
    Arrays.fill(parent, HnswGraph.NONE);
    spread(start, start);
  }

  /** Nodes that are not reached. */
  int unreached() {
    return parent.length - reached;
  }

  /**
   * Links what is not reached, from where it is looked for.
   *
   * @param beam nodes near each that are tried first
   * @return how many nodes were linked
   */
  int repair(GraphWalker walker, int beam) {
    Candidates found = new Candidates();
    int repaired = 0;
    for (int node = 0; node < parent.length; node++) {
      if (parent[node] == HnswGraph.NONE) {
        walker.aimAt(graph.row(layer, node));
        found.reset(beam);
        walker.beam(layer, start, found);
        spread(linkFromNear(found, node), node);
        repaired++;
      }
    }
    return repaired;
  }

  private int linkFromNear(Candidates found, int node) {
    for (boolean full : new boolean[] {false, true}) {
      for (int rank = 0; rank < found.size(); rank++) {
        if (link(found.node(rank), node, full)) {
          return found.node(rank);
        }
      }
    }
    for (int from = 0; from < parent.length; from++) {
      if (parent[from] != HnswGraph.NONE && link(from, node, true)) {
        return from;
      }
    }
    throw new AssertionError("all links of layer " + layer + " are in the tree");
  }

  /** Uses free room, or a link that is not in the tree. */
  private boolean link(int from, int to, boolean evenIfFull) {
    for (int at = from * degree; at < (from + 1) * degree; at++) {
      if (links[at] == HnswGraph.NONE || (evenIfFull && parent[links[at]] != from)) {
        links[at] = to;
        return true;
      }
    }
    return false;
  }

  /** Marks a node and all that is reached from it. */
  private void spread(int from, int node) {
    // Each node is put there once, when it is marked.
    ArrayDeque<Integer> marked = new ArrayDeque<>();
    parent[node] = from;
    reached++;
    for (Integer next = node; next != null; next = marked.poll()) {
      for (int at = next * degree; at < (next + 1) * degree; at++) {
        int neighbour = links[at];
        if (neighbour == HnswGraph.NONE) {
          break;
        }
        if (parent[neighbour] == HnswGraph.NONE) {
          parent[neighbour] = next;
          reached++;
          marked.add(neighbour);
        }
      }
    }
  }
}
