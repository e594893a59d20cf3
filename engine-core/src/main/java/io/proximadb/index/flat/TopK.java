package io.proximadb.index.flat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the k best of the candidates offered, by score ascending, then by id ascending, so that an
 * answer does not depend on the order of rows. Not safe for use by several threads.
 *
 * <p>A heap with the worst candidate kept at its root. Ids are costly to look up and are asked only
 * for when scores are equal, and once for each candidate.
 */
public final class TopK implements Selection {
  /**
   * A candidate that was kept.
   *
   * @param ordinal what the caller knows the row by
   * @param score its ranking score
   * @param id its id
   */
  public record Candidate(long ordinal, double score, String id) {}

  private static final Comparator<Candidate> BEST_FIRST =
      Comparator.comparingDouble(Candidate::score).thenComparing(Candidate::id);

  private final LongFunction<String> ids;
  private final double[] scores;
  private final long[] ordinals;

  /** Ids of the candidates kept, null where none was asked for yet. */
  private final @Nullable String[] names;

  private int size;

  /**
   * An empty selection.
   *
   * @param k how many to keep, at least 1
   * @param ids gives the id of an ordinal; ids are distinct
   */
  public TopK(int k, LongFunction<String> ids) {
    this.ids = ids;
    this.scores = new double[k];
    this.ordinals = new long[k];
    this.names = new @Nullable String[k];
  }

  @Override
  public double bound() {
    return size < scores.length ? Double.POSITIVE_INFINITY : scores[0];
  }

  /** True if k candidates are kept. */
  public boolean isFull() {
    return size == scores.length;
  }

  @Override
  public void offer(long ordinal, double score) {
    if (size < scores.length) {
      siftUp(ordinal, score);
    } else if (score <= scores[0]) {
      replaceWorst(ordinal, score);
    }
  }

  private void siftUp(long ordinal, double score) {
    int at = size++;
    String name = null;
    while (at > 0) {
      int parent = (at - 1) / 2;
      if (score < scores[parent]) {
        break;
      }
      if (score == scores[parent]) {
        name = name == null ? ids.apply(ordinal) : name;
        if (name.compareTo(name(parent)) < 0) {
          break;
        }
      }
      move(parent, at);
      at = parent;
    }
    put(at, ordinal, score, name);
  }

  private void replaceWorst(long ordinal, double score) {
    String name = null;
    if (score == scores[0]) {
      name = ids.apply(ordinal);
      if (name.compareTo(name(0)) >= 0) {
        return;
      }
    }
    int at = 0;
    for (int child = worseChild(0); child >= 0; child = worseChild(child)) {
      if (score > scores[child]) {
        break;
      }
      if (score == scores[child]) {
        name = name == null ? ids.apply(ordinal) : name;
        if (name.compareTo(name(child)) >= 0) {
          break;
        }
      }
      move(child, at);
      at = child;
    }
    put(at, ordinal, score, name);
  }

  /** The child of a place that ranks last, or -1 if it has none. */
  private int worseChild(int place) {
    int left = 2 * place + 1;
    int right = left + 1;
    if (right >= size) {
      return left < size ? left : -1;
    }
    if (scores[left] != scores[right]) {
      return scores[left] > scores[right] ? left : right;
    }
    return name(left).compareTo(name(right)) > 0 ? left : right;
  }

  private String name(int place) {
    String name = names[place];
    if (name == null) {
      name = ids.apply(ordinals[place]);
      names[place] = name;
    }
    return name;
  }

  private void move(int from, int to) {
    put(to, ordinals[from], scores[from], names[from]);
  }

  private void put(int place, long ordinal, double score, @Nullable String name) {
    scores[place] = score;
    ordinals[place] = ordinal;
    names[place] = name;
  }

  /** What the candidates kept are known by, in no order. */
  public long[] ordinals() {
    return Arrays.copyOf(ordinals, size);
  }

  /** The candidates kept, best first. */
  public List<Candidate> best() {
    List<Candidate> best = new ArrayList<>(size);
    for (int i = 0; i < size; i++) {
      best.add(new Candidate(ordinals[i], scores[i], name(i)));
    }
    best.sort(BEST_FIRST);
    return best;
  }
}
