package io.proximadb.index.flat;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.index.IndexAnswer;
import io.proximadb.index.IndexQuery;
import io.proximadb.index.VectorSearcher;
import io.proximadb.storage.VectorRows;
import java.util.Arrays;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.IntPredicate;
import org.roaringbitmap.RoaringBitmap;

/** Searches a {@link FlatIndex}. */
final class FlatIndexSearcher implements VectorSearcher {
  /**
   * From so many matching rows in a hundred on, codes of all rows are looked at; under that it is
   * faster to score the matching ones.
   */
  private static final int CODES_PERCENT = 3;

  private final FlatIndex index;
  private final VectorRows vectors;
  private final CodedSearch.Scratch scratch = new CodedSearch.Scratch();

  FlatIndexSearcher(FlatIndex index, VectorRows vectors) {
    if (vectors.rowCount() != index.rowCount()
        || vectors.dimension() != index.quantizer.dimension()) {
      throw new InvalidArgumentException(
          String.format(
              Locale.ROOT,
              "Cannot search %d x %d vectors by an index of %d x %d",
              vectors.rowCount(),
              vectors.dimension(),
              index.rowCount(),
              index.quantizer.dimension()));
    }
    this.index = index;
    this.vectors = vectors;
  }

  @Override
  public IndexAnswer search(IndexQuery query) {
    NearestRows nearest = new NearestRows(query.k(), query.bound());
    RoaringBitmap matching = query.matching();
    if (matching != null
        && matching.getLongCardinality() * 100 < (long) CODES_PERCENT * index.rowCount()) {
      FlatSearch search = new FlatSearch(query.distance(), nearest);
      search.scan(vectors, 0, matching);
      return answer(nearest, search.rowsScored(), 0, "the few rows that match compared");
    }
    IntPredicate live = matching != null ? matching::contains : query.live();
    CodedSearch search =
        new CodedSearch(query.vector(), query.distance(), query.k(), nearest, scratch);
    search.scan(index, vectors, 0, live);
    return answer(
        nearest,
        search.rowsScored(),
        index.rowCount(),
        String.format(
            Locale.ROOT,
            "exact, proven bounds left %d of %d rows to look at twice and %d to compare",
            search.rowsLookedAt(),
            index.rowCount(),
            search.rowsScored()));
  }

  private static IndexAnswer answer(
      NearestRows nearest, long rowsScored, long codesScored, String how) {
    long[] rows = nearest.rows();
    return new IndexAnswer(
        Arrays.stream(rows).mapToInt(row -> (int) row).toArray(),
        nearest.scores(),
        rowsScored,
        OptionalDouble.of(1),
        how,
        rows.length,
        codesScored);
  }
}
