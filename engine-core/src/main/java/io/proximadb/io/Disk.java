package io.proximadb.io;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.util.List;

/**
 * The local disk as the log and the file layer use it: the one place where bytes are written,
 * synced and renamed, so that tests can put a faulty disk underneath.
 *
 * <p>Nothing is durable until it is synced: bytes by {@link Output#sync()}, a creation, a move or a
 * deletion by {@link #syncDirectory(Path)} of the folder (both folders for a move across two).
 * Implementations are safe for use by several threads; an {@link Output} is for one.
 */
public interface Disk {
  /**
   * Creates a file that must not exist yet, and opens it for writing from its start.
   *
   * @throws java.nio.file.FileAlreadyExistsException if it exists
   */
  Output create(Path file) throws IOException;

  /** Opens an existing file for writing at its end, zeros that were reserved included. */
  Output append(Path file) throws IOException;

  /** Opens a file for reading. */
  SeekableByteChannel read(Path file) throws IOException;

  /** Renames atomically, replacing the target. */
  void move(Path from, Path to) throws IOException;

  /** Deletes a file; true if it existed. */
  boolean delete(Path file) throws IOException;

  /** Makes the names in a folder durable. */
  void syncDirectory(Path directory) throws IOException;

  /** Creates a folder and its parents durably; an existing one is fine. */
  void createDirectories(Path directory) throws IOException;

  boolean exists(Path file);

  /** Size in bytes. */
  long size(Path file) throws IOException;

  /** Names in a folder, sorted; empty if there is no such folder. */
  List<Path> list(Path directory) throws IOException;

  /** A file being written. */
  interface Output extends Closeable {
    /** Writes all remaining bytes. */
    void write(ByteBuffer bytes) throws IOException;

    /** Where the next byte goes: behind those written so far. */
    long position() throws IOException;

    /**
     * Makes the file long enough for more bytes behind {@link #position()}, with zeros, so that a
     * sync of writes there has no new size to write down. They stay if nothing is written over
     * them.
     */
    void reserve(long bytes) throws IOException;

    /** Cuts the file to a size and goes on there. */
    void truncate(long size) throws IOException;

    /** Makes the bytes written so far durable; may run beside a write by another thread. */
    void sync() throws IOException;
  }
}
