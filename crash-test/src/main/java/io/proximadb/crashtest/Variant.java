package io.proximadb.crashtest;

import io.proximadb.io.Disk;
import io.proximadb.io.LocalDisk;
import io.proximadb.testkit.LossyDisk;
import io.proximadb.testkit.LyingDisk;
import java.util.Locale;

/** What the disk under a killed process does with bytes and names that were not synced. */
public enum Variant {
  /** It keeps them, as the system does when only the process dies. */
  PLAIN,
  /** It loses them, as in a power failure. */
  LOSSY,
  /** It loses them, and only says that it synced files: what the crash test must find out. */
  LYING_ABOUT_FILES,
  /** It loses them, and only says that it synced folders: what the crash test must find out. */
  LYING_ABOUT_FOLDERS;

  Disk newDisk() {
    return switch (this) {
      case PLAIN -> new LocalDisk();
      case LOSSY -> new LossyDisk();
      case LYING_ABOUT_FILES -> new LyingDisk(new LossyDisk(), LyingDisk.Lie.SYNC_OF_FILES);
      case LYING_ABOUT_FOLDERS -> new LyingDisk(new LossyDisk(), LyingDisk.Lie.SYNC_OF_FOLDERS);
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The variant of a name.
   *
   * @throws IllegalArgumentException if there is none
   */
  static Variant parse(String text) {
    for (Variant variant : values()) {
      if (variant.toString().equals(text)) {
        return variant;
      }
    }
    throw new IllegalArgumentException("Invalid variant: '" + text + "' (expected plain or lossy)");
  }
}
