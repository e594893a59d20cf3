package io.proximadb.io;

/** A {@code FileIO} that can rename: files can be staged and put in place once they are whole. */
public interface MovableFiles {
  /**
   * Renames a file atomically, creating the target's folder, and makes both folders durable. An
   * existing target is replaced.
   *
   * @throws org.apache.iceberg.exceptions.NotFoundException if there is nothing at {@code from}
   */
  void move(String from, String to);
}
