package io.proximadb.testkit;

import io.proximadb.io.Disk;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A disk that says it synced and did not: over a {@link LossyDisk}, what a check of durability must
 * find out.
 */
public class LyingDisk extends ForwardingDisk {
  /** What the disk does not do. */
  public enum Lie {
    SYNC_OF_FILES,
    SYNC_OF_FOLDERS
  }

  private final Lie lie;

  public LyingDisk(Disk disk, Lie lie) {
    super(disk);
    this.lie = lie;
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    if (lie != Lie.SYNC_OF_FOLDERS) {
      super.syncDirectory(directory);
    }
  }

  @Override
  protected Output wrap(Path file, Output output) {
    return new ForwardingOutput(output) {
      @Override
      public void sync() throws IOException {
        if (lie != Lie.SYNC_OF_FILES) {
          super.sync();
        }
      }
    };
  }
}
