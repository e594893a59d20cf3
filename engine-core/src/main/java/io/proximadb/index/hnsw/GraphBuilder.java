package io.proximadb.index.hnsw;

import io.proximadb.index.IndexBuild;
import io.proximadb.index.approximate.Candidates;
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
    new GraphBuilder(graph, rows, settings).complete(new BitSet(), new BitSet(), build);
    return graph;
  }

  /**
   * Inserts what is missing in a graph that has some links already.
   *
   * @param linked rows that have their links, in all of their layers; that of slot 0 among them
   * @param sparse rows of these that lost links, and look for others
   */
  static void extend(
      HnswGraph graph,
      CodedRows rows,
      HnswSettings settings,
      BitSet linked,
      BitSet sparse,
      IndexBuild build) {
    new GraphBuilder(graph, rows, settings).complete(linked, sparse, build);
  }

  private void complete(BitSet linked, BitSet sparse, IndexBuild build) {
    Inserter first = new Inserter();
    BitSet inserted = (BitSet) linked.clone();
    for (int slot = 0; slot < graph.slotRows.length; slot++) {
      if (!linked.get(graph.slotRows[slot])) {
        first.insertSlot(slot);
        inserted.set(graph.slotRows[slot]);
      }
    }
    AtomicInteger nextRun = new AtomicInteger();
    build.inParallel(
        () -> {
          Inserter inserter = new Inserter();
          return () -> insertRuns(inserter, nextRun, inserted, build);
        });
    for (int row = sparse.nextSetBit(0); row >= 0; row = sparse.nextSetBit(row + 1)) {
      first.linkAgain(row);
    }
    GraphWalker walker = new GraphWalker(graph, rows);
    for (int layer = 0; layer <= graph.top(); layer++) {
      new Reachability(graph, layer).repair(walker, settings.beam());
    }
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

    /** Chooses the links of a row in the base layer anew. */
    void linkAgain(int row) {
      walker.aimAt(row);
      int start = walker.besides(row, walker.entryRow());
      if (start != row) {
        walker.skip(row);
        synchronized (locks[row % LOCKS]) {
          int at = row * graph.degree;
          Arrays.fill(graph.links, at, at + graph.degree, HnswGraph.NONE);
        }
        insert(0, row, start);
      }
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
