package io.proximadb.axis;

import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.filter.Filter;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.VectorField;
import io.proximadb.mvcc.CollectionState;
import io.proximadb.mvcc.Pin;
import io.proximadb.mvcc.SegmentView;
import io.proximadb.storage.SegmentReader;
import java.lang.ref.WeakReference;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Measures the searches and writes of one collection: how long they took, how many there were, what
 * indexes answered, and, by checking some of them, what they found. Safe for use by several
 * threads; costs nothing while the collection is not used.
 */
public final class PerformanceMonitor {
  /** Most classes of searches; each has two histograms of 35 KB at most. */
  static final int MAX_CLASSES = 64;

  /**
   * A search of so many bytes of vectors takes about a second to check where they are in memory; of
   * larger collections the recall stays unknown.
   */
  static final long MAX_CHECK_BYTES = 4L << 30;

  /** A class that was not searched for so long does not wait for its turn to be checked. */
  private static final long ACTIVE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private static final long RECENT_NANOS = TimeUnit.MINUTES.toNanos(2);

  private final boolean on;
  private final boolean checkable;
  private final RecallChecks checks;
  private final ExactSearch exact;
  private final LongSupplier nanos;
  private final Map<QueryClass, ClassMonitor> classes = new ConcurrentHashMap<>();
  private final Rotating<LongAdder> writes = new Rotating<>(LongAdder::new);
  private final ShadowSearch alone;
  private volatile @Nullable Shadow shadow;
  private volatile Counted counted = new Counted(new WeakReference<>(null), 0);

  /** The rows of a state, which are counted once. */
  private record Counted(WeakReference<CollectionState> state, long rows) {}

  /**
   * Measures nothing yet.
   *
   * @param on false to measure nothing at all
   * @param checkable false if the collection's files are far away, so that a check would be a
   *     download
   */
  PerformanceMonitor(
      boolean on,
      boolean checkable,
      RecallChecks checks,
      ExactSearch exact,
      ShadowSearch alone,
      LongSupplier nanos) {
    this.on = on;
    this.checkable = checkable;
    this.checks = checks;
    this.exact = exact;
    this.alone = alone;
    this.nanos = nanos;
  }

  /** The time, to be given back when a search has ended. */
  public long start() {
    return on ? nanos.getAsLong() : 0;
  }

  /**
   * A search was answered.
   *
   * @param pin what it saw, open
   * @param index that gave most of the answer, or null
   * @param exactly true if no row can have been missed
   * @param startNanos when it began
   */
  public void searched(
      Pin pin,
      SearchRequest asked,
      SearchResponse response,
      @Nullable IndexDefinition index,
      boolean exactly,
      long startNanos) {
    if (!on) {
      return;
    }
    long now = nanos.getAsLong();
    SearchRequest request = asked.withUsualRecall(pin.state().goals().recall());
    QueryClass.Way way = wayOf(index, exactly);
    ClassMonitor monitor = monitor(classOf(pin.state(), request, response, index, way));
    monitor.searched(response, now - startNanos, now);
    if (!checks.isDue(now)) {
      return;
    }
    Shadow compared = shadow;
    if (compared != null && compared.field().equals(monitor.key().field())) {
      offer(compared, pin, request);
    } else if (way.mayMiss() && monitor.key().way() == way) {
      offer(monitor, pin, request, response, now);
    }
  }

  /** Several searches were answered in one call. */
  public void searchedTogether(int searches, long startNanos) {
    searchedOtherwise(QueryClass.Way.BATCH, searches, startNanos);
  }

  /** A search by several queries was answered. */
  public void searchedHybrid(long startNanos) {
    searchedOtherwise(QueryClass.Way.HYBRID, 1, startNanos);
  }

  /** A search for groups was answered. */
  public void searchedGroups(long startNanos) {
    searchedOtherwise(QueryClass.Way.GROUPED, 1, startNanos);
  }

  private void searchedOtherwise(QueryClass.Way way, int searches, long startNanos) {
    if (on && searches > 0) {
      long now = nanos.getAsLong();
      monitor(QueryClass.of(way)).searched(searches, now - startNanos, now);
    }
  }

  /** Records were written or deleted. */
  public void wrote(int records) {
    if (on) {
      writes.at(nanos.getAsLong()).add(records);
    }
  }

  /** What was measured, by class. */
  Collection<ClassMonitor> classes() {
    return classes.values();
  }

  /** Records written in a second, lately. */
  double writesPerSecond(long nowNanos) {
    Rotating.Recent<LongAdder> recent = writes.recent(nowNanos);
    long records = recent.counts().stream().mapToLong(LongAdder::sum).sum();
    return records == 0 ? 0 : records / recent.seconds();
  }

  long nowNanos() {
    return nanos.getAsLong();
  }

  boolean isOn() {
    return on;
  }

  /** True if there were searches lately. */
  public boolean isActive() {
    long now = nanos.getAsLong();
    return classes.values().stream().anyMatch(one -> now - one.lastNanos() < RECENT_NANOS);
  }

  /** True if searches of the collection are checked. */
  boolean isCheckable() {
    return on && checkable;
  }

