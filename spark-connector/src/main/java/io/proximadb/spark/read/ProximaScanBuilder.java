package io.proximadb.spark.read;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.env.Clock;
import io.proximadb.filter.Filter;
import io.proximadb.spark.types.SparkColumns;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.spark.sql.connector.expressions.filter.Predicate;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.connector.read.SupportsPushDownRequiredColumns;
import org.apache.spark.sql.connector.read.SupportsPushDownV2Filters;
import org.apache.spark.sql.types.StructType;

/**
 * Collects what a query needs of a collection. Predicates that convert are evaluated by our readers
 * for every row, so that Spark need not look again; the others stay with Spark.
 */
public final class ProximaScanBuilder
    implements SupportsPushDownV2Filters, SupportsPushDownRequiredColumns {
  private final CollectionTable table;
  private final Supplier<CollectionTable> loader;
  private final SparkColumns columns;
  private final Clock clock;
  private List<String> required;
  private Predicate[] pushed = {};
  private Filter filter = Filter.alwaysTrue();

  /**
   * A query of a table.
   *
   * @param loader opens the table anew, to pin what is read
   */
  public ProximaScanBuilder(
      CollectionTable table, Supplier<CollectionTable> loader, SparkColumns columns, Clock clock) {
    this.table = table;
    this.loader = loader;
    this.columns = columns;
    this.clock = clock;
    this.required = Arrays.asList(columns.readSchema().fieldNames());
  }

  @Override
  public Predicate[] pushPredicates(Predicate[] predicates) {
    PredicateConverter converter = new PredicateConverter(columns);
    List<Filter> filters = new ArrayList<>();
    List<Predicate> accepted = new ArrayList<>();
    List<Predicate> rest = new ArrayList<>();
    int size = 1;
    for (Predicate predicate : predicates) {
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
    filter = filters.isEmpty() ? Filter.alwaysTrue() : new Filter.And(filters);
    return rest.toArray(Predicate[]::new);
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
    return new ProximaScan(table, loader, columns, required, filter, pushed, clock.nowMicros());
  }
}
