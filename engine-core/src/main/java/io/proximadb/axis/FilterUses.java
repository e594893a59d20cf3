package io.proximadb.axis;

import io.proximadb.api.FilterColumn;
import io.proximadb.filter.Filter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Counts which columns filters ask for, and how many rows pass. Safe for use by several threads.
 */
final class FilterUses {
  /** Most columns at a time; what comes after is not counted. */
  static final int MAX_COLUMNS = 64;

  /** Of a filter that many parts are looked at: searches wait for it. */
  private static final int MAX_PARTS = 64;

  private final Map<String, Rotating<Uses>> columns = new ConcurrentHashMap<>();

  /** Of one column, in a minute. */
  private static final class Uses {
    private final LongAdder searches = new LongAdder();
    private final LongAdder told = new LongAdder();
    private final DoubleAdder passing = new DoubleAdder();
  }

  /**
   * A search had a filter.
   *
   * @param passing share of the live rows that it lets pass; below 0 if that is not known
   */
  void filtered(Filter filter, double passing, long nowNanos) {
    for (String column : columnsOf(filter)) {
      Rotating<Uses> known = columns.get(column);
      if (known == null && hasRoom(nowNanos)) {
        known = columns.computeIfAbsent(column, name -> new Rotating<>(Uses::new));
      }
      if (known != null) {
        Uses uses = known.at(nowNanos);
        uses.searches.increment();
        if (passing >= 0) {
          uses.told.increment();
          uses.passing.add(passing);
        }
      }
    }
  }

  private boolean hasRoom(long nowNanos) {
    if (columns.size() >= MAX_COLUMNS) {
      columns.values().removeIf(uses -> uses.recent(nowNanos).counts().isEmpty());
    }
    return columns.size() < MAX_COLUMNS;
  }

  /** Those that there were filters on lately, the one asked for most first. */
  List<FilterColumn> lately(long nowNanos) {
    List<FilterColumn> lately = new ArrayList<>();
    columns.forEach(
        (column, counted) -> {
          long searches = 0;
          long told = 0;
          double passing = 0;
          for (Uses uses : counted.recent(nowNanos).counts()) {
            searches += uses.searches.sum();
            told += uses.told.sum();
            passing += uses.passing.sum();
          }
          if (searches > 0) {
            lately.add(
                new FilterColumn(
                    column,
                    searches,
                    told == 0 ? OptionalDouble.empty() : OptionalDouble.of(passing / told)));
          }
        });
    lately.sort(
        Comparator.comparingLong(FilterColumn::searches)
            .reversed()
            .thenComparing(FilterColumn::column));
    return lately;
  }

  /** The columns that a filter names, of its first parts. */
  static Set<String> columnsOf(Filter filter) {
    Set<String> named = new HashSet<>();
    Deque<Filter> parts = new ArrayDeque<>(List.of(filter));
    for (int seen = 0; seen < MAX_PARTS && !parts.isEmpty(); seen++) {
      Filter part = parts.remove();
      String column = column(part);
      if (column != null) {
        named.add(column);
      } else if (part instanceof Filter.And and) {
        parts.addAll(and.children().subList(0, Math.min(MAX_PARTS, and.children().size())));
      } else if (part instanceof Filter.Or or) {
        parts.addAll(or.children().subList(0, Math.min(MAX_PARTS, or.children().size())));
      } else if (part instanceof Filter.Not not) {
        parts.add(not.child());
      }
    }
    return named;
  }

  private static @Nullable String column(Filter part) {
    if (part instanceof Filter.Compare compare) {
      return compare.column();
    }
    if (part instanceof Filter.In in) {
      return in.column();
    }
    if (part instanceof Filter.IsNull isNull) {
      return isNull.column();
    }
    if (part instanceof Filter.Contains contains) {
      return contains.column();
    }
    return part instanceof Filter.StartsWith starts ? starts.column() : null;
  }
}
