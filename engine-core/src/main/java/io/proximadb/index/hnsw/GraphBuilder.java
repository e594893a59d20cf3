package io.proximadb.index.hnsw;

import io.proximadb.index.IndexBuild;
import java.util.Arrays;
import java.util.BitSet;
import java.util.concurrent.atomic.AtomicInteger;

/*
 * Concurrency: rows of upper layers are inserted first, by one thread, so that all others have where
 * to begin. The rest is handed out in runs. A list of links is written under one of LOCKS locks and
 * read without; rows that are inserted at the same time may miss each other, which costs a link.
 * By one thread the graph depends on codes and seed alone.
 */
/** Builds a graph over codes. */
final class GraphBuilder {
  /** Locks that lists of links share; many more than threads, so that these seldom meet. */
  private static final int LOCKS = 1_024;

  /** Rows a thread takes at a time. */
  private static final int RUN_ROWS = 64;

  private final HnswGraph graph;
  private final CodedRows rows;
  private final HnswSettings settings;
  private final Object[] locks = new Object[LOCKS];

  private GraphBuilder(HnswGraph graph, CodedRows rows, HnswSettings settings) {
    this.graph = graph;
    this.rows = rows;
    this.settings = settings;
    Arrays.setAll(locks, i -> new Object());
  }

  /**
   * Builds a graph in which every row is reached from the first slot.
   *
   * @param build by how many threads
   */
  static HnswGraph build(CodedRows rows, HnswSettings settings, IndexBuild build) {
    HnswGraph graph = HnswGraph.draw(rows.rows(), settings);
    GraphBuilder builder = new GraphBuilder(graph, rows, settings);
    Inserter first = builder.new Inserter();
    BitSet inserted = new BitSet(rows.rows());
    for (int slot = 0; slot < graph.slotRows.length; slot++) {
      first.insertSlot(slot);
      inserted.set(graph.slotRows[slot]);
    }
    AtomicInteger nextRun = new AtomicInteger();
    build.inParallel(
        () -> {
          Inserter inserter = builder.new Inserter();
          return () -> builder.insertRuns(inserter, nextRun, inserted, build);
        });
    GraphWalker walker = new GraphWalker(graph, rows);
    for (int layer = 0; layer <= graph.top(); layer++) {
      new Reachability(graph, layer).repair(walker, settings.beam());
    }
    return graph;
  }

  private void insertRuns(
      Inserter inserter, AtomicInteger nextRun, BitSet inserted, IndexBuild build) {
    int runs = (graph.rows + RUN_ROWS - 1) / RUN_ROWS;
    for (int run; (run = nextRun.getAndIncrement()) < runs; ) {
      build.checkNotStopped();
      int end = Math.min(graph.rows, (run + 1) * RUN_ROWS);
      for (int row = run * RUN_ROWS; row < end; row++) {
        if (!inserted.get(row)) {
          inserter.insertRow(row);
        }
      }
    }
  }

  /** What one thread needs to insert nodes. */
  private final class Inserter {
    private final GraphWalker walker = new GraphWalker(graph, rows);
    private final LinkChooser chooser = new LinkChooser(graph, rows);
    private final Candidates found = new Candidates();

    /** Inserts a slot into its upper layers and its row into the base layer. */
    void insertSlot(int slot) {
      if (slot == 0) {
        return;
      }
      int row = graph.slotRows[slot];
      walker.aimAt(row);
      int layer = graph.topOf(slot);
      int near = layer == graph.top() ? 0 : walker.descend(graph.top(), layer + 1, 0);
      for (; layer >= 1; layer--) {
        near = insert(layer, slot, near);
      }
      insert(0, row, graph.slotRows[near]);
    }

    void insertRow(int row) {
      walker.aimAt(row);
      insert(0, row, walker.entryRow());
    }

    /** Links a node of a layer; gives the nearest found. */
    private int insert(int layer, int node, int start) {
      found.reset(settings.beam());
      walker.beam(layer, start, found);
      int nearest = found.node(0);
      int count = chooser.choose(layer, graph.row(layer, node), found);
      int[] neighbours = Arrays.copyOf(chooser.chosen(), count);
      int[] links = graph.links(layer);
      synchronized (locks[node % LOCKS]) {
        System.arraycopy(neighbours, 0, links, node * graph.degree(layer), count);
      }
      for (int neighbour : neighbours) {
        synchronized (locks[neighbour % LOCKS]) {
          link(layer, neighbour, node, links);
        }
      }
      return nearest;
    }

    private void link(int layer, int node, int to, int[] links) {
      int degree = graph.degree(layer);
      int at = node * degree;
      for (int i = at; i < at + degree; i++) {
        if (links[i] == to) {
          return;
        }
        if (links[i] == HnswGraph.NONE) {
          links[i] = to;
          return;
        }
      }
      chooser.replace(layer, node, to, links, at);
    }
  }
}
