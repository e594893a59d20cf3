package io.proximadb.spark.write;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.env.Clock;
import io.proximadb.model.SystemColumns;
import org.apache.spark.sql.connector.distributions.Distribution;
import org.apache.spark.sql.connector.distributions.Distributions;
import org.apache.spark.sql.connector.expressions.Expression;
import org.apache.spark.sql.connector.expressions.Expressions;
import org.apache.spark.sql.connector.expressions.SortDirection;
import org.apache.spark.sql.connector.expressions.SortOrder;
import org.apache.spark.sql.connector.write.BatchWrite;
import org.apache.spark.sql.connector.write.LogicalWriteInfo;
import org.apache.spark.sql.connector.write.RequiresDistributionAndOrdering;
import org.apache.spark.sql.connector.write.Write;
import org.apache.spark.sql.connector.write.WriteBuilder;

/** Starts an append, which replaces the rows whose ids are there already. */
public final class ProximaWriteBuilder implements WriteBuilder {
  private final CollectionTable table;
  private final LogicalWriteInfo info;
  private final Clock clock;

  public ProximaWriteBuilder(CollectionTable table, LogicalWriteInfo info, Clock clock) {
    this.table = table;
    this.info = info;
    this.clock = clock;
  }

  @Override
  public Write build() {
    return new Upsert();
  }

  /**
   * Rows arrive clustered and ordered by id: all rows of an id are neighbours in one task, which is
   * how the task finds an id that stands twice.
   */
  private final class Upsert implements RequiresDistributionAndOrdering {
    @Override
    public String description() {
      return "proximadb " + table.name() + " (upsert by id)";
    }

    @Override
    public Distribution requiredDistribution() {
      return Distributions.clustered(new Expression[] {Expressions.column(SystemColumns.ID)});
    }

    @Override
    public SortOrder[] requiredOrdering() {
      return new SortOrder[] {
        Expressions.sort(Expressions.column(SystemColumns.ID), SortDirection.ASCENDING)
      };
    }

    @Override
    public BatchWrite toBatch() {
      return new JobCommit(table, info, clock);
    }
  }
}