  private ClassMonitor monitor(QueryClass key) {
    ClassMonitor known = classes.get(key);
    if (known != null) {
      return known;
    }
    QueryClass place = classes.size() < MAX_CLASSES - 1 ? key : QueryClass.OTHERS;
    return classes.computeIfAbsent(place, ClassMonitor::new);
  }

  private static QueryClass.Way wayOf(@Nullable IndexDefinition index, boolean exactly) {
    if (index == null) {
      return exactly ? QueryClass.Way.EXACT : QueryClass.Way.CLUSTERS;
    }
    return exactly ? QueryClass.Way.EXACT_INDEX : QueryClass.Way.INDEX;
  }

  private QueryClass classOf(
      CollectionState state,
      SearchRequest request,
      SearchResponse response,
      @Nullable IndexDefinition index,
      QueryClass.Way way) {
    String named = request.field();
    String field = named != null ? named : state.context().schema().defaultVectorField().name();
    return new QueryClass(
        field,
        way,
        index,
        QueryClass.sizeFor(request.k()),
        selectivity(state, request, response, way),
        request.effort() > 0 || way == QueryClass.Way.CLUSTERS
            ? QueryClass.BY_HAND
            : QueryClass.perMille(request.recall()));
  }

  private Selectivity selectivity(
      CollectionState state, SearchRequest request, SearchResponse response, QueryClass.Way way) {
    if (request.filter().equals(Filter.alwaysTrue())) {
      return Selectivity.ALL;
    }
    return way == QueryClass.Way.CLUSTERS
        ? Selectivity.UNKNOWN
        : Selectivity.of(
            response.rowsCoveredByIndex() + response.rowsScannedExactly(), rows(state));
  }

  private long rows(CollectionState state) {
    Counted last = counted;
    if (last.state().refersTo(state)) {
      return last.rows();
    }
    long rows = state.memtables().stream().mapToLong(memtable -> memtable.count()).sum();
    for (SegmentView segment : state.segments()) {
      rows += segment.undeletedRows();
    }
    counted = new Counted(new WeakReference<>(state), rows);
    return rows;
  }

  /** Has sampled searches answered by two strategies, in the background; null for no more. */
  void compare(@Nullable Shadow strategies) {
    shadow = strategies;
  }

  @Nullable Shadow shadow() {
    return shadow;
  }

  private void offer(Shadow compared, Pin pin, SearchRequest request) {
    // A search with an effort of its own says nothing of what indexes are calibrated for.
    if (!checkable || request.effort() > 0 || !checks.take()) {
      return;
    }
    if (request.sparse() == null && vectorBytes(pin.state(), request) > MAX_CHECK_BYTES) {
      checks.giveBack();
      return;
    }
    SearchRequest ids = request.returning(List.of());
    Pin same = pin.again();
    checks.run(
        () -> {
          try (same) {
            compared.compare(same, ids, exact, alone, nanos);
          }
        },
        same::close);
  }

  /** Has a search checked if it is the turn of its class. */
  private void offer(
      ClassMonitor monitor, Pin pin, SearchRequest request, SearchResponse response, long now) {
    if (!checkable || !isTurnOf(monitor, now) || !checks.take()) {
      return;
    }
    if (vectorBytes(pin.state(), request) > MAX_CHECK_BYTES) {
      checks.giveBack();
      return;
    }
    Pin same = pin.again();
    checks.run(
        () -> {
          try (same) {
            monitor.recalls().add(recall(exact.search(same, request.exactly()), response));
          }
        },
        same::close);
  }

  /** Of the classes that are searched now those go first that were checked least. */
  private boolean isTurnOf(ClassMonitor monitor, long now) {
    long checked = monitor.recalls().count();
    for (ClassMonitor other : classes.values()) {
      if (other.key().way().mayMiss()
          && now - other.lastNanos() < ACTIVE_NANOS
          && other.recalls().count() < checked) {
        return false;
      }
    }
    return true;
  }

  private static long vectorBytes(CollectionState state, SearchRequest request) {
    String named = request.field();
    VectorField field =
        named == null
            ? state.context().schema().defaultVectorField()
            : state.context().schema().vectorField(named).orElseThrow();
    long rows = 0;
    for (SegmentView segment : state.segments()) {
      SegmentReader reader = segment.handle().reader();
      rows += reader.hasVectors(field.name()) ? reader.rowCount() : 0;
    }
    return rows * field.dimension() * Float.BYTES;
  }

  /** The share of the true answer that was found; rows as near as its last one are as good. */
  static double recall(SearchResponse truth, SearchResponse answer) {
    List<SearchHit> nearest = truth.hits();
    if (nearest.isEmpty()) {
      return 1;
    }
    double limit = nearest.get(nearest.size() - 1).distance();
    Set<String> ids = new HashSet<>();
    nearest.forEach(hit -> ids.add(hit.id()));
    long found =
        answer.hits().stream()
            .filter(hit -> hit.distance() <= limit || ids.contains(hit.id()))
            .count();
    return Math.min(1, (double) found / nearest.size());
  }
}
