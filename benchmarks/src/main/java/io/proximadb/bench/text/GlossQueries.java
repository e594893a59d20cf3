package io.proximadb.bench.text;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Known items to look for: synsets, each by its first example, which no indexed text has.
 *
 * @param targets the place of the synset that each query is to find
 * @param texts the queries
 */
record GlossQueries(List<Integer> targets, List<String> texts) {
  /** A query of fewer words is a phrase that says little. */
  private static final int MIN_WORDS = 4;

  private static final long SEED = 20_261_122;

  /** Draws queries, at most so many; the same in every run. */
  static GlossQueries draw(List<Glosses.Synset> synsets, int count) {
    List<Integer> targets = new ArrayList<>();
    for (int i = 0; i < synsets.size(); i++) {
      List<String> examples = synsets.get(i).examples();
      if (!examples.isEmpty() && TermWeights.terms(examples.get(0)).size() >= MIN_WORDS) {
        targets.add(i);
      }
    }
    Collections.shuffle(targets, new Random(SEED));
    targets = List.copyOf(targets.subList(0, Math.min(count, targets.size())));
    return new GlossQueries(
        targets, targets.stream().map(i -> synsets.get(i).examples().get(0)).toList());
  }

  int size() {
    return targets.size();
  }
}
