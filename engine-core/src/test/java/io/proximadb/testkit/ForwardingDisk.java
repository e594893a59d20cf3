package io.proximadb.testkit;

import io.proximadb.io.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.util.List;

/** Hands everything on to another disk; for subclasses that change a little. */
public class ForwardingDisk implements Disk {
  private final Disk target;

  public ForwardingDisk(Disk target) {
    this.target = target;
  }

  /** Wraps the outputs of created and appended files; itself unless overridden. */
  protected Output wrap(Path file, Output output) {
    return output;
  }

  @Override
  public Output create(Path file) throws IOException {
    return wrap(file, target.create(file));
  }

  @Override
  public Output append(Path file) throws IOException {
    return wrap(file, target.append(file));
  }

  @Override
  public SeekableByteChannel read(Path file) throws IOException {
    return target.read(file);
  }

  @Override
  public void move(Path from, Path to) throws IOException {
    target.move(from, to);
  }

  @Override
  public boolean delete(Path file) throws IOException {
    return target.delete(file);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    target.syncDirectory(directory);
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    target.createDirectories(directory);
  }

  @Override
  public boolean exists(Path file) {
    return target.exists(file);
  }

  @Override
  public long size(Path file) throws IOException {
    return target.size(file);
  }

  @Override
  public List<Path> list(Path directory) throws IOException {
    return target.list(directory);
  }

  /** Hands everything on to another output. */
  public static class ForwardingOutput implements Output {
    private final Output target;

    public ForwardingOutput(Output target) {
      this.target = target;
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
      target.write(bytes);
    }

    @Override
    public long position() throws IOException {
      return target.position();
    }

    @Override
    public void reserve(long bytes) throws IOException {
      target.reserve(bytes);
    }

    @Override
    public void truncate(long size) throws IOException {
      target.truncate(size);
    }

    @Override
    public void sync() throws IOException {
      target.sync();
    }

    @Override
    public void close() throws IOException {
      target.close();
    }
  }
}
