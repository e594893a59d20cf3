package io.proximadb.spark.write;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.env.Clock;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.Filter;
import io.proximadb.model.SystemColumns;
import io.proximadb.spark.read.PredicateConverter;
import io.proximadb.spark.types.SparkColumns;
import java.util.Arrays;
import org.apache.spark.sql.connector.distributions.Distribution;
import org.apache.spark.sql.connector.distributions.Distributions;
import org.apache.spark.sql.connector.expressions.Expression;
import org.apache.spark.sql.connector.expressions.Expressions;
import org.apache.spark.sql.connector.expressions.SortOrder;
import org.apache.spark.sql.connector.expressions.filter.Predicate;
import org.apache.spark.sql.connector.write.BatchWrite;
import org.apache.spark.sql.connector.write.LogicalWriteInfo;
import org.apache.spark.sql.connector.write.RequiresDistributionAndOrdering;
import org.apache.spark.sql.connector.write.SupportsDynamicOverwrite;
import org.apache.spark.sql.connector.write.SupportsOverwriteV2;
import org.apache.spark.sql.connector.write.Write;
import org.apache.spark.sql.connector.write.WriteBuilder;
import org.apache.spark.sql.connector.write.streaming.StreamingWrite;
import org.apache.spark.sql.internal.connector.SupportsStreamingUpdateAsAppend;
import org.jspecify.annotations.Nullable;

/**
 * Starts an append, which replaces the rows whose ids are there already, or an overwrite, which
 * replaces the rows of a condition besides. A collection has no partitions: a dynamic overwrite
 * replaces all of it. A streaming query in update mode appends: what it updates are rows of ids.
 */
public final class ProximaWriteBuilder
    implements SupportsOverwriteV2, SupportsDynamicOverwrite, SupportsStreamingUpdateAsAppend {
  private final CollectionTable table;
  private final SparkColumns columns;
  private final LogicalWriteInfo info;
  private final Clock clock;
  private final WriteOptions options;
  private @Nullable Filter overwritten;

  public ProximaWriteBuilder(
      CollectionTable table, SparkColumns columns, LogicalWriteInfo info, Clock clock) {
    this.table = table;
    this.columns = columns;
    this.info = info;
    this.clock = clock;
    this.options = WriteOptions.of(info.options());
  }

  @Override
  public boolean canOverwrite(Predicate[] predicates) {
    return new PredicateConverter(columns).convertAll(predicates).isPresent();
  }

  @Override
  public WriteBuilder overwrite(Predicate[] predicates) {
    overwritten =
        new PredicateConverter(columns)
            .convertAll(predicates)
            .orElseThrow(
                () ->
                    new InvalidArgumentException(
                        "Cannot overwrite in '"
                            + table.name()
                            + "': unsupported condition "
                            + Arrays.toString(predicates)
                            + " (expected comparisons of columns with literals)"));
    return this;
  }

  @Override
  public WriteBuilder truncate() {
    overwritten = Filter.alwaysTrue();
    return this;
  }

  @Override
  public WriteBuilder overwriteDynamicPartitions() {
    return truncate();
  }

  @Override
  public Write build() {
    return new RowsById();
  }

  /** All rows of an id arrive as neighbours in one task: rows are clustered and ordered by id. */
  static Distribution distribution() {
    return Distributions.clustered(new Expression[] {Expressions.column(SystemColumns.ID)});
  }

  /** Rows in the order of ids, which is how a task finds an id that stands twice. */
  private final class RowsById implements RequiresDistributionAndOrdering {
    @Override
    public String description() {
      return "proximadb "
          + table.name()
          + (overwritten == null ? " (upsert by id)" : " (overwrite)");
    }

    @Override
    public Distribution requiredDistribution() {
      return distribution();
    }

    @Override
    public SortOrder[] requiredOrdering() {
      return options.ordering();
    }

    @Override
    public BatchWrite toBatch() {
      return job();
    }

    @Override
    public StreamingWrite toStreaming() {
      return new StreamCommit(table, job(), info.queryId(), clock);
    }

    private JobCommit job() {
      return new JobCommit(table, info, options, overwritten, clock);
    }
  }
}
