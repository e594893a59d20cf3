package io.proximadb.testkit;

import io.proximadb.io.Disk;
import java.io.IOException;

/** An output whose sync can fail as it does on Linux. */
interface DroppingOutput extends Disk.Output {
  /**
   * Takes what is not synced for written: readers of this process go on seeing it, no later sync
   * writes it, and a crash loses it.
   */
  void dropUnsynced() throws IOException;
}
