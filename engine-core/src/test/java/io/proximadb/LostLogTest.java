package io.proximadb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.error.ProximaException;
import io.proximadb.model.CollectionName;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.Folders;
import io.proximadb.testkit.Records;
import io.proximadb.wal.WalOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Engines whose local log is lost, with its home or without, and what is left elsewhere. */
class LostLogTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");

  @TempDir Path temp;

  private EngineOptions options() {
    return Engines.quiet(temp.resolve("warehouse"))
        .withHome(temp.resolve("home"))
        .withFlush(64 << 20, Duration.ofHours(1));
  }

  private EngineOptions mirrored(String mode) {
    return options()
        .withCatalogProperty(WalOptions.MIRROR_LOCATION_PROPERTY, temp.resolve("mirror").toString())
        .withCatalogProperty(WalOptions.MIRROR_MODE_PROPERTY, mode);
  }

  private static void upsert(Collection docs, int from, int to) {
    for (int i = from; i < to; i++) {
      docs.upsert(List.of(Records.of("id" + i, i)));
    }
  }

  private static void expect(Collection docs, int from, int to) {
    for (int i = from; i < to; i++) {
      assertThat(docs.get("id" + i)).as("id" + i).isPresent();
    }
  }

  /** Keeps folders as they are now: what a process that dies at this moment leaves. */
  private void keep(String... folders) {
    for (String folder : folders) {
      Folders.copy(temp.resolve(folder), temp.resolve(folder + "-then"));
    }
  }

  private void putBack(String... folders) {
    for (String folder : folders) {
      Folders.restore(temp.resolve(folder + "-then"), temp.resolve(folder));
      Folders.delete(temp.resolve(folder + "-then"));
    }
  }

  private String engineId() throws IOException {
    return new ObjectMapper()
        .readTree(temp.resolve("home/engine.json").toFile())
        .get("engine-id")
        .asText();
  }

  @Test
  void theMirrorGivesBackWhatADeadEngineHadAcknowledged() throws Exception {
    try (ProximaEngine engine = ProximaEngine.open(mirrored("sync"))) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      upsert(docs, 0, 20);
      docs.flush();
      upsert(docs, 20, 50);
      docs.delete(List.of("id3", "id30"));
      keep("warehouse", "mirror");
    }
    String engineId = engineId();
    Folders.delete(temp.resolve("home"));
    putBack("warehouse", "mirror");
    try (ProximaEngine engine = ProximaEngine.open(mirrored("sync"))) {
      Collection docs = engine.collection(DOCS);
      expect(docs, 0, 3);
      expect(docs, 4, 30);
      expect(docs, 31, 50);
      assertThat(docs.get("id3")).isEmpty();
      assertThat(docs.get("id30")).isEmpty();
      assertThat(engine.walRecovery().mirroredRecords()).isGreaterThanOrEqualTo(32);
      assertThat(engine.walRecovery().notes()).anyMatch(note -> note.contains("was gone"));
      upsert(docs, 50, 60);
      assertThat(engine.walStats().mirroredSequence()).isGreaterThan(60);
    }
    assertThat(engineId()).isEqualTo(engineId);
    try (ProximaEngine engine = ProximaEngine.open(mirrored("sync"))) {
      expect(engine.collection(DOCS), 31, 60);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"async", "periodic"})
  void aMirrorThatWasBehindGoesOnAboveWhatTablesHold(String mode) throws Exception {
    try (ProximaEngine engine = ProximaEngine.open(mirrored(mode))) {
      upsert(engine.createCollection(DOCS, Records.schema()), 0, 10);
    }
    try (ProximaEngine engine = ProximaEngine.open(mirrored(mode))) {
      // Opened, so the mirror knows of it, and nothing after that got there.
      keep("mirror");
      upsert(engine.collection(DOCS), 10, 40);
    }
    Folders.delete(temp.resolve("home"));
    putBack("mirror");
    for (int round = 0; round < 2; round++) {
      try (ProximaEngine engine = ProximaEngine.open(mirrored(mode))) {
        Collection docs = engine.collection(DOCS);
        expect(docs, 0, 40 + round);
        upsert(docs, 40 + round, 41 + round);
      }
    }
  }

  @Test
  void aMirrorIsGivenWhatTheLocalLogHasAlready() {
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      upsert(engine.createCollection(DOCS, Records.schema()), 0, 20);
      keep("warehouse", "home");
    }
    putBack("warehouse", "home");
    try (ProximaEngine engine = ProximaEngine.open(mirrored("sync"))) {
      upsert(engine.collection(DOCS), 20, 30);
      keep("warehouse", "mirror");
    }
    Folders.delete(temp.resolve("home"));
    putBack("warehouse", "mirror");
    try (ProximaEngine engine = ProximaEngine.open(mirrored("sync"))) {
      expect(engine.collection(DOCS), 0, 30);
    }
  }

  @Test
  void aCopyOfTheHomeIsRefusedWhenTheMirrorHasGoneOn() {
    try (ProximaEngine engine = ProximaEngine.open(mirrored("sync"))) {
      upsert(engine.createCollection(DOCS, Records.schema()), 0, 10);
      keep("warehouse", "home");
      upsert(engine.collection(DOCS), 10, 20);
    }
    try (ProximaEngine engine = ProximaEngine.open(mirrored("sync"))) {
      upsert(engine.collection(DOCS), 20, 30);
    }
    EngineOptions copy = mirrored("sync").withHome(temp.resolve("home-then"));
    assertThatThrownBy(
            () -> {
              try (ProximaEngine engine = ProximaEngine.open(copy)) {
                engine.collection(DOCS).upsert(List.of(Records.of("x", 1)));
              }
            })
        .isInstanceOf(ProximaException.class)
        .hasMessageContaining("backup");
  }

  @Test
  void directoriesElsewhereOutliveTheHome() throws Exception {
    EngineOptions two =
        options()
            .withCatalogProperty(
                WalOptions.DIRECTORIES_PROPERTY,
                temp.resolve("disk1") + "," + temp.resolve("disk2"))
            .withCatalogProperty(WalOptions.LAYOUT_PROPERTY, "mirror")
            .withCatalogProperty(WalOptions.COMPRESSION_PROPERTY, "zstd");
    try (ProximaEngine engine = ProximaEngine.open(two)) {
      upsert(engine.createCollection(DOCS, Records.schema()), 0, 25);
      keep("warehouse", "disk1");
    }
    String engineId = engineId();
    Folders.delete(temp.resolve("home"));
    Folders.delete(temp.resolve("disk2"));
    putBack("warehouse", "disk1");
    try (ProximaEngine engine = ProximaEngine.open(two)) {
      expect(engine.collection(DOCS), 0, 25);
      assertThat(engine.walRecovery().notes()).anyMatch(note -> note.contains("copy made anew"));
    }
    assertThat(engineId()).isEqualTo(engineId);
  }
}
