package io.proximadb.spark;

import io.proximadb.catalog.StagedCollection;
import io.proximadb.env.Clock;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.connector.catalog.Column;
import org.apache.spark.sql.connector.catalog.StagedTable;
import org.apache.spark.sql.connector.catalog.SupportsWrite;
import org.apache.spark.sql.connector.catalog.TableCapability;
import org.apache.spark.sql.connector.write.LogicalWriteInfo;
import org.apache.spark.sql.connector.write.WriteBuilder;

/**
 * A collection of {@code CREATE TABLE AS SELECT} or {@code REPLACE TABLE} while it is written:
 * nobody else sees it before the statement has succeeded.
 */
final class StagedProximaTable implements StagedTable, SupportsWrite {
  private final StagedCollection staged;
  private final ProximaTable table;

  StagedProximaTable(StagedCollection staged, Clock clock) {
    this.staged = staged;
    this.table = ProximaTable.ofCatalog(staged::table, clock);
  }

  @Override
  public String name() {
    return table.name();
  }

  @Override
  public Column[] columns() {
    return table.columns();
  }

  @Override
  public Map<String, String> properties() {
    return table.properties();
  }

  @Override
  public Set<TableCapability> capabilities() {
    return Set.of(TableCapability.BATCH_WRITE, TableCapability.TRUNCATE);
  }

  @Override
  public WriteBuilder newWriteBuilder(LogicalWriteInfo info) {
    return table.newWriteBuilder(info);
  }

  @Override
  public void commitStagedChanges() {
    staged.commit();
  }

  @Override
  public void abortStagedChanges() {
    staged.abort();
  }
}
