package io.proximadb.server.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.ErrorKind;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.error.UnavailableException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.model.CollectionName;
import io.proximadb.testkit.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApiKeysTest {
  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void inAFolderThatIsNotThereYet() {
    file = folder.resolve("server/keys.json");
  }

  @Test
  void theFirstOpeningMakesAnAdminKeyAndLaterOnesDoNot() {
    String key = ApiKeys.open(file).newAdminKey().orElseThrow();
    ApiKeys.Opened again = ApiKeys.open(file);

    assertThat(key).startsWith(ApiKeys.KEY_PREFIX).hasSize(4 + 43);
    assertThat(again.newAdminKey()).isEmpty();
    assertThat(again.keys().authenticate("Bearer " + key))
        .isEqualTo(new Caller(ApiKeys.ADMIN, List.of(Grant.everything(Role.ADMIN))));
  }

  @Test
  void everyKeyIsAnother() {
    assertThat(ApiKeys.open(file).newAdminKey())
        .isNotEqualTo(ApiKeys.open(folder.resolve("other.json")).newAdminKey());
  }

  @Test
  void otherTextOpensNothing() {
    ApiKeys.Opened opened = ApiKeys.open(file);
    String key = opened.newAdminKey().orElseThrow();
    char last = key.charAt(key.length() - 1);
    String other = key.substring(0, key.length() - 1) + (last == 'A' ? 'B' : 'A');

    for (String wrong : new String[] {"", other, key + "A", key.substring(4), "admin"}) {
      assertThatThrownBy(() -> opened.keys().authenticate("Bearer " + wrong))
          .as(wrong)
          .isInstanceOf(AccessException.class)
          .hasMessageContaining("unknown API key");
    }
  }

  @Test
  void theFileHoldsNoKeyAndIsItsOwnersAlone() throws IOException {
    ApiKeys.Opened opened = ApiKeys.open(file);
    String key = opened.newAdminKey().orElseThrow();

    assertThat(Files.readString(file)).contains("sha256").doesNotContain(key.substring(4));
    assertThat(Files.getPosixFilePermissions(file))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(file.getParent()).isDirectoryContaining(path -> path.equals(file));
    try (var files = Files.list(file.getParent())) {
      assertThat(files).containsExactly(file);
    }
    assertThat(opened.toString()).doesNotContain(key.substring(4));
  }

  @Test
  void damagedFilesAreRefusedAndLeftAlone() throws IOException {
    ApiKeys.open(file);
    for (String text :
        new String[] {
          "",
          "{",
          "[]",
          "{\"version\":1,\"keys\":[]}",
          "{\"version\":1,\"keys\":[{\"sha256\":\"xy\"}]}"
        }) {
      Files.writeString(file, text);
      assertThatThrownBy(() -> ApiKeys.open(file))
          .as(text)
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContaining("Invalid key file '" + file + "'");
      assertThat(file).hasContent(text);
    }
  }

  @Test
  void damageIsToldWithoutWhatTheFileHolds() throws IOException {
    ApiKeys.open(file);
    Files.writeString(file, "{\"keys\": pxk_secret}");

    assertThatThrownBy(() -> ApiKeys.open(file))
        .hasMessageNotContaining("secret")
        .hasMessageContaining("not JSON");
  }

  @Test
  void newerFilesAreRefused() throws IOException {
    ApiKeys.open(file);
    Files.writeString(file, "{\"version\":3,\"keys\":[]}");

    assertThatThrownBy(() -> ApiKeys.open(file))
        .isInstanceOf(UnsupportedVersionException.class)
        .hasMessageEndingWith("v3 (supported: v2)");
  }

  @Test
  void aPlaceThatCannotBeWrittenIsTold() throws IOException {
    Files.writeString(folder.resolve("server"), "a file where the folder should be");

    assertThatThrownBy(() -> ApiKeys.open(file))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("Cannot open key file");
  }

  @Test
  void filesOfVersionOneAreOfAdministrators() throws IOException {
    String key = ApiKeys.open(file).newAdminKey().orElseThrow();
    Files.writeString(
        file,
        Files.readString(file)
            .replaceAll("(?s),\\s*\"grants\".*?\\]", "")
            .replace("\"version\" : 2", "\"version\" : 1"));

    assertThat(Files.readString(file)).contains("\"version\" : 1").doesNotContain("grants");
    assertThat(ApiKeys.open(file).keys().authenticate("bearer " + key).grants())
        .containsExactly(Grant.everything(Role.ADMIN));
  }

  @Test
  void keysEndWhenTheyExpire() {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-23T12:00:00Z"));
    ApiKeys keys = ApiKeys.open(file, now::get).keys();
    List<Grant> grants = List.of(Grant.namespace("tenant", Role.READ));
    ApiKeys.Created created = keys.create("reader", grants, now.get().plusSeconds(60));

    assertThat(keys.authenticate("Bearer " + created.key()))
        .isEqualTo(new Caller("reader", grants));
    now.set(now.get().plusSeconds(60));

    assertThatThrownBy(() -> keys.authenticate("Bearer " + created.key()))
        .isInstanceOf(AccessException.class)
        .hasMessageContaining("expired API key");
    assertThat(keys.list()).extracting(KeyDescription::name).containsExactly("admin");
    assertThat(created.toString()).doesNotContain(created.key());
    assertThatThrownBy(() -> keys.create("late", grants, now.get()))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("Invalid expiry: ");
  }

  @Test
  void aRotatedKeyOpensForTheOverlapAndARevokedOneNoMore() {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-23T12:00:00Z"));
    ApiKeys keys = ApiKeys.open(file, now::get).keys();
    String old = keys.create("job", List.of(Grant.everything(Role.WRITE)), null).key();
    String next = keys.rotate("job", Duration.ofSeconds(10)).key();

    assertThat(keys.authenticate("Bearer " + old)).isEqualTo(keys.authenticate("Bearer " + next));
    now.set(now.get().plusSeconds(10));
    assertThatThrownBy(() -> keys.authenticate("Bearer " + old))
        .hasMessageContaining("expired API key");
    assertThat(keys.authenticate("Bearer " + next).name()).isEqualTo("job");

    keys.revoke("job");
    assertThatThrownBy(() -> keys.authenticate("Bearer " + next))
        .hasMessageContaining("unknown API key");
    assertThatThrownBy(() -> keys.revoke("job")).isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> keys.revoke("admin"))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("it is the last administrator");
  }

  @Test
  void whatAnotherProcessChangesHoldsWithoutARestart() {
    ApiKeys here = ApiKeys.open(file).keys();
    ApiKeys there = ApiKeys.open(file).keys();
    String key = there.create("job", List.of(Grant.everything(Role.READ)), null).key();

    await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .untilAsserted(
            () -> assertThat(here.authenticate("Bearer " + key).name()).isEqualTo("job"));
    there.revoke("job");
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> here.authenticate("Bearer " + key))
                    .hasMessageContaining("unknown API key"));
  }

  @Test
  void changesOfSeveralProcessesAreAllKept() throws Exception {
    ApiKeys keys = ApiKeys.open(file).keys();
    try (ChildJvm one = ChildJvm.start(KeyMaker.class, file.toString(), "one");
        ChildJvm two = ChildJvm.start(KeyMaker.class, file.toString(), "two")) {
      assertThat(one.readLine()).isEqualTo("made");
      assertThat(two.readLine()).isEqualTo("made");
    }
    Set<String> names = new TreeSet<>();
    ApiKeys.open(file).keys().list().forEach(key -> names.add(key.name()));

    assertThat(names).hasSize(1 + 2 * KeyMaker.KEYS);
    assertThat(keys).isNotNull();
  }

  /** Makes keys in a process of its own. */
  static final class KeyMaker {
    static final int KEYS = 40;

    private KeyMaker() {}

    public static void main(String[] args) {
      ApiKeys keys = ApiKeys.open(Path.of(args[0])).keys();
      for (int i = 0; i < KEYS; i++) {
        keys.create(args[1] + "_" + i, List.of(Grant.everything(Role.READ)), null);
      }
      System.out.println("made");
    }
  }

  @Test
  void threadsWaitForEachOther() throws Exception {
    ApiKeys.open(file);
    Thread[] threads = new Thread[4];
    for (int t = 0; t < threads.length; t++) {
      int number = t;
      threads[t] =
          new Thread(
              () -> {
                ApiKeys own = ApiKeys.open(file).keys();
                for (int i = 0; i < 10; i++) {
                  own.create("k" + number + "_" + i, List.of(Grant.everything(Role.READ)), null);
                }
              });
      threads[t].start();
    }
    for (Thread thread : threads) {
      thread.join();
    }

    assertThat(ApiKeys.open(file).keys().list()).hasSize(1 + 40);
  }

  @Test
  void anAdministratorThatExpiresIsNotTheLastOne() {
    ApiKeys keys = ApiKeys.open(file).keys();
    List<Grant> all = List.of(Grant.everything(Role.ADMIN));
    keys.create("for_a_day", all, Instant.now().plus(Duration.ofDays(1)));

    assertThatThrownBy(() -> keys.revoke("admin"))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("it is the last administrator that does not expire");
    keys.create("for_good", all, null);
    keys.revoke("admin");
    assertThat(keys.list()).extracting(KeyDescription::name).doesNotContain("admin");
  }

  @Test
  void grantsReachAsFarAsTheySay() {
    CollectionName own = CollectionName.parse("a.docs");
    Caller one = new Caller("k", List.of(Grant.collection(own, Role.WRITE)));
    Caller all = new Caller("k", List.of(Grant.namespace("a", Role.READ)));

    assertThat(one.may(Role.READ, own)).isTrue();
    assertThat(one.may(Role.ADMIN, own)).isFalse();
    assertThat(one.may(Role.READ, CollectionName.parse("a.other"))).isFalse();
    assertThat(one.may(Role.READ, CollectionName.parse("b.docs"))).isFalse();
    assertThat(all.may(Role.READ, own)).isTrue();
    assertThat(all.may(Role.WRITE, own)).isFalse();
    assertThat(all.maySee("b")).isFalse();
    assertThatThrownBy(() -> new Grant("*", "docs", Role.READ))
        .isInstanceOf(InvalidArgumentException.class);
  }

  @Test
  void callsBeyondTheRateAreToldWhenToComeAgain() {
    RateLimits limits = new RateLimits(1);
    limits.count(Caller.ANYONE);
    limits.count(Caller.ANYONE);

    assertThatThrownBy(() -> limits.count(Caller.ANYONE))
        .isInstanceOfSatisfying(
            AccessException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(ErrorKind.RESOURCE_EXHAUSTED);
              assertThat(Gate.retryAfterSeconds(e)).isEqualTo(1);
            });
    limits.count(new Caller("another", List.of()));
  }
}
