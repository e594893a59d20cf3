package io.proximadb.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.UnavailableException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.testkit.ChildJvm;
import io.proximadb.testkit.FaultyDisk;
import io.proximadb.testkit.LossyDisk;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineHomeTest {
  @TempDir Path temp;

  private EngineHome open() {
    return EngineHome.open(WalFixture.LOCAL, temp.resolve("home"), "localhost:1");
  }

  @Test
  void theIdStaysAndTheIncarnationGrows() {
    UUID id;
    try (EngineHome first = open()) {
      id = first.engineId();
      assertThat(first.incarnation()).isEqualTo(1);
      assertThat(first.walFolder()).isEqualTo(temp.resolve("home").resolve("wal"));
    }
    try (EngineHome second = open()) {
      assertThat(second.engineId()).isEqualTo(id);
      assertThat(second.incarnation()).isEqualTo(2);
    }
    assertThat(EngineHome.open(WalFixture.LOCAL, temp.resolve("other"), "x").engineId())
        .isNotEqualTo(id);
  }

  @Test
  void anIncarnationIsDurableBeforeTheHomeIsOpen() throws Exception {
    Path folder = temp.resolve("home");
    for (int i = 1; i <= 3; i++) {
      LossyDisk disk = new LossyDisk();
      try (EngineHome home = EngineHome.open(disk, folder, "x")) {
        assertThat(home.incarnation()).isEqualTo(i);
        disk.crash();
      }
    }
  }

  @Test
  void aCrashWhileOpeningLeavesTheOldIdentityOrTheNew() throws Exception {
    Path folder = temp.resolve("home");
    UUID id;
    try (EngineHome home = EngineHome.open(WalFixture.LOCAL, folder, "x")) {
      id = home.engineId();
    }
    for (int at = 1; at < 10; at++) {
      LossyDisk lossy = new LossyDisk();
      FaultyDisk disk = new FaultyDisk(lossy, 1).crashAt(at, lossy::crash);
      try (EngineHome home = EngineHome.open(disk, folder, "x")) {
        assertThat(home.engineId()).isEqualTo(id);
      } catch (UnavailableException e) {
        assertThat(e).hasMessageContaining("crashed");
      }
    }
    try (EngineHome home = EngineHome.open(WalFixture.LOCAL, folder, "x")) {
      assertThat(home.engineId()).isEqualTo(id);
    }
  }

  @Test
  void aHomeIsOpenOnceInAProcessAndFreeAfterClose() {
    EngineHome first = open();
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(this::open)
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining(temp.resolve("home").toString())
          .hasMessageContaining("pid=" + ProcessHandle.current().pid())
          .hasMessageContaining("address=localhost:1");
    }
    first.close();
    first.close();
    open().close();
  }

  @Test
  void aHomeIsOpenInOneProcessAndFreeWhenItDies() throws Exception {
    Path folder = temp.resolve("home");
    try (ChildJvm child = ChildJvm.start(Holder.class, folder.toString())) {
      assertThat(child.readLine()).isEqualTo("open");
      // Twice: failing must not free the other's lock.
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(this::open)
            .isInstanceOf(UnavailableException.class)
            .hasMessageContaining(folder.toRealPath().toString())
            .hasMessageContaining("pid=" + child.pid())
            .hasMessageContaining("address=child:9");
      }
      child.kill();
      try (EngineHome home = open()) {
        assertThat(home.incarnation()).isEqualTo(2);
      }
    }
  }

  /** Holds a home until it is killed. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) throws Exception {
      EngineHome.open(WalFixture.LOCAL, Path.of(arguments[0]), "child:9");
      System.out.println("open");
      // Ends when the parent goes, at the latest.
      System.in.transferTo(System.out);
    }
  }

  @Test
  void aDamagedIdentityIsFoundAndTheLockIsFree() throws Exception {
    open().close();
    Path file = temp.resolve("home").resolve(EngineHome.IDENTITY_FILE);
    String before = Files.readString(file);
    String id = before.replaceAll("(?s).*\"engine-id\" : \"([^\"]*)\".*", "$1");
    for (String damaged :
        new String[] {
          before.replace(id, new UUID(1, 2).toString()),
          before.replace(id, "no uuid"),
          before.replace("\"incarnation\" : 1", "\"incarnation\" : 7"),
          before.substring(0, before.length() / 2),
          "[]",
          ""
        }) {
      assertThat(damaged).isNotEqualTo(before);
      Files.write(file, damaged.getBytes(StandardCharsets.UTF_8));
      assertThatThrownBy(this::open)
          .as(damaged)
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContaining(file.toString());
    }
    Files.writeString(file, before.replace("\"format-version\" : 1", "\"format-version\" : 2"));
    assertThatThrownBy(this::open)
        .isInstanceOf(UnsupportedVersionException.class)
        .hasMessageContaining("v2 (supported: v1");
    Files.writeString(file, before);
    try (EngineHome home = open()) {
      assertThat(home.incarnation()).isEqualTo(2);
    }
  }
}
