package io.proximadb.wal;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A segment as recovery finds it: its header, and the files that hold it, all alike. */
final class SegmentSource {
  private final LogHeader header;
  private final List<Path> files = new ArrayList<>();

  /** True while no newer segment is known in any of its folders. */
  private boolean newest = true;

  SegmentSource(LogHeader header, Path file) {
    this.header = header;
    files.add(file);
  }

  LogHeader header() {
    return header;
  }

  List<Path> files() {
    return files;
  }

  /** The file to name in messages. */
  Path file() {
    return files.get(0);
  }

  /** True if another file holds this segment too: salts are random. */
  boolean isCopy(LogHeader other) {
    return header.salt() == other.salt()
        && header.firstSequence() == other.firstSequence()
        && header.owner().equals(other.owner());
  }

  boolean newest() {
    return newest;
  }

  void notNewest() {
    newest = false;
  }
}
