package io.proximadb.axis;

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
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Measures the searches and writes of one collection: how long they took, how many there were, what
 * indexes answered, and, by checking some of them, what they found. Safe for use by several
 * threads; costs nothing while the collection is not used.
 */
public final class PerformanceMonitor {
  /** Most classes of searches; each has two histograms of 35 KB at most. */
  static final int MAX_CLASSES = 64;

  /** In the place of the bytes that a check may compare with: there are no checks. */
  static final long NOT_CHECKED = -1;

  /** A class that was not searched for so long does not wait for its turn to be checked. */
  private static final long ACTIVE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private static final long RECENT_NANOS = TimeUnit.MINUTES.toNanos(2);

  private final boolean on;
  private final long checkBytes;
  private final RecallChecks checks;
  private final ExactSearch exact;
  private final LongSupplier nanos;
  private final Map<QueryClass, ClassMonitor> classes = new ConcurrentHashMap<>();
  private final Rotating<LongAdder> writes = new Rotating<>(LongAdder::new);
  private final FilterUses filters = new FilterUses();
  private final ShadowSearch alone;
  private volatile @Nullable Shadow shadow;
  private volatile Counted counted = new Counted(new WeakReference<>(null), 0);

  /** The rows of a state, which are counted once. */
  private record Counted(WeakReference<CollectionState> state, long rows) {}

  /**
   * Measures nothing yet.
   *
   * @param on false to measure nothing at all
   * @param checkBytes vectors that a check may compare with; {@link #NOT_CHECKED} if the
   *     collection's files are far away, so that a check would be a download
   */
  PerformanceMonitor(
      boolean on,
      long checkBytes,
      RecallChecks checks,
      ExactSearch exact,
      ShadowSearch alone,
      LongSupplier nanos) {
    this.on = on;
    this.checkBytes = checkBytes;
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
    SearchRequest request = usual(pin, asked);
    QueryClass.Way way = wayOf(index, exactly);
    ClassMonitor monitor = monitor(classOf(pin, request, response, index, way));
    monitor.searched(response, now - startNanos, now);
    if (!request.filter().equals(Filter.alwaysTrue())) {
      filters.filtered(request.filter(), passing(pin.state(), response, way), now);
    }
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

  /**
   * Several searches were answered in one call. They count for the field of the first one, as of
   * its kind.
   *
   * @param pin what they saw, open
   */
  public void searchedTogether(Pin pin, List<SearchRequest> asked, long startNanos) {
    if (!on || asked.isEmpty()) {
      return;
    }
    long now = nanos.getAsLong();
    SearchRequest first = usual(pin, asked.get(0));
    monitor(
            new QueryClass(
                field(pin, first),
                QueryClass.Way.BATCH,
                null,
                QueryClass.sizeFor(first.k()),
                first.filter().equals(Filter.alwaysTrue()) ? Selectivity.ALL : Selectivity.UNKNOWN,
                wanted(first, first.clusters() != SearchRequest.EXACT)))
        .searched(asked.size(), now - startNanos, now);
    Shadow compared = shadow;
    SearchRequest one = usual(pin, asked.get(Math.floorMod(now, asked.size())));
    if (compared != null && compared.field().equals(field(pin, one)) && checks.isDue(now)) {
      offer(compared, pin, one);
    }
  }

  private static SearchRequest usual(Pin pin, SearchRequest asked) {
    return asked.withUsualRecall(pin.state().goals().recall());
  }

  private static String field(Pin pin, SearchRequest request) {
    String named = request.field();
    return named != null ? named : pin.state().context().schema().defaultVectorField().name();
  }

  private static int wanted(SearchRequest request, boolean clustered) {
    return request.effort() > 0 || clustered
        ? QueryClass.BY_HAND
        : QueryClass.perMille(request.recall());
  }

  /**
   * What live searches of a field took that an index answered, lately.
   *
   * @param index null for those that none answered
   */
  Comparison.Served served(String field, @Nullable String index) {
    Histogram all = ClassMonitor.histogram();
    long now = nanos.getAsLong();
    for (ClassMonitor one : classes.values()) {
      IndexDefinition by = one.key().index();
      boolean answered = by == null ? index == null : by.name().equals(index);
      if (answered && one.key().way().isSingle() && one.key().field().equals(field)) {
        all.add(one.lately(now).nanos());
      }
    }
    return all.getTotalCount() == 0
        ? Comparison.Served.NONE
        : new Comparison.Served(
            all.getTotalCount(),
            all.getValueAtPercentile(50) / 1e3,
            all.getValueAtPercentile(99) / 1e3);
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

  /** What filters asked for. */
  FilterUses filters() {
    return filters;
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
    return on && checkBytes != NOT_CHECKED;
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
      Pin pin,
      SearchRequest request,
      SearchResponse response,
      @Nullable IndexDefinition index,
      QueryClass.Way way) {
    return new QueryClass(
        field(pin, request),
        way,
        index,
        QueryClass.sizeFor(request.k()),
        selectivity(pin.state(), request, response, way),
        wanted(request, way == QueryClass.Way.CLUSTERS));
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

  /** The share of the live rows that passed the filter; -1 where an answer does not tell. */
  private double passing(CollectionState state, SearchResponse response, QueryClass.Way way) {
    long rows = rows(state);
    return way == QueryClass.Way.CLUSTERS || rows == 0
        ? -1
        : Math.min(
            1, (double) (response.rowsCoveredByIndex() + response.rowsScannedExactly()) / rows);
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
    if (!isCheckable() || request.effort() > 0 || !checks.take()) {
      return;
    }
    boolean few = request.sparse() != null || vectorBytes(pin.state(), request) <= checkBytes;
    SearchRequest ids = request.returning(List.of());
    Pin same = pin.again();
    checks.run(
        () -> {
          try (same) {
            compared.compare(same, ids, few ? exact : null, alone, nanos);
          }
        },
        same::close);
  }

  /** Has a search checked if it is the turn of its class. */
  private void offer(
      ClassMonitor monitor, Pin pin, SearchRequest request, SearchResponse response, long now) {
    if (!isCheckable() || !isTurnOf(monitor, now) || !checks.take()) {
      return;
    }
    if (vectorBytes(pin.state(), request) > checkBytes) {
      checks.giveBack();
      return;
    }
    Pin same = pin.again();
    checks.run(
        () -> {
          try (same) {
            monitor
                .recalls()
                .add(RecallWindow.recall(exact.search(same, request.exactly()), response));
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
}
