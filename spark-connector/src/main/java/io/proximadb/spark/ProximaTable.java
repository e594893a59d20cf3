package io.proximadb.spark;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.RowLevelCommit;
import io.proximadb.env.Clock;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.Filter;
import io.proximadb.query.ReadPoint;
import io.proximadb.query.SnapshotScan;
import io.proximadb.spark.changes.ChangeStream;
import io.proximadb.spark.read.PredicateConverter;
import io.proximadb.spark.read.ProximaScanBuilder;
import io.proximadb.spark.read.VectorTable;
import io.proximadb.spark.types.SparkColumns;
import io.proximadb.spark.write.ProximaWriteBuilder;
import io.proximadb.spark.write.RowChanges;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.spark.sql.connector.catalog.Column;
import org.apache.spark.sql.connector.catalog.MetadataColumn;
import org.apache.spark.sql.connector.catalog.SupportsDeleteV2;
import org.apache.spark.sql.connector.catalog.SupportsMetadataColumns;
import org.apache.spark.sql.connector.catalog.SupportsRowLevelOperations;
import org.apache.spark.sql.connector.catalog.SupportsSchemaEvolution;
import org.apache.spark.sql.connector.catalog.SupportsWrite;
import org.apache.spark.sql.connector.catalog.TableCapability;
import org.apache.spark.sql.connector.catalog.TableCatalog;
import org.apache.spark.sql.connector.catalog.TableChange;
import org.apache.spark.sql.connector.expressions.filter.Predicate;
import org.apache.spark.sql.connector.read.ScanBuilder;
import org.apache.spark.sql.connector.write.LogicalWriteInfo;
import org.apache.spark.sql.connector.write.RowLevelOperationBuilder;
import org.apache.spark.sql.connector.write.RowLevelOperationInfo;
import org.apache.spark.sql.connector.write.WriteBuilder;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * A collection as Spark sees it, as of the snapshot that was current when it was loaded, or of one
 * that was asked for, which is only read.
 *
 * <p>An append is an upsert by id. {@code DELETE} whose condition converts exactly to a filter of
 * ours reads no rows in Spark; others, {@code UPDATE} and {@code MERGE} change rows one by one.
 */
