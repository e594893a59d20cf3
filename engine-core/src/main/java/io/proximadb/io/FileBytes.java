package io.proximadb.io;

import io.proximadb.error.ClosedException;
import io.proximadb.error.NotFoundException;
import io.proximadb.error.UnavailableException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.apache.iceberg.io.FileIO;

/**
 * Random access to the bytes of an immutable file: mapped where it is local, read by ranges where
 * it is not. Safe for use by several threads.
 *
 * <p>Reference counted: a fresh one has one reference, {@link #close()} gives it back. Buffers
 * handed out are valid only while their user holds a reference: touching mapped memory after the
 * last one is gone crashes the JVM.
 */
public abstract class FileBytes implements Closeable {
  private final References references = new References();
  private final String location;
  private final long size;

  FileBytes(String location, long size) {
    this.location = location;
    this.size = size;
  }

  /**
   * Opens a file; {@code length} is its size where it is known, or negative.
   *
   * @throws NotFoundException if there is no such file
   * @throws UnavailableException if it cannot be read
   */
  public static FileBytes open(FileIO io, String location, long length) {
    boolean local = io instanceof LocalFileIO || LocalPaths.isFileUri(location);
    if (!local) {
      return RangedFile.ranged(io, location, length);
    }
    Disk disk = io instanceof LocalFileIO localIo ? localIo.disk() : Disks.standard();
    Path path = LocalPaths.of(location);
    try {
      if (disk.size(path) > MappedFile.MAX_BYTES) {
        return RangedFile.ranged(io, location, length);
      }
      return MappedFile.open(disk, path, location);
    } catch (NoSuchFileException e) {
      throw new NotFoundException("Cannot open file " + location + ": it does not exist", e);
    } catch (IOException e) {
      throw new UnavailableException("Cannot open file " + location + ": " + e.getMessage(), e);
    }
  }

  /** For messages. */
  public final String location() {
    return location;
  }

  /** Size in bytes. */
  public final long size() {
    return size;
  }

  /** True if {@link #read} hands out mapped memory and costs next to nothing. */
  public abstract boolean isMapped();

  /**
   * The bytes of a range, little-endian, position 0 at the first. Do not write.
   *
   * @throws IndexOutOfBoundsException if the range is not in the file
   * @throws UnavailableException if a remote file cannot be read
   */
  public final ByteBuffer read(long offset, int length) {
    if (offset < 0 || length < 0 || offset > size - length) {
      throw new IndexOutOfBoundsException(
          "Range of " + length + " bytes at " + offset + " of " + location + ", which has " + size);
    }
    return readChecked(offset, length);
  }

  /**
   * Says what will be read, so that it can be fetched with few requests, several at a time, ahead
   * of the reading. Costs nothing where the file is mapped. Failures show when the bytes are read.
   *
   * @param ranges in any order; they are fetched by ascending offset
   */
  public void prefetch(List<ByteRange> ranges) {}

  /** True if a range was fetched ahead or is on its way: reading more than it would not be. */
  public boolean isPrefetched(long offset, int length) {
    return false;
  }

  abstract ByteBuffer readChecked(long offset, int length);

  /** Frees what is held; called once, after the last reference is gone. */
  abstract void free();

  /** Takes a reference; false if the last one is gone already. */
  public final boolean tryAcquire() {
    return references.tryAcquire();
  }

  /**
   * A cheap guard against use after closing; who may race with closing takes a reference.
   *
   * @throws ClosedException if the last reference is gone
   */
  public final void checkOpen() {
    if (!references.isHeld()) {
      throw new ClosedException("Cannot read file " + location + ": it is closed");
    }
  }

  /** Gives a reference back. */
  public final void release() {
    if (references.release()) {
      free();
    }
  }

  /** Gives back the reference that {@code open} gave; once. */
  @Override
  public final void close() {
    if (references.closeOnce()) {
      release();
    }
  }
}
