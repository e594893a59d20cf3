package io.proximadb.io;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The file system of this machine, through NIO. Stateless. */
public final class LocalDisk implements Disk {
  /** Windows cannot open a folder, and journals names by itself. */
  private static final boolean CAN_SYNC_DIRECTORIES =
      !System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows");

  @Override
  public Output create(Path file) throws IOException {
    Files.createFile(file);
    return new FileOutput(file, 0);
  }

  @Override
  public Output append(Path file) throws IOException {
    return new FileOutput(file, Files.size(file));
  }

  /** A {@link FileChannel}, so that the file can be mapped. */
  @Override
  public SeekableByteChannel read(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.READ);
  }

  @Override
  public void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public boolean delete(Path file) throws IOException {
    return Files.deleteIfExists(file);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    if (!CAN_SYNC_DIRECTORIES) {
      return;
    }
    // An interrupt of the caller closes the channel; the folder must be synced all the same.
    boolean interrupted = Thread.interrupted();
    try {
      while (!force(directory)) {
        interrupted |= Thread.interrupted();
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Syncs a folder; false if an interrupt came between. */
  private static boolean force(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
      return true;
    } catch (ClosedByInterruptException e) {
      return false;
    }
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      return;
    }
    Path parent = directory.toAbsolutePath().getParent();
    if (parent != null) {
      createDirectories(parent);
    }
    try {
      Files.createDirectory(directory);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(directory)) {
        throw e;
      }
    }
    // Also when another thread was faster: it may not have synced yet.
    if (parent != null) {
      syncDirectory(parent);
    }
  }

  @Override
  public boolean exists(Path file) {
    return Files.exists(file);
  }

  @Override
  public long size(Path file) throws IOException {
    return Files.size(file);
  }

  @Override
  public List<Path> list(Path directory) throws IOException {
    try (Stream<Path> names = Files.list(directory)) {
      return names.sorted().toList();
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    }
  }

  /**
   * Not a channel: an interrupt closes a channel under the thread that uses it, and callers of the
   * log, who write and sync for each other, are interrupted at will.
   */
  private static final class FileOutput implements Output {
    /** What one call of the system gets: the JDK copies it out of the heap first. */
    private static final int CHUNK_BYTES = 1 << 20;

    private static final byte[] ZEROS = new byte[64 << 10];

    private final RandomAccessFile file;
    private long position;

    FileOutput(Path path, long position) throws IOException {
      try {
        this.file = new RandomAccessFile(path.toFile(), "rw");
      } catch (FileNotFoundException e) {
        // It says so too when there are no descriptors or no rights left.
        throw new IOException("Cannot open " + path + " for writing: " + e.getMessage(), e);
      }
      this.position = position;
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
      file.seek(position);
      while (bytes.hasRemaining()) {
        int count = Math.min(bytes.remaining(), CHUNK_BYTES);
        if (bytes.hasArray()) {
          file.write(bytes.array(), bytes.arrayOffset() + bytes.position(), count);
          bytes.position(bytes.position() + count);
        } else {
          byte[] chunk = new byte[count];
          bytes.get(chunk);
          file.write(chunk);
        }
        position += count;
      }
    }

    @Override
    public long position() {
      return position;
    }

    @Override
    public void reserve(long bytes) throws IOException {
      long end = position + bytes;
      long size = file.length();
      file.seek(size);
      for (; size < end; size += Math.min(ZEROS.length, end - size)) {
        file.write(ZEROS, 0, (int) Math.min(ZEROS.length, end - size));
      }
    }

    @Override
    public void truncate(long size) throws IOException {
      file.setLength(size);
      position = size;
    }

    @Override
    public void sync() throws IOException {
      file.getFD().sync();
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
