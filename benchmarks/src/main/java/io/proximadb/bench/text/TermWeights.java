package io.proximadb.bench.text;

import io.proximadb.model.SparseVector;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Texts as sparse vectors of term weights whose dot product is the BM25 score: a document's
 * component has what depends on how often it has the term and on its length, a query's has how rare
 * the term is among documents.
 *
 * <p>Source: Robertson and Zaragoza, "The probabilistic relevance framework: BM25 and beyond",
 * 2009.
 */
final class TermWeights {
  /** How soon more of a term counts no more; the usual value. */
  static final double K1 = 1.2;

  /** How much longer documents count less; the usual value. */
  static final double B = 0.75;

  /** Shorter words have no ending to lose. */
  private static final int MIN_STEM = 4;

  private final Map<String, Integer> indices = new HashMap<>();
  private final List<int[]> documents = new ArrayList<>();
  private int[] documentsWith = new int[0];
  private double averageLength;

  private TermWeights() {}

  /** Counts the terms of documents. */
  static TermWeights of(List<String> texts) {
    TermWeights weights = new TermWeights();
    long length = 0;
    for (String text : texts) {
      int[] terms =
          terms(text).stream()
              .mapToInt(term -> weights.indices.computeIfAbsent(term, t -> weights.indices.size()))
              .toArray();
      weights.documents.add(terms);
      length += terms.length;
    }
    weights.averageLength = (double) length / Math.max(1, texts.size());
    weights.documentsWith = new int[weights.indices.size()];
    for (int[] terms : weights.documents) {
      Arrays.stream(terms).distinct().forEach(term -> weights.documentsWith[term]++);
    }
    return weights;
  }

  /** How many terms there are. */
  int dimension() {
    return Math.max(1, indices.size());
  }

  /** Words in lower case, without the endings of plurals. */
  static List<String> terms(String text) {
    List<String> terms = new ArrayList<>();
    for (String word : text.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}]+")) {
      if (!word.isEmpty()) {
        terms.add(stem(word));
      }
    }
    return terms;
  }

  /** The first step of Harman's S stemmer, "How effective is suffixing?", 1991. */
  private static String stem(String word) {
    int length = word.length();
    if (length < MIN_STEM) {
      return word;
    }
    if (word.endsWith("ies") && !word.endsWith("eies") && !word.endsWith("aies")) {
      return word.substring(0, length - 3) + "y";
    }
    if (word.endsWith("es") && !word.matches(".*[aeo]es")) {
      return word.substring(0, length - 1);
    }
    return word.endsWith("s") && !word.endsWith("us") && !word.endsWith("ss")
        ? word.substring(0, length - 1)
        : word;
  }

  /** A document that was counted, by its place. */
  SparseVector document(int place) {
    int[] terms = documents.get(place);
    Map<Integer, Integer> counts = new TreeMap<>();
    for (int term : terms) {
      counts.merge(term, 1, Integer::sum);
    }
    double norm = K1 * (1 - B + B * terms.length / averageLength);
    Map<Integer, Float> weights = new TreeMap<>();
    counts.forEach((term, count) -> weights.put(term, (float) (count * (K1 + 1) / (count + norm))));
    return vector(weights);
  }

  /** A query; terms that no document has are left out. */
  SparseVector query(String text) {
    Map<Integer, Float> weights = new TreeMap<>();
    for (String word : terms(text)) {
      Integer term = indices.get(word);
      if (term != null) {
        double with = documentsWith[term];
        double rarity = Math.log1p((documents.size() - with + 0.5) / (with + 0.5));
        weights.merge(term, (float) rarity, Float::sum);
      }
    }
    return vector(weights);
  }

  private static SparseVector vector(Map<Integer, Float> weights) {
    int[] indices = new int[weights.size()];
    float[] values = new float[weights.size()];
    int i = 0;
    for (Map.Entry<Integer, Float> entry : weights.entrySet()) {
      indices[i] = entry.getKey();
      values[i++] = entry.getValue();
    }
    return SparseVector.of(indices, values);
  }
}
