package io.proximadb.query;

import io.proximadb.filter.BoundFilter;
import io.proximadb.index.flat.FlatSearch;
import io.proximadb.index.flat.TopK;
import io.proximadb.model.ClusterId;
import io.proximadb.model.VectorField;
import io.proximadb.mvcc.Pin;
import io.proximadb.mvcc.SegmentView;
import io.proximadb.storage.ClusterRuns;
import io.proximadb.storage.VectorRows;
import io.proximadb.storage.clusters.ClusterModel;
import io.proximadb.storage.clusters.ClusterModels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import org.roaringbitmap.RoaringBitmap;

/**
 * Searches the files' rows cluster by cluster, the nearest clusters of each generation first, and
 * stops when enough of them were read and the answer is not short. Rows without a cluster, or of a
 * generation whose model cannot be read, are all compared. For one query.
 */
final class ClusteredSearch {
  private final Pin pin;
  private final VectorField field;
  private final BoundFilter filter;
  private final FlatSearch search;
  private final TopK top;
  private final List<Source> sources = new ArrayList<>();

  /** Models by generation, the newest first, with their clusters by distance. */
  private final TreeMap<Integer, Ranked> generations = new TreeMap<>((a, b) -> b - a);

  /**
   * The clusters of a generation.
   *
   * @param clusters the nearest to the query first
   */
  @SuppressWarnings("ArrayRecordComponent")
  private record Ranked(ClusterModel model, int[] clusters) {}

  /**
   * A file.
   *
   * @param wanted the rows that are live and pass the filter
   */
  private record Source(
      VectorRows vectors, ClusterRuns runs, long firstOrdinal, IntPredicate wanted) {}

  ClusteredSearch(Pin pin, VectorField field, BoundFilter filter, FlatSearch search, TopK top) {
    this.pin = pin;
    this.field = field;
    this.filter = filter;
    this.search = search;
    this.top = top;
  }

  /** Searches the files; unflushed rows were offered before. */
  Searcher.Found search(float[] query, int nearest) {
    open(query);
    for (Source source : sources) {
      scan(source, id -> !isRanked(id));
    }
    int all =
        generations.values().stream().mapToInt(ranked -> ranked.clusters().length).max().orElse(0);
    int from = 0;
    int to = Math.min(nearest, all);
    int widened = 0;
    while (true) {
      probe(from, to);
      if (to == all || top.isFull()) {
        break;
      }
      from = to;
      to = (int) Math.min(all, 2L * to);
      widened++;
    }
    return found(to, all, widened);
  }

  private void open(float[] query) {
    List<SegmentView> segments = pin.state().segments();
    for (int i = 0; i < segments.size(); i++) {
      SegmentView segment = segments.get(i);
      IntPredicate wanted = segment.liveAt(pin.sequence(), pin.readMicros());
      if (!filter.isAlwaysTrue()) {
        RoaringBitmap matching =
            SegmentRows.matching(
                segment.handle().reader().rowCount(), filter, segment.handle()::column, wanted);
        if (matching.isEmpty()) {
          continue;
        }
        wanted = matching::contains;
      }
      ClusterRuns runs = segment.handle().reader().clusters();
      runs.forEachId(id -> rank(id, query));
      sources.add(
          new Source(
              segment.handle().reader().vectors(field.name()),
              runs,
              Searcher.firstOrdinal(i),
              wanted));
    }
  }

  private void rank(long id, float[] query) {
    int generation = ClusterId.generation(id);
    if (id != ClusterId.NONE && !generations.containsKey(generation)) {
      ClusterModel model = ClusterModels.find(pin.state().context(), generation);
      if (model != null) {
        generations.put(generation, new Ranked(model, model.centroids().ranked(query)));
      }
    }
  }

  private boolean isRanked(long id) {
    Ranked ranked = id == ClusterId.NONE ? null : generations.get(ClusterId.generation(id));
    return ranked != null && ClusterId.cluster(id) < ranked.clusters().length;
  }

  /** Searches the clusters of these ranks in all files that have them. */
  private void probe(int from, int to) {
    long[] ids =
        generations.values().stream()
            .flatMapToLong(
                ranked ->
                    Arrays.stream(ranked.clusters())
                        .skip(from)
                        .limit(to - from)
                        .mapToLong(ranked.model()::id))
            .sorted()
            .toArray();
    for (Source source : sources) {
      scan(source, id -> Arrays.binarySearch(ids, id) >= 0);
    }
  }

  /** Chooses clusters by their ids. */
  private interface Choice {
    boolean test(long id);
  }

  /** Searches the rows of chosen clusters in the order of the file, runs that touch as one. */
  private void scan(Source source, Choice choice) {
    ClusterRuns runs = source.runs();
    int from = -1;
    for (int run = 0; run <= runs.count(); run++) {
      boolean chosen = run < runs.count() && choice.test(runs.id(run));
      if (chosen && from < 0) {
        from = runs.start(run);
      } else if (!chosen && from >= 0) {
        search.scan(
            source.vectors(), source.firstOrdinal(), from, runs.start(run), source.wanted());
        from = -1;
      }
    }
  }

  private Searcher.Found found(int probed, int all, int widened) {
    if (probed == all) {
      return new Searcher.Found(
          OptionalDouble.of(1),
          all == 0
              ? "exact: no row of a file has a cluster, every live row compared"
              : "exact: all clusters searched, every live row compared"
                  + (widened > 0 ? ", since fewer held less than k matching rows" : ""));
    }
    return new Searcher.Found(
        OptionalDouble.empty(),
        "clusters: the nearest "
            + probed
            + " of "
            + all
            + (generations.size() > 1 ? " in each of " + generations.size() + " generations" : "")
            + ", and every row without a cluster"
            + (widened > 0 ? ", widened until there were k matching rows" : ""));
  }
}