public final class ProximaTable
    implements VectorTable,
        SupportsWrite,
        SupportsDeleteV2,
        SupportsRowLevelOperations,
        SupportsSchemaEvolution,
        SupportsMetadataColumns {
  /** Property shown by {@code DESCRIBE EXTENDED}: the snapshot that is read. */
  private static final String CURRENT_SNAPSHOT = "current-snapshot-id";

  private final CollectionTable table;
  private final Supplier<CollectionTable> loader;
  private final ReadPoint point;
  private final SparkColumns columns;
  private final Clock clock;
  private final boolean refreshesItself;

  private ProximaTable(
      CollectionTable table,
      Supplier<CollectionTable> loader,
      Function<CollectionTable, ReadPoint> at,
      Clock clock,
      boolean refreshesItself) {
    this.table = table;
    this.loader = loader;
    this.point = at.apply(table);
    this.columns = new SparkColumns(point.schema(), table.properties());
    this.clock = clock;
    this.refreshesItself = refreshesItself;
  }

  /** A table of a catalog: Spark loads it anew for every query. */
  static ProximaTable ofCatalog(Supplier<CollectionTable> loader, Clock clock) {
    return new ProximaTable(loader.get(), loader, ReadPoint::current, clock, false);
  }

  /** A table of a catalog at a snapshot. */
  static ProximaTable ofCatalog(
      CollectionTable table,
      Supplier<CollectionTable> loader,
      Function<CollectionTable, ReadPoint> at,
      Clock clock) {
    return new ProximaTable(table, loader, at, clock, false);
  }

  /** A table without a catalog: it looks for the newest snapshot before every read. */
  static ProximaTable ofSource(
      Supplier<CollectionTable> loader, Function<CollectionTable, ReadPoint> at, Clock clock) {
    return new ProximaTable(loader.get(), loader, at, clock, true);
  }

  @Override
  public String name() {
    return table.name().toString();
  }

  @Override
  public String id() {
    return table.uuid().toString();
  }

  @Override
  public String version() {
    OptionalLong snapshot = point.isPast() ? point.snapshotId() : table.snapshotId();
    return snapshot.isPresent() ? Long.toString(snapshot.getAsLong()) : "none";
  }

  @Override
  public Column[] columns() {
    return Arrays.stream(columns.writeSchema().fields()).map(this::column).toArray(Column[]::new);
  }

  private Column column(StructField field) {
    String comment = table.properties().get(CollectionDefinition.COMMENT_PREFIX + field.name());
    return Column.builderFor(field.name(), field.dataType())
        .nullable(field.nullable())
        .comment(comment)
        .build();
  }

  @Override
  public MetadataColumn[] metadataColumns() {
    return columns.hidden().stream()
        .map(name -> new Hidden(name, columns.type(name), !columns.isNeverNull(name)))
        .toArray(MetadataColumn[]::new);
  }

  @Override
  public Map<String, String> properties() {
    Map<String, String> properties = new LinkedHashMap<>(table.properties());
    properties.put(TableCatalog.PROP_PROVIDER, ProximaSource.NAME);
    properties.put(TableCatalog.PROP_LOCATION, table.context().location());
    properties.put(CURRENT_SNAPSHOT, version());
    return properties;
  }

  @Override
  public Set<TableCapability> capabilities() {
    if (point.isPast()) {
      return Set.of(TableCapability.BATCH_READ);
    }
    return Set.of(
        TableCapability.BATCH_READ,
        TableCapability.MICRO_BATCH_READ,
        TableCapability.BATCH_WRITE,
        TableCapability.STREAMING_WRITE,
        TableCapability.AUTOMATIC_SCHEMA_EVOLUTION,
        TableCapability.TRUNCATE,
        TableCapability.OVERWRITE_BY_FILTER,
        TableCapability.OVERWRITE_DYNAMIC);
  }

  @Override
  public boolean supportsColumnChange(TableChange.ColumnChange change) {
    return TableAlteration.isEvolution(columns, change);
  }

  @Override
  public ScanBuilder newScanBuilder(CaseInsensitiveStringMap options) {
    if (refreshesItself) {
      table.refresh();
    }
    return new ProximaScanBuilder(
        point.isPast() ? point : ReadPoint.current(table),
        loader,
        columns,
        clock,
        options,
        checkpoint -> ChangeStream.ofTable(loader, columns, options, checkpoint));
  }

  @Override
  public WriteBuilder newWriteBuilder(LogicalWriteInfo info) {
    table.checkWritable("write to");
    return new ProximaWriteBuilder(table, columns, info, clock);
  }

  /** Statements whose rows Spark finds; a deletion by a filter of ours needs none of it. */
  @Override
  public RowLevelOperationBuilder newRowLevelOperationBuilder(RowLevelOperationInfo info) {
    table.checkWritable("change rows of");
    return () -> new RowChanges(table, columns, info.command(), this::newScanBuilder, clock);
  }

  @Override
  public boolean canDeleteWhere(Predicate[] predicates) {
    return new PredicateConverter(columns).convertAll(predicates).isPresent();
  }

  @Override
  public void deleteWhere(Predicate[] predicates) {
    Filter filter =
        new PredicateConverter(columns)
            .convertAll(predicates)
            .orElseThrow(
                () ->
                    new InvalidArgumentException(
                        "Cannot delete from '"
                            + name()
                            + "': unsupported condition "
                            + Arrays.toString(predicates)
                            + " (expected comparisons of columns with literals)"));
    RowLevelCommit.on(table)
        .delete(SnapshotScan.selector(table, filter, clock.nowMicros()))
        .commit();
  }

  @Override
  public boolean isVector(String column) {
    return columns.vectorField(column).isPresent();
  }

  /** Also a table that changed meanwhile is the same: Spark compares to reuse plans. */
  @Override
  public boolean equals(@org.jspecify.annotations.Nullable Object other) {
    return other instanceof ProximaTable that
        && that.id().equals(id())
        && that.version().equals(version());
  }

  @Override
  public int hashCode() {
    return id().hashCode();
  }

  @Override
  public String toString() {
    return name();
  }

  private record Hidden(String name, DataType dataType, boolean isNullable)
      implements MetadataColumn {}
}
