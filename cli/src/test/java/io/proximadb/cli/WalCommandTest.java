package io.proximadb.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.proximadb.io.LocalDisk;
import io.proximadb.model.Row;
import io.proximadb.wal.EngineHome;
import io.proximadb.wal.FileWal;
import io.proximadb.wal.WalRecord;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WalCommandTest {
  private static final UUID TABLE = new UUID(7, 8);
  private static final UUID OTHER = new UUID(9, 10);

  @TempDir Path home;

  private StringWriter out = new StringWriter();
  private StringWriter err = new StringWriter();

  private int run(String... arguments) {
    out = new StringWriter();
    err = new StringWriter();
    return Main.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  /** Three frames: a record, one of another table, a flush mark. */
  @BeforeEach
  void writeLog() {
    LocalDisk disk = new LocalDisk();
    WalRecord row =
        new WalRecord(
            0,
            TABLE,
            3,
            WalRecord.Operation.INSERT,
            "a",
            5,
            1_000_000,
            Row.NO_EXPIRY,
            Map.of(4, new float[] {1.5f, 2}),
            Map.of(
                5,
                "title",
                6,
                new byte[] {1, 2, 3},
                7,
                LocalDate.of(2024, 2, 29),
                8,
                List.of(1L, Map.of("x", Instant.EPOCH))),
            0);
    WalRecord other =
        WalRecord.ofId(OTHER, 3, WalRecord.Operation.SET_TTL, "b", 6, 2_000_000, 3_000_000);
    try (EngineHome opened = EngineHome.open(disk, home, "test");
        FileWal wal =
            FileWal.open(
                disk, opened.walFolder(), opened.engineId(), opened.incarnation(), record -> {})) {
      wal.awaitDurable(wal.append(List.of(row)));
      wal.awaitDurable(wal.append(List.of(other)));
      wal.awaitDurable(wal.append(List.of(WalRecord.flushMark(TABLE, 3, 1, 7, 4_000_000))));
    }
  }

  private Path segment() throws IOException {
    try (Stream<Path> files = Files.list(home.resolve("wal"))) {
      return files.filter(file -> file.toString().endsWith(".log")).findFirst().orElseThrow();
    }
  }

  /** Damages the second frame: found by its magic. */
  private void damage() throws IOException {
    Path file = segment();
    byte[] bytes = Files.readAllBytes(file);
    int found = 0;
    for (int at = 0; at < bytes.length - 4; at++) {
      boolean magic = bytes[at] == (byte) 0xF5 && bytes[at + 1] == 0x57 && bytes[at + 2] == 0x4C;
      if (magic && ++found == 2) {
        bytes[at + 45] ^= 1;
      }
    }
    Files.write(file, bytes);
  }

  @Test
  void aSoundLog() throws Exception {
    assertThat(run("wal", "inspect", home.toString())).isZero();
    assertThat(out.toString())
        .contains(
            segment().toString(),
            "format 2, incarnation 1, epoch 0, stripe 1 of 1, sealed",
            "records 1 to 3: 3 in 3 frames",
            "numbers    1 to 3",
            "all up to 3",
            TABLE + ": INSERT 1, FLUSH 1; last 3; flush mark up to 1",
            OTHER + ": SET_TTL 1; last 2",
            "accepts the log and changes nothing")
        .doesNotContain("DAMAGE", "gap");
    assertThat(run("wal", "repair", home.toString())).isZero();
    assertThat(out.toString()).contains("Nothing to repair");
  }

  @Test
  void recordsAsJsonLines() throws Exception {
    assertThat(run("wal", "inspect", home.toString(), "--records")).isZero();
    List<String> lines = out.toString().lines().toList();
    assertThat(lines)
        .containsExactly(
            "{\"sequence\":1,\"table\":\""
                + TABLE
                + "\",\"epoch\":3,\"operation\":\"INSERT\",\"id\":\"a\",\"version\":5,"
                + "\"updatedAt\":\"1970-01-01T00:00:01Z\",\"vectors\":{\"4\":2},"
                + "\"metadata\":{\"5\":\"title\",\"6\":\"AQID\",\"7\":\"2024-02-29\","
                + "\"8\":[1,{\"x\":\"1970-01-01T00:00:00Z\"}]}}",
            "{\"sequence\":2,\"table\":\""
                + OTHER
                + "\",\"epoch\":3,\"operation\":\"SET_TTL\",\"id\":\"b\",\"version\":6,"
                + "\"updatedAt\":\"1970-01-01T00:00:02Z\",\"expiresAt\":\"1970-01-01T00:00:03Z\"}",
            "{\"sequence\":3,\"table\":\""
                + TABLE
                + "\",\"epoch\":3,\"operation\":\"FLUSH\",\"flushedSequence\":1}");
    run("wal", "inspect", home.toString(), "--records", "--vectors", "--to", "2");
    assertThat(out.toString().lines()).hasSize(2);
    assertThat(out.toString()).contains("\"vectors\":{\"4\":[1.5,2.0]}");
    run("wal", "inspect", home.toString(), "--records", "--table", OTHER.toString());
    assertThat(out.toString().lines()).hasSize(1);
    run("wal", "inspect", home.toString(), "--records", "--from", "3");
    assertThat(out.toString()).startsWith("{\"sequence\":3").hasLineCount(1);
  }

  @Test
  void aDamagedLogIsToldAndRepaired() throws Exception {
    damage();
    byte[] damaged = Files.readAllBytes(segment());
    assertThat(run("wal", "inspect", home.toString())).isEqualTo(1);
    assertThat(out.toString())
        .contains(
            "DAMAGE     " + segment().getFileName(),
            "checksum of a frame differs",
            "gap        2 (1 record)",
            "REFUSES the log");
    assertThat(run("wal", "inspect", home.toString(), "--json")).isEqualTo(1);
    JsonNode json = new ObjectMapper().readTree(out.toString());
    assertThat(json.path("sound").asBoolean(true)).isFalse();
    assertThat(json.path("gaps").path(0).path("first").asLong()).isEqualTo(2);
    assertThat(json.path("gaps").path(0).path("last").asLong()).isEqualTo(2);
    assertThat(json.path("segments").path(0).path("damage")).hasSize(1);
    assertThat(run("wal", "inspect", home.toString(), "--records")).isEqualTo(1);
    assertThat(out.toString().lines()).hasSize(2);

    assertThat(run("wal", "repair", home.toString())).isZero();
    assertThat(out.toString())
        .contains("A repair would:", "This would give up:", "record 2", "--yes");
    assertThat(Files.readAllBytes(segment())).isEqualTo(damaged);

    assertThat(run("wal", "repair", home.toString(), "--yes")).isZero();
    assertThat(out.toString()).contains("Given up:", "record 2", "accepts the log now");
    assertThat(Files.readAllBytes(segment().resolveSibling(segment().getFileName() + ".damaged")))
        .isEqualTo(damaged);
    assertThat(run("wal", "inspect", home.toString())).isZero();
    assertThat(out.toString()).contains("given up   2 (1 record)");
  }

  @Test
  void aRunningEngineIsNotRepaired() throws Exception {
    damage();
    try (EngineHome open = EngineHome.open(new LocalDisk(), home, "here:1")) {
      run("wal", "inspect", home.toString());
      assertThat(out.toString()).contains("running").contains("address=here:1");
      assertThat(run("wal", "repair", home.toString(), "--yes")).isEqualTo(1);
      assertThat(err.toString()).contains("error: ", "address=here:1").doesNotContain("\tat ");
      assertThat(open.folder()).isEqualTo(home);
    }
  }

  @Test
  void wrongArguments() {
    assertThat(run("wal")).isEqualTo(2);
    assertThat(err.toString()).contains("Missing command", "inspect", "repair");
    assertThat(run("wal", "inspect")).isEqualTo(2);
    assertThat(err.toString()).contains("Missing HOME");
    assertThat(run("wal", "repair")).isEqualTo(2);
    assertThat(err.toString()).contains("Missing HOME");
    assertThat(run("wal", "inspect", home.toString(), "--from", "1", "--vectors")).isEqualTo(2);
    assertThat(err.toString()).contains("options of --records");
    assertThat(run("wal", "inspect", home.resolve("none").toString())).isEqualTo(1);
    assertThat(err.toString()).contains("error: Invalid location", "does not exist");
  }
}
