package io.proximadb.index.flat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;

/**
 * Keeps the k best of the candidates offered, by score ascending, then by id ascending, so that an
 * answer does not depend on the order of rows. Not safe for use by several threads.
 */
public final class TopK {
  /**
   * A candidate that was kept.
   *
   * @param ordinal what the caller knows the row by
   * @param score its ranking score
   * @param id its id
   */
  public record Candidate(long ordinal, double score, String id) {}

  private final double[] scores;
  private final long[] ordinals;
  private final LongFunction<String> ids;
  private int size;

  /**
   * An empty selection.
   *
   * @param k how many to keep, at least 1
   * @param ids gives the id of an ordinal; asked only when scores are equal, and in the end
   */
  public TopK(int k, LongFunction<String> ids) {
    this.scores = new double[k];
    this.ordinals = new long[k];
    this.ids = ids;
  }

  /** A candidate with a score above this is not kept: it need not be offered. */
  public double bound() {
    return size < scores.length ? Double.POSITIVE_INFINITY : scores[0];
  }

  /** Offers a candidate; scores are numbers, never NaN. */
  public void offer(long ordinal, double score) {
    if (size < scores.length) {
      int at = size++;
      while (at > 0 && isWorse(score, ordinal, (at - 1) / 2)) {
        int parent = (at - 1) / 2;
        scores[at] = scores[parent];
        ordinals[at] = ordinals[parent];
        at = parent;
      }
      scores[at] = score;
      ordinals[at] = ordinal;
    } else if (score <= scores[0] && !isWorse(score, ordinal, 0)) {
      replaceWorst(score, ordinal);
    }
  }

  private void replaceWorst(double score, long ordinal) {
    int at = 0;
    while (true) {
      int child = 2 * at + 1;
      if (child >= size) {
        break;
      }
      if (child + 1 < size && isWorse(scores[child + 1], ordinals[child + 1], child)) {
        child++;
      }
      if (isWorse(score, ordinal, child)) {
        break;
      }
      scores[at] = scores[child];
      ordinals[at] = ordinals[child];
      at = child;
    }
    scores[at] = score;
    ordinals[at] = ordinal;
  }

  /** True if the candidate ranks behind the one at a place of the heap. */
  private boolean isWorse(double score, long ordinal, int place) {
    if (score != scores[place]) {
      return score > scores[place];
    }
    return ids.apply(ordinal).compareTo(ids.apply(ordinals[place])) > 0;
  }

  /** The candidates kept, best first. */
  public List<Candidate> best() {
    List<Candidate> best = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      best.add(new Candidate(ordinals[i], scores[i], ids.apply(ordinals[i])));
    }
    best.sort(java.util.Comparator.comparingDouble(Candidate::score).thenComparing(Candidate::id));
    return best;
  }
}
