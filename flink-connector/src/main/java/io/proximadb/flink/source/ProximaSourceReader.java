package io.proximadb.flink.source;

import java.util.Map;
import org.apache.flink.api.connector.source.SourceOutput;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.connector.base.source.reader.SingleThreadMultiplexSourceReaderBase;
import org.apache.flink.table.data.RowData;

/** Gives the rows of a task's splits, and remembers how far each has come. */
@SuppressWarnings("try") // Flink's close() may be interrupted
final class ProximaSourceReader
    extends SingleThreadMultiplexSourceReaderBase<
        ReadChange, RowData, ProximaSplit, ProximaSourceReader.Progress> {

  /** A split on its way. */
  static final class Progress {
    private final ProximaSplit split;
    private ProximaSplit.Place reached;

    Progress(ProximaSplit split) {
      this.split = split;
      this.reached = split.place();
    }
  }

  private final ReadPlan plan;

  ProximaSourceReader(ReadPlan plan, SourceReaderContext context) {
    super(
        () -> new TableSplitReader(plan),
        ProximaSourceReader::emit,
        context.getConfiguration(),
        context);
    this.plan = plan;
  }

  /** Both halves of an update at once, so that no checkpoint comes in between. */
  private static void emit(ReadChange change, SourceOutput<RowData> output, Progress progress) {
    RowData before = change.before();
    RowData row = change.row();
    if (before != null) {
      output.collect(before);
    }
    if (row != null) {
      output.collect(row);
    }
    progress.reached = change.after();
  }

  @Override
  public void start() {
    if (!plan.changes() && getNumberOfCurrentlyAssignedSplits() == 0) {
      context.sendSplitRequest();
    }
  }

  @Override
  protected void onSplitFinished(Map<String, Progress> finished) {
    context.sendSplitRequest();
  }

  @Override
  protected Progress initializedState(ProximaSplit split) {
    return new Progress(split);
  }

  @Override
  protected ProximaSplit toSplitType(String splitId, Progress progress) {
    return progress.split.at(progress.reached);
  }
}
