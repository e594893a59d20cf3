package io.proximadb.catalog;

import java.util.List;

/** Looks at what a commit is about to be planned on. */
@FunctionalInterface
public interface CommitCheck {
  /**
   * Lets the commit go on, or not. Called again when another writer was faster.
   *
   * @param liveFiles of the parent
   * @throws io.proximadb.error.ConflictException if the commit must not pass
   */
  void check(List<LiveFile> liveFiles);
}
