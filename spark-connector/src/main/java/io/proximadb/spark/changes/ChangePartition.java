package io.proximadb.spark.changes;

import io.proximadb.query.ChangeTask;
import java.util.List;
import org.apache.spark.sql.connector.read.InputPartition;
import org.jspecify.annotations.Nullable;

/** The changed rows of one file. */
final class ChangePartition implements InputPartition {
  private static final long serialVersionUID = 1;

  private final ChangeTask task;
  private final List<String> columns;

  /** On the driver alone: keeps the snapshots while somebody has the partition. */
  @SuppressWarnings({"unused", "UnusedVariable"})
  private final transient @Nullable Object pin;

  ChangePartition(ChangeTask task, List<String> columns, Object pin) {
    this.task = task;
    this.columns = List.copyOf(columns);
    this.pin = pin;
  }

  ChangeTask task() {
    return task;
  }

  /** The columns wanted, in this order. */
  List<String> columns() {
    return columns;
  }
}
