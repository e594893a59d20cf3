package io.proximadb.crashtest;

import io.proximadb.testkit.ForwardingDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;

/** The disk of a {@link CrashChild}: tells it of each operation before it is done. */
public final class CountingDisk extends ForwardingDisk {
  /** Made by the engine, by its name. */
  public CountingDisk() {
    super(CrashChild.VARIANT.newDisk());
  }

  @Override
  public Output create(Path file) throws IOException {
    CrashChild.diskOperation();
    return super.create(file);
  }

  @Override
  public SeekableByteChannel read(Path file) throws IOException {
    CrashChild.diskOperation();
    return super.read(file);
  }

  @Override
  public void move(Path from, Path to) throws IOException {
    CrashChild.diskOperation();
    super.move(from, to);
  }

  @Override
  public boolean delete(Path file) throws IOException {
    CrashChild.diskOperation();
    return super.delete(file);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    CrashChild.diskOperation();
    super.syncDirectory(directory);
  }

  @Override
  protected Output wrap(Path file, Output output) {
    return new ForwardingOutput(output) {
      @Override
      public void write(ByteBuffer bytes) throws IOException {
        CrashChild.diskOperation();
        super.write(bytes);
      }

      @Override
      public void reserve(long bytes) throws IOException {
        CrashChild.diskOperation();
        super.reserve(bytes);
      }

      @Override
      public void truncate(long size) throws IOException {
        CrashChild.diskOperation();
        super.truncate(size);
      }

      @Override
      public void sync() throws IOException {
        CrashChild.diskOperation();
        super.sync();
      }
    };
  }
}
