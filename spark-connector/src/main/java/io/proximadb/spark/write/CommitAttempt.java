package io.proximadb.spark.write;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.RowLevelCommit;
import io.proximadb.error.CommitStateUnknownException;
import org.apache.spark.sql.connector.write.WriterCommitMessage;

/** What became of a job's commit, which decides whether its files may be deleted. */
final class CommitAttempt {
  private boolean mayHavePassed;

  /**
   * Makes the commit.
   *
   * @throws CommitStateUnknownException if it may have passed; the files are then kept
   */
  void make(RowLevelCommit commit) {
    mayHavePassed = true;
    try {
      commit.commit();
    } catch (CommitStateUnknownException e) {
      throw e;
    } catch (RuntimeException e) {
      mayHavePassed = false;
      throw e;
    }
  }

  /** Deletes what the tasks staged, unless the table may need it. */
  void discard(CollectionTable table, WriterCommitMessage[] messages) {
    if (!mayHavePassed) {
      StagedRows.discard(table, messages);
    }
  }
}
