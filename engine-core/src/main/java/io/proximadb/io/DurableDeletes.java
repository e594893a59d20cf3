package io.proximadb.io;

import java.util.Collection;

/** A {@code FileIO} that can delete files so that a power cut does not bring them back. */
public interface DurableDeletes {
  /**
   * Deletes files, those that are not there aside, and makes that durable.
   *
   * @throws org.apache.iceberg.exceptions.RuntimeIOException if a deletion fails; others may have
   *     been made
   */
  void deleteDurably(Collection<String> locations);
}
