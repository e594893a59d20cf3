package io.proximadb.cli.quickstart;

import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the collection has to hold after every write of the quickstart: the same changes applied to
 * a map, searched by a plain loop. The quickstart checks every door against it.
 */
final class Library {
  /** Sums of 384 products in single precision, in another order, differ by less. */
  private static final double TOLERANCE = 1e-5;

  private final Map<String, EmbeddedGloss> glosses = new LinkedHashMap<>();

  /** Applies changes in order. */
  void apply(List<EmbeddedGloss> changes) {
    for (EmbeddedGloss change : changes) {
      if (change.gloss().isDelete()) {
        glosses.remove(change.gloss().id());
      } else {
        glosses.put(change.gloss().id(), change);
      }
    }
  }

  int size() {
    return glosses.size();
  }

  /** How many of these change a gloss that is there, rather than add one. */
  long countKnown(List<EmbeddedGloss> upserts) {
    return upserts.stream()
        .filter(one -> !one.gloss().isDelete() && glosses.containsKey(one.gloss().id()))
        .count();
  }

  /** What is wrong with an answer, or nothing if these are the nearest glosses, best first. */
  Optional<String> faultOf(List<String> ids, float[] question, @Nullable String category, int k) {
    List<Double> best =
        glosses.values().stream()
            .filter(one -> category == null || one.gloss().category().equals(category))
            .map(one -> cosine(question, one.vector()))
            .sorted(Comparator.reverseOrder())
            .limit(k)
            .toList();
    if (ids.size() != best.size() || new HashSet<>(ids).size() != ids.size()) {
      return Optional.of(Text.format("%s (expected %d different ids)", ids, best.size()));
    }
    for (int i = 0; i < ids.size(); i++) {
      EmbeddedGloss found = glosses.get(ids.get(i));
      if (found == null || (category != null && !found.gloss().category().equals(category))) {
        return Optional.of(Text.format("%s is not a row that may be in it", ids.get(i)));
      }
      double similarity = cosine(question, found.vector());
      if (Math.abs(similarity - best.get(i)) > TOLERANCE) {
        return Optional.of(
            Text.format(
                "number %d is %s with similarity %f (expected %f)",
                i + 1, ids.get(i), similarity, best.get(i)));
      }
    }
    return Optional.empty();
  }

  private static double cosine(float[] a, float[] b) {
    double dot = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      dot += (double) a[i] * b[i];
      aa += (double) a[i] * a[i];
      bb += (double) b[i] * b[i];
    }
    return dot / Math.sqrt(aa * bb);
  }
}
