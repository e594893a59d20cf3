package io.proximadb.spark.read;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.env.Clock;
import io.proximadb.filter.Filter;
import io.proximadb.maintenance.ReaderPins;
import io.proximadb.model.VectorField;
import io.proximadb.spark.types.SparkColumns;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.spark.sql.connector.expressions.NamedReference;
import org.apache.spark.sql.connector.expressions.SortOrder;
import org.apache.spark.sql.connector.expressions.filter.Predicate;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.connector.read.SupportsPushDownRequiredColumns;
import org.apache.spark.sql.connector.read.SupportsPushDownTopN;
import org.apache.spark.sql.connector.read.SupportsPushDownV2Filters;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.jspecify.annotations.Nullable;

/**
 * Collects what a query needs of a collection. Predicates that convert are evaluated by our readers
 * for every row, so that Spark need not look again; the others stay with Spark.
 */
public final class ProximaScanBuilder
    implements SupportsPushDownV2Filters, SupportsPushDownRequiredColumns, SupportsPushDownTopN {
  private final CollectionTable table;
  private final Supplier<CollectionTable> loader;
  private final SparkColumns columns;
  private final Clock clock;
  private final CaseInsensitiveStringMap options;
  private List<String> required;
  private Predicate[] pushed = {};
  private Filter filter = Filter.alwaysTrue();
  private List<String> present = List.of();
  private @Nullable TopRows top;
  private String notTop;

  /**
   * A query of a table.
   *
   * @param loader opens the table anew, to pin what is read
   * @param options of the read
   */
  public ProximaScanBuilder(
      CollectionTable table,
      Supplier<CollectionTable> loader,
      SparkColumns columns,
      Clock clock,
      CaseInsensitiveStringMap options) {
    this.table = table;
    this.loader = loader;
    this.columns = columns;
    this.clock = clock;
    this.options = options;
    this.notTop = options.getOrDefault(SearchSettings.NOTE, "");
    this.required = Arrays.asList(columns.readSchema().fieldNames());
  }

  @Override
  public Predicate[] pushPredicates(Predicate[] predicates) {
    PredicateConverter converter = new PredicateConverter(columns);
    List<Filter> filters = new ArrayList<>();
    List<Predicate> accepted = new ArrayList<>();
    List<Predicate> rest = new ArrayList<>();
    List<String> notNull = new ArrayList<>();
    int size = 1;
    for (Predicate predicate : predicates) {
      Optional<String> vector = presentVector(predicate);
      if (vector.isPresent()) {
        notNull.add(vector.get());
        accepted.add(predicate);
        continue;
      }
      Optional<Filter> converted = converter.convert(predicate);
      int more = converted.map(PredicateConverter::size).orElse(0);
      if (converted.isPresent() && size + more <= Filter.MAX_SIZE) {
        filters.add(converted.get());
        accepted.add(predicate);
        size += more;
      } else {
        rest.add(predicate);
      }
    }
    pushed = accepted.toArray(Predicate[]::new);
    present = List.copyOf(notNull);
    filter = filters.isEmpty() ? Filter.alwaysTrue() : new Filter.And(filters);
    return rest.toArray(Predicate[]::new);
  }

  /** The vector column that must not be null, which filters cannot say and readers can. */
  private Optional<String> presentVector(Predicate predicate) {
    return predicate.name().equals("IS_NOT_NULL")
            && predicate.children()[0] instanceof NamedReference reference
            && reference.fieldNames().length == 1
        ? columns.vectorField(reference.fieldNames()[0]).map(VectorField::name)
        : Optional.empty();
  }

  /** Takes part in {@code ORDER BY distance LIMIT k}: rows that are too far are not read. */
  @Override
  public boolean pushTopN(SortOrder[] orders, int limit) {
    try {
      TopRows wanted =
          TopRows.of(orders, limit, columns, SearchSettings.recall(options, table.properties()));
      String searched = wanted.query().field();
      if (!present.stream().allMatch(searched::equals)) {
        // Rows without another vector are left out after the nearest are chosen.
        throw new TopRows.Unfit("it asks for rows that have a vector of another column");
      }
      top = wanted;
      return true;
    } catch (TopRows.Unfit e) {
      notTop = e.reason();
      return false;
    }
  }

  /** Spark still orders by its own function, which settles how distances round. */
  @Override
  public boolean isPartiallyPushed() {
    return true;
  }

  @Override
  public Predicate[] pushedPredicates() {
    return pushed;
  }

  @Override
  public void pruneColumns(StructType requiredSchema) {
    required = Arrays.asList(requiredSchema.fieldNames());
  }

  /** Fixes snapshot and read timestamp, for every task of the query. */
  @Override
  public Scan build() {
    Object pin = new Object();
    ReaderPins.shared().hold(table, loader, pin);
    return new ProximaScan(
        table,
        columns,
        required,
        pushed,
        new ProximaScan.Wanted(filter, present, top, clock.nowMicros()),
        pin,
        notTop);
  }
}
