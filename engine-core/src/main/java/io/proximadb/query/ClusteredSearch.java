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
import java.util.function.LongPredicate;
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
    scan(id -> !isRanked(id));
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
      if (!segment.handle().reader().hasVectors(field.name())) {
        continue;
      }
      IntPredicate wanted =
          Searcher.candidates(
              pin, segment, segment.handle().reader().rowsWithoutVector(field.name()));
      if (!filter.isAlwaysTrue()) {
        RoaringBitmap matching =
            SegmentRows.matching(pin.state(), segment.handle(), filter, wanted);
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
    scan(id -> Arrays.binarySearch(ids, id) >= 0);
  }

  /** Rows {@code firstRows[i]} to {@code endRows[i]}, exclusive, for each {@code i}. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Ranges(int[] firstRows, int[] endRows) {}

  /** Searches chosen clusters of all files. */
  private void scan(LongPredicate choice) {
    List<Ranges> chosen = sources.stream().map(source -> ranges(source.runs(), choice)).toList();
    for (int i = 0; i < chosen.size(); i++) {
      // Of all files, before the first is waited for.
      sources.get(i).vectors().prefetch(chosen.get(i).firstRows(), chosen.get(i).endRows());
    }
    for (int i = 0; i < chosen.size(); i++) {
      Source source = sources.get(i);
      int[] firstRows = chosen.get(i).firstRows();
      int[] endRows = chosen.get(i).endRows();
      for (int range = 0; range < firstRows.length; range++) {
        search.scan(
            source.vectors(),
            source.firstOrdinal(),
            firstRows[range],
            endRows[range],
            source.wanted());
      }
    }
  }

  /** The rows of chosen clusters in the order of the file, runs that touch as one. */
  private static Ranges ranges(ClusterRuns runs, LongPredicate choice) {
    int[] firstRows = new int[runs.count()];
    int[] endRows = new int[runs.count()];
    int count = 0;
    for (int run = 0; run < runs.count(); run++) {
      if (!choice.test(runs.id(run))) {
        continue;
      }
      if (count > 0 && endRows[count - 1] == runs.start(run)) {
        endRows[count - 1] = runs.start(run + 1);
      } else {
        firstRows[count] = runs.start(run);
        endRows[count++] = runs.start(run + 1);
      }
    }
    return new Ranges(Arrays.copyOf(firstRows, count), Arrays.copyOf(endRows, count));
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
