package io.proximadb.wal.mirror;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the mirror needs of a store, below one location. Names are relative to it, with {@code /}
 * between folders.
 *
 * <p>An object is there whole or not at all, for every reader, and reading and listing see what was
 * created before. Safe for use by several threads. Methods may try again by themselves, but not for
 * long: who calls them does it too.
 */
public interface ObjectStore extends Closeable {
  /** An object and its bytes. */
  record Entry(String name, long size) {}

  /**
   * Creates an object if there is none of that name: of several at the same time, one succeeds.
   *
   * @throws java.nio.file.FileAlreadyExistsException if there is one; it may be this one, of a
   *     first try whose answer was lost
   * @throws IOException if it is unknown whether it is there, now or later
   */
  void create(String name, ByteBuffer... content) throws IOException;

  /**
   * The first bytes of an object.
   *
   * @param maxBytes how many at most
   * @return null if there is no such object
   */
  byte @Nullable [] read(String name, int maxBytes) throws IOException;

  /** All objects in a folder and the folders below it, in any order; none if there is no folder. */
  List<Entry> list(String folder) throws IOException;

  /** The names of the folders at the location itself. */
  List<String> folders() throws IOException;

  /** Deletes an object; a missing one is fine. */
  void delete(String name) throws IOException;

  /** True if trying again cannot help: no permission, no such bucket. */
  boolean isPermanent(IOException failure);

  /** The full name of an object, for messages. */
  String locationOf(String name);
}
