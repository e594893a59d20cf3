package io.proximadb.core;

import io.proximadb.api.AxisField;
import io.proximadb.api.AxisFigures;
import io.proximadb.axis.Decisions;
import io.proximadb.axis.cost.Strategy;
import io.proximadb.axis.cost.Templates;
import io.proximadb.index.IndexDefinitions;
import io.proximadb.index.IndexTraffic;
import io.proximadb.model.IndexDefinition;
import io.proximadb.mvcc.CollectionState;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Which indexes of a table are of AXIS, which of somebody else, and which serve. */
final class AxisIndexes {
  /** Of what AXIS names. */
  private static final String PREFIX = "axis_";

  private static final Pattern OURS = Pattern.compile(PREFIX + "\\d+");

  private AxisIndexes() {}

  /** What serves a field: as it was decided, or as indexes were made by hand. */
  static AxisField serving(String field, CollectionState state, Decisions decisions) {
    Optional<AxisField> decided = decisions.field(field);
    if (decided.isPresent()) {
      AxisField known = decided.get();
      if (known.migration() != null || (known.index() != null && isThere(state, known.index()))) {
        return known;
      }
    }
    for (IndexDefinition index : state.indexes()) {
      boolean byHand = !isOurs(index.name());
      // What could not be read was about it, and all searches may use it.
      boolean served =
          decided.isEmpty()
              && !state.context().properties().containsKey(IndexTraffic.PREFIX + index.name());
      if (index.field().equals(field) && (byHand || served)) {
        String strategy =
            Templates.shipped()
                .of(index)
                .map(Strategy::name)
                .orElse("index '" + index.name() + "'");
        return unjudged(field, strategy, index.name());
      }
    }
    return decided
        .filter(known -> known.index() == null)
        .orElseGet(() -> unjudged(field, Strategy.EXACT.name(), null));
  }

  private static AxisField unjudged(String field, String strategy, @Nullable String index) {
    return new AxisField(field, strategy, index, 0, AxisFigures.UNKNOWN, AxisFigures.UNKNOWN, null);
  }

  /** A name that nothing of the table has. */
  static String name(CollectionState state, Decisions decisions) {
    for (long number = decisions.version() + 1; ; number++) {
      String name = PREFIX + number;
      if (state.context().properties().keySet().stream()
          .noneMatch(key -> key.startsWith(IndexDefinitions.prefix(name)))) {
        return name;
      }
    }
  }

  /** True if an index is defined, or is none. */
  static boolean isThere(CollectionState state, @Nullable String index) {
    return index == null || state.indexes().stream().anyMatch(one -> one.name().equals(index));
  }

  /** True if somebody made an index of the field: it is left to him. */
  static boolean isByHand(CollectionState state, AxisField serving) {
    return state.indexes().stream()
        .anyMatch(index -> index.field().equals(serving.field()) && !isOurs(index.name()));
  }

  /** True for names that AXIS gives. */
  private static boolean isOurs(String index) {
    return OURS.matcher(index).matches();
  }

  /** Indexes of AXIS that nothing decided is about any more: decisions could not be read once. */
  static Set<String> leftovers(CollectionState state, AxisField serving) {
    return state.indexes().stream()
        .filter(index -> index.field().equals(serving.field()) && isOurs(index.name()))
        .map(IndexDefinition::name)
        .filter(name -> !name.equals(serving.index()))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
