package io.proximadb.spark.changes;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.model.SystemColumns;
import io.proximadb.spark.types.SparkColumns;
import java.util.Arrays;
import java.util.function.Supplier;
import org.apache.spark.sql.connector.catalog.Changelog;
import org.apache.spark.sql.connector.catalog.ChangelogRange;
import org.apache.spark.sql.connector.catalog.Column;
import org.apache.spark.sql.connector.expressions.Expressions;
import org.apache.spark.sql.connector.expressions.NamedReference;
import org.apache.spark.sql.connector.read.ScanBuilder;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * What the commits of a range did to a collection's rows. A row that was replaced comes as one that
 * was deleted and one that was inserted by the same commit, of which Spark makes the row before and
 * after an update where that is asked for.
 */
public final class ProximaChangelog implements Changelog {
  private final CollectionTable table;
  private final Supplier<CollectionTable> loader;
  private final ChangelogRange range;
  private final SparkColumns columns;

  /**
   * The changes of a table.
   *
   * @param loader opens it anew
   * @param range which commits
   */
  public ProximaChangelog(
      CollectionTable table, Supplier<CollectionTable> loader, ChangelogRange range) {
    this.table = table;
    this.loader = loader;
    this.range = range;
    this.columns = new SparkColumns(table.schema(), table.properties());
  }

  @Override
  public String name() {
    return table.name().toString();
  }

  @Override
  public Column[] columns() {
    return Arrays.stream(ChangeColumns.schema(columns).fields())
        .map(field -> Column.create(field.name(), field.dataType(), field.nullable()))
        .toArray(Column[]::new);
  }

  /** Commits of ours copy no row. */
  @Override
  public boolean containsCarryoverRows() {
    return false;
  }

  @Override
  public boolean containsIntermediateChanges() {
    return true;
  }

  @Override
  public boolean representsUpdateAsDeleteAndInsert() {
    return true;
  }

  @Override
  public NamedReference[] rowId() {
    return new NamedReference[] {Expressions.column(SystemColumns.ID)};
  }

  @Override
  public NamedReference rowVersion() {
    return Expressions.column(SystemColumns.VERSION);
  }

  @Override
  public ScanBuilder newScanBuilder(CaseInsensitiveStringMap options) {
    return new ChangeScan.Builder(table, loader, columns, range, options);
  }
}
