package io.proximadb.spark.read;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.env.Clock;
import io.proximadb.filter.Filter;
import io.proximadb.maintenance.ReaderPins;
import io.proximadb.model.VectorField;
import io.proximadb.query.ReadPoint;
import io.proximadb.spark.types.SparkColumns;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.spark.sql.connector.expressions.NamedReference;
import org.apache.spark.sql.connector.expressions.SortOrder;
import org.apache.spark.sql.connector.expressions.aggregate.Aggregation;
import org.apache.spark.sql.connector.expressions.filter.Predicate;
import org.apache.spark.sql.connector.read.Scan;
import org.apache.spark.sql.connector.read.SupportsPushDownAggregates;
import org.apache.spark.sql.connector.read.SupportsPushDownLimit;
import org.apache.spark.sql.connector.read.SupportsPushDownRequiredColumns;
import org.apache.spark.sql.connector.read.SupportsPushDownTopN;
import org.apache.spark.sql.connector.read.SupportsPushDownV2Filters;
import org.apache.spark.sql.connector.read.streaming.MicroBatchStream;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.jspecify.annotations.Nullable;

/**
 * Collects what a query needs of a collection. Predicates that convert are evaluated by our readers
 * for every row, so that Spark need not look again; the others stay with Spark.
 */
public final class ProximaScanBuilder
    implements SupportsPushDownV2Filters,
        SupportsPushDownRequiredColumns,
        SupportsPushDownTopN,
        SupportsPushDownLimit,
        SupportsPushDownAggregates {
  private final ReadPoint point;
  private final Supplier<CollectionTable> loader;
  private final SparkColumns columns;
  private final CaseInsensitiveStringMap options;
  private final Function<String, MicroBatchStream> streams;
  private final long readMicros;
  private List<String> required;
  private Predicate[] pushed = {};
  private Filter filter = Filter.alwaysTrue();
  private List<String> present = List.of();
  private @Nullable TopRows top;
  private int limit = ProximaScan.Wanted.NO_LIMIT;
  private @Nullable CountedRows counted;
  private String notTop;

  /**
   * A query of a table, at the time that it is now.
   *
   * @param loader opens the table anew, to pin what is read
   * @param options of the read
   * @param streams reads the table as a stream, whose checkpoints are at that location
   */
  public ProximaScanBuilder(
      ReadPoint point,
      Supplier<CollectionTable> loader,
      SparkColumns columns,
      Clock clock,
      CaseInsensitiveStringMap options,
      Function<String, MicroBatchStream> streams) {
    this.point = point;
    this.loader = loader;
    this.columns = columns;
    this.readMicros = point.readMicros(clock.nowMicros());
    this.options = options;
    this.streams = streams;
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
          TopRows.of(
              orders, limit, columns, SearchSettings.recall(options, point.table().properties()));
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

  /** Each file needs to give no more rows than that. */
  @Override
  public boolean pushLimit(int rows) {
    limit = rows;
    return true;
  }

  @Override
  public boolean supportCompletePushDown(Aggregation aggregation) {
    return count(aggregation) != null;
  }

  @Override
  public boolean pushAggregation(Aggregation aggregation) {
    counted = count(aggregation);
    return counted != null;
  }

  private @Nullable CountedRows count(Aggregation aggregation) {
    return filter instanceof Filter.AlwaysTrue && present.isEmpty()
        ? CountedRows.of(point, columns, aggregation, readMicros)
        : null;
  }

  /** Fixes snapshot and read timestamp, for every task of the query. */
  @Override
  public Scan build() {
    if (counted != null) {
      return counted;
    }
    Object pin = new Object();
    point
        .snapshotId()
        .ifPresent(snapshot -> ReaderPins.shared().hold(point.table(), snapshot, loader, pin));
    return new ProximaScan(
        point,
        columns,
        required,
        pushed,
        new ProximaScan.Wanted(filter, present, top, limit, readMicros),
        options,
        streams,
        pin,
        notTop,
        false);
  }
}
