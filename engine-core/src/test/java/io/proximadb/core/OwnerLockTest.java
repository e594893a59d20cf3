package io.proximadb.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.proximadb.error.NotOwnerException;
import io.proximadb.model.CollectionName;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OwnerLockTest {
  private static final CollectionName NAME = CollectionName.parse("db.docs");

  /** Linux lists the locks that are held, with the inodes of their files. */
  private static final Path LOCKS = Path.of("/proc/locks");

  @TempDir private Path folder;

  @Test
  void oneEngineOfAProcessAtATime() {
    Path own = folder.resolve("own");
    try (OwnerLock lock = OwnerLock.acquire(NAME, own, "first", "host:1")) {
      assertThatThrownBy(() -> OwnerLock.acquire(NAME, own, "second", ""))
          .isInstanceOf(NotOwnerException.class)
          .hasMessage(
              "Cannot write to 'db.docs': another engine owns it (engine=first, pid="
                  + ProcessHandle.current().pid()
                  + ", address=host:1)");
      lock.close();
      OwnerLock.acquire(NAME, own, "second", "").close();
    }
  }

  /** Closing any channel of a file gives the locks of the process away. */
  @Test
  void anEngineThatIsRefusedDoesNotFreeTheLockOfTheOther() throws Exception {
    assumeTrue(Files.isReadable(LOCKS), "only Linux tells which locks are held");
    try (OwnerLock lock = OwnerLock.acquire(NAME, folder, "first", "")) {
      assertThat(isLocked()).isTrue();
      assertThatThrownBy(() -> OwnerLock.acquire(NAME, folder, "second", ""))
          .isInstanceOf(NotOwnerException.class);
      assertThat(isLocked()).isTrue();
      lock.close();
      assertThat(isLocked()).isFalse();
    }
  }

  private boolean isLocked() throws Exception {
    String inode = ":" + Files.getAttribute(folder.resolve("owner.lock"), "unix:ino") + " ";
    return Files.readAllLines(LOCKS).stream().anyMatch(line -> line.contains(inode));
  }
}
