package io.proximadb.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.UnavailableException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.testkit.ChildJvm;
import io.proximadb.testkit.FaultyDisk;
import io.proximadb.testkit.Folders;
import io.proximadb.testkit.LossyDisk;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
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
          before.replace("\"1-", "\"0-"),
          before.replace("\"1-", "\"1-1"),
          before.replaceFirst("(?s)\\[.*\\]", "[ ]"),
          before.replace("\"format-version\" : 2", "\"format-version\" : 1"),
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
    Files.writeString(file, before.replace("\"format-version\" : 2", "\"format-version\" : 3"));
    assertThatThrownBy(this::open)
        .isInstanceOf(UnsupportedVersionException.class)
        .hasMessageContaining("v3 (supported: v2");
    Files.writeString(file, before);
    try (EngineHome home = open()) {
      assertThat(home.incarnation()).isEqualTo(2);
    }
  }

  @Test
  void anIdentityOfTheReleaseBeforeIsReadAndBecomesThisOnes() throws Exception {
    Path folder = Files.createDirectory(temp.resolve("home"));
    Path file = folder.resolve(EngineHome.IDENTITY_FILE);
    try (InputStream kept = getClass().getResourceAsStream("home-v1/engine.json")) {
      Files.copy(kept, file);
    }
    String session;
    try (EngineHome home = open()) {
      assertThat(home.engineId()).hasToString("5d0c7a52-8f0e-4f43-9c55-0d1f7f0b9a11");
      assertThat(home.incarnation()).isEqualTo(8);
      session = home.sessions().current();
      assertThat(session).matches("8-[0-9a-f]{16}");
    }
    assertThat(file).content().contains("\"format-version\" : 2").contains(session);
    try (EngineHome home = open()) {
      assertThat(home.incarnation()).isEqualTo(9);
      assertThat(home.sessions().mayHaveHad(8, session.substring(2))).isTrue();
      assertThat(home.sessions().mayHaveHad(8, "0123456789abcdef")).isFalse();
      assertThat(home.sessions().mayHaveHad(7, "0123456789abcdef")).isTrue();
      assertThat(home.sessions().mayHaveHad(10, "0123456789abcdef")).isFalse();
    }
  }

  @Test
  void copiesOfAHomePartWithTheirNextSessions() {
    String before;
    try (EngineHome home = open()) {
      before = home.sessions().current();
    }
    Folders.copy(temp.resolve("home"), temp.resolve("copy"));
    try (EngineHome home = open();
        EngineHome copy = EngineHome.open(WalFixture.LOCAL, temp.resolve("copy"), "x")) {
      assertThat(copy.engineId()).isEqualTo(home.engineId());
      assertThat(copy.incarnation()).isEqualTo(home.incarnation());
      for (EngineHome one : new EngineHome[] {home, copy}) {
        assertThat(one.sessions().mayHaveHad(1, token(before))).isTrue();
        assertThat(one.sessions().mayHaveHad(2, token(home.sessions().current())))
            .isEqualTo(one == home);
      }
    }
  }

  private static String token(String session) {
    return session.substring(session.indexOf('-') + 1);
  }

  @Test
  void theOldestSessionsMakeRoom() throws Exception {
    EngineSessions sessions = EngineSessions.none();
    String first = "";
    for (int i = 1; i <= EngineSessions.MAX_SESSIONS; i++) {
      sessions = sessions.begin(i);
      first = i == 1 ? token(sessions.current()) : first;
    }
    assertThat(sessions.mayHaveHad(1, first)).isTrue();
    assertThat(sessions.mayHaveHad(1, "0123456789abcdef")).isFalse();
    Path folder = Files.createDirectory(temp.resolve("home"));
    new EngineIdentity(new UUID(1, 2), EngineSessions.MAX_SESSIONS, sessions)
        .write(WalFixture.LOCAL, folder);
    try (EngineHome home = open()) {
      assertThat(home.sessions().texts()).hasSize(EngineSessions.MAX_SESSIONS);
      // Too old to know: given the benefit of the doubt.
      assertThat(home.sessions().mayHaveHad(1, "0123456789abcdef")).isTrue();
      assertThat(home.sessions().mayHaveHad(2, "0123456789abcdef")).isFalse();
    }
    assertThat(Files.size(folder.resolve(EngineHome.IDENTITY_FILE))).isLessThan(400_000);
  }

  @Test
  void aLostHomeGoesOnAsTheEngineWhoseLogSurvives() {
    UUID id = UUID.randomUUID();
    AtomicInteger asked = new AtomicInteger();
    Supplier<Optional<LogIdentity>> surviving =
        () -> {
          asked.incrementAndGet();
          return Optional.of(new LogIdentity(id, 41));
        };
    for (int i = 0; i < 2; i++) {
      try (EngineHome home =
          EngineHome.open(WalFixture.LOCAL, temp.resolve("home"), "x", surviving)) {
        assertThat(home.engineId()).isEqualTo(id);
        assertThat(home.incarnation()).isEqualTo(42 + i);
        assertThat(home.sessions().mayHaveHad(41, "0123456789abcdef")).isTrue();
        assertThat(home.sessions().mayHaveHad(42, "0123456789abcdef")).isFalse();
      }
    }
    assertThat(asked).hasValue(1);
    assertThatThrownBy(() -> new LogIdentity(id, -1)).isInstanceOf(InvalidArgumentException.class);
  }
}
