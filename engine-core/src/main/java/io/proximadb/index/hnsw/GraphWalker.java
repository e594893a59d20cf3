package io.proximadb.index.hnsw;

import io.proximadb.index.approximate.Candidates;
import java.util.Arrays;
import java.util.function.IntPredicate;

/*
 * What a walk waits for is memory: a node's neighbours lie anywhere. All neighbours of a node that
 * were not seen before are therefore collected first and scored by one call, which overlaps their
 * cache misses.
 */
/**
 * Walks a graph towards a query or a row, by estimates. Keeps what one thread needs; not safe for
 * use by several.
 *
 * <p>Scores are estimates less what all rows have in common for the query. Reading links while
 * others write them is safe: a list may then be read half old and half new, and every number in it
 * is a node.
 */
final class GraphWalker {
  private static final int FIRST_TOUCHED = 1_024;

  private final HnswGraph graph;
  private final CodedRows rows;
  private final CodedRows.Target target;

  /** A bit for each node met by the walk. */
  private final long[] seen;

  /** Indexes of the words in {@code seen} to be cleared after it. */
  private int[] touched = new int[FIRST_TOUCHED];

  private int touchedCount;

  private final int[] batch;
  private final int[] offsets;
  private final float[] scores;
  private long scored;

  GraphWalker(HnswGraph graph, CodedRows rows) {
    this.graph = graph;
    this.rows = rows;
    this.target = rows.newTarget();
    this.seen = new long[(graph.rows + 63) / 64];
    int most = Math.max(graph.degree, graph.upperDegree);
    this.batch = new int[most];
    this.offsets = new int[most];
    this.scores = new float[most];
  }

  /** Walks go towards a query from now on. */
  void aimAt(float[] query) {
    target.aimAt(query);
  }

  /** Walks go towards a row from now on. */
  void aimAt(int row) {
    target.aimAt(row);
  }

  /** Rows scored since the walker was made. */
  long scored() {
    return scored;
  }

  float score(int row) {
    offsets[0] = rows.offset(row);
    target.scores(offsets, 1, scores);
    scored++;
    return scores[0];
  }

  /**
   * Goes to ever nearer slots through the layers from one down to another.
   *
   * @return the slot that none of its neighbours in the last layer is nearer than
   */
  int descend(int fromLayer, int toLayer, int startSlot) {
    int best = startSlot;
    float bestScore = score(graph.slotRows[best]);
    for (int layer = fromLayer; layer >= toLayer; layer--) {
      int from;
      do {
        from = best;
        int count = collect(layer, from, false);
        for (int i = 0; i < count; i++) {
          float score = scores[i];
          if (score < bestScore) {
            bestScore = score;
            best = batch[i];
          }
        }
      } while (best != from);
    }
    return best;
  }

  /** The row of the base layer that a search begins at. */
  int entryRow() {
    return graph.slotRows[descend(graph.top(), 1, 0)];
  }

  /** The row that a search of rows other than one begins at, from its entry row. */
  int besides(int skipped, int entry) {
    int first = graph.links[skipped * graph.degree];
    return entry == skipped && first >= 0 ? first : entry;
  }

  /** The next walk passes a row by, as if it were not there. */
  void skip(int row) {
    reserveTouched(1);
    see(row);
  }

  /** Offers rows, some of which may be looked at in one go. */
  void offerAll(int[] positions, int count, Candidates found) {
    for (int from = 0; from < count; from += offsets.length) {
      int n = Math.min(offsets.length, count - from);
      for (int i = 0; i < n; i++) {
        offsets[i] = rows.offset(positions[from + i]);
      }
      target.scores(offsets, n, scores);
      float worst = found.worst();
      for (int i = 0; i < n; i++) {
        float score = scores[i];
        if (score < worst) {
          found.offer(score, positions[from + i]);
          worst = found.worst();
        }
      }
    }
    scored += count;
  }

  /** Fills candidates with the nearest nodes of a layer that a walk from one of them meets. */
  void beam(int layer, int start, Candidates found) {
    reserveTouched(1);
    see(start);
    found.offer(score(graph.row(layer, start)), start);
    for (int rank; (rank = found.expandNext()) >= 0; ) {
      int count = collect(layer, found.node(rank), true);
      float worst = found.worst();
      for (int i = 0; i < count; i++) {
        float score = scores[i];
        if (score < worst) {
          found.offer(score, batch[i]);
          worst = found.worst();
        }
      }
    }
    forget();
  }

  /**
   * The same in the base layer, where only live rows are found. Others are walked through: the walk
   * ends when the nearest row left to look at is farther than all that were found.
   *
   * @param frontier the rows to look at; its limit bounds how far around the walk goes
   */
  void liveBeam(int start, IntPredicate live, Candidates frontier, Candidates found) {
    reserveTouched(1);
    see(start);
    float startScore = score(start);
    frontier.offer(startScore, start);
    if (live.test(start)) {
      found.offer(startScore, start);
    }
    for (int rank; (rank = frontier.expandNext()) >= 0; ) {
      if (found.isFull() && frontier.score(rank) > found.worst()) {
        break;
      }
      int count = collect(0, frontier.node(rank), true);
      for (int i = 0; i < count; i++) {
        float score = scores[i];
        float worst = found.worst();
        if (score < worst) {
          frontier.offer(score, batch[i]);
          if (live.test(batch[i])) {
            found.offer(score, batch[i]);
          }
        }
      }
    }
    forget();
  }

  /** Scores the neighbours of a node, or those of them not seen before; gives their number. */
  private int collect(int layer, int node, boolean unseenOnly) {
    int[] links = graph.links(layer);
    int degree = graph.degree(layer);
    int from = node * degree;
    int count = 0;
    if (unseenOnly) {
      reserveTouched(degree);
      for (int at = from; at < from + degree && links[at] >= 0; at++) {
        int neighbour = links[at];
        batch[count] = neighbour;
        count += see(neighbour);
      }
    } else {
      for (int at = from; at < from + degree && links[at] >= 0; at++) {
        batch[count++] = links[at];
      }
    }
    for (int i = 0; i < count; i++) {
      offsets[i] = rows.offset(graph.row(layer, batch[i]));
    }
    target.scores(offsets, count, scores);
    scored += count;
    return count;
  }

  private void reserveTouched(int more) {
    if (touchedCount + more > touched.length) {
      touched = Arrays.copyOf(touched, 2 * (touchedCount + more));
    }
  }

  /**
   * Marks a node; 1 if it was not marked. Without a branch: whether a neighbour was seen is what no
   * processor foretells.
   */
  private int see(int node) {
    int word = node >> 6;
    long bits = seen[word];
    int unseen = (int) (~bits >>> node) & 1;
    seen[word] = bits | (1L << node);
    touched[touchedCount] = word;
    touchedCount += unseen;
    return unseen;
  }

  private void forget() {
    for (int i = 0; i < touchedCount; i++) {
      seen[touched[i]] = 0;
    }
    touchedCount = 0;
  }
}
