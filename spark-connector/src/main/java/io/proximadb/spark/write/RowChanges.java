package io.proximadb.spark.write;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.env.Clock;
import io.proximadb.model.SystemColumns;
import io.proximadb.spark.types.RowPlaces;
import io.proximadb.spark.types.SparkColumns;
import java.util.function.Function;
import org.apache.spark.sql.connector.distributions.Distribution;
import org.apache.spark.sql.connector.distributions.Distributions;
import org.apache.spark.sql.connector.expressions.Expressions;
import org.apache.spark.sql.connector.expressions.NamedReference;
import org.apache.spark.sql.connector.expressions.SortOrder;
import org.apache.spark.sql.connector.read.ScanBuilder;
import org.apache.spark.sql.connector.write.DeltaBatchWrite;
import org.apache.spark.sql.connector.write.DeltaWrite;
import org.apache.spark.sql.connector.write.DeltaWriteBuilder;
import org.apache.spark.sql.connector.write.LogicalWriteInfo;
import org.apache.spark.sql.connector.write.RequiresDistributionAndOrdering;
import org.apache.spark.sql.connector.write.SupportsDelta;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * A {@code DELETE}, {@code UPDATE} or {@code MERGE} that Spark finds the rows for: old rows are
 * deleted by where they lie, new ones are added, in one commit.
 */
public final class RowChanges implements SupportsDelta {
  private final CollectionTable table;
  private final SparkColumns columns;
  private final Command command;
  private final Function<CaseInsensitiveStringMap, ScanBuilder> scans;
  private final Clock clock;

  /**
   * A statement.
   *
   * @param scans starts a read of the table's snapshot
   */
  public RowChanges(
      CollectionTable table,
      SparkColumns columns,
      Command command,
      Function<CaseInsensitiveStringMap, ScanBuilder> scans,
      Clock clock) {
    this.table = table;
    this.columns = columns;
    this.command = command;
    this.scans = scans;
    this.clock = clock;
  }

  @Override
  public String description() {
    return "proximadb " + table.name() + " (" + command + " by deletion vectors)";
  }

  @Override
  public Command command() {
    return command;
  }

  @Override
  public ScanBuilder newScanBuilder(CaseInsensitiveStringMap options) {
    return scans.apply(options);
  }

  @Override
  public NamedReference[] rowId() {
    return new NamedReference[] {
      Expressions.column(RowPlaces.FILE), Expressions.column(RowPlaces.POSITION)
    };
  }

  /** The expiry of a row stays when the row is updated, though the table may not show it. */
  @Override
  public NamedReference[] requiredMetadataAttributes() {
    return columns.hidden().contains(SystemColumns.EXPIRES_AT)
        ? new NamedReference[] {Expressions.column(SystemColumns.EXPIRES_AT)}
        : new NamedReference[0];
  }

  @Override
  public DeltaWriteBuilder newWriteBuilder(LogicalWriteInfo info) {
    table.checkWritable("write to");
    return new DeltaWriteBuilder() {
      @Override
      public DeltaWrite build() {
        return command == Command.DELETE ? new Deletes(info) : new ChangesById(info);
      }
    };
  }

  private class Deletes implements DeltaWrite {
    private final LogicalWriteInfo info;

    Deletes(LogicalWriteInfo info) {
      this.info = info;
    }

    @Override
    public String description() {
      return RowChanges.this.description();
    }

    @Override
    public DeltaBatchWrite toBatch() {
      return new DeltaCommit(table, info, command, clock);
    }
  }

  /** New rows of an id are neighbours in one task, which finds an id that stands twice. */
  private final class ChangesById extends Deletes implements RequiresDistributionAndOrdering {
    ChangesById(LogicalWriteInfo info) {
      super(info);
    }

    @Override
    public Distribution requiredDistribution() {
      return command == Command.DELETE
          ? Distributions.unspecified()
          : ProximaWriteBuilder.distribution();
    }

    @Override
    public SortOrder[] requiredOrdering() {
      return new WriteOptions(OnExistingId.REPLACE, null).ordering();
    }
  }
}
