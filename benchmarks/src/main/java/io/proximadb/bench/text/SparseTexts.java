package io.proximadb.bench.text;

import io.proximadb.bench.MissingDataException;
import io.proximadb.model.SparseVector;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/**
 * WordNet's glosses as term weights, whose dot product is the BM25 score, and example sentences as
 * queries that no gloss has.
 *
 * @param rows in the order of the file
 * @param queries the same in every run
 * @param dimension of both: how many terms there are
 */
public record SparseTexts(List<SparseVector> rows, List<SparseVector> queries, int dimension) {
  public SparseTexts {
    rows = List.copyOf(rows);
    queries = List.copyOf(queries);
  }

  /**
   * Reads them.
   *
   * @param maxRows at most, evenly over the whole file
   * @param maxQueries at most
   * @throws MissingDataException if no folder has the file
   */
  public static SparseTexts read(List<Path> folders, int maxRows, int maxQueries)
      throws IOException {
    List<Glosses.Synset> synsets = Glosses.read(folders, maxRows);
    TermWeights weights = TermWeights.of(synsets.stream().map(Glosses.Synset::text).toList());
    return new SparseTexts(
        IntStream.range(0, synsets.size()).mapToObj(weights::document).toList(),
        GlossQueries.draw(synsets, maxQueries).texts().stream().map(weights::query).toList(),
        weights.dimension());
  }
}
