package io.proximadb.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.ProximaEngine;
import io.proximadb.api.EngineOptions;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.maintenance.SnapshotPins;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorRecord;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EraseCommandTest {
  private static final CollectionName DOCS = CollectionName.parse("library.docs");
  private static final String ID = "reader-4711-exactly";

  @TempDir Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private Path warehouse;
  private Path ids;

  @BeforeEach
  void write() throws IOException {
    warehouse = folder.resolve("warehouse");
    ids = Files.writeString(folder.resolve("ids.txt"), ID + "\n\nnobody\n");
    try (ProximaEngine engine = ProximaEngine.open(quiet())) {
      engine
          .createCollection(DOCS, CollectionSchema.builder().vector(2, Metric.EUCLIDEAN).build())
          .upsert(List.of(record(ID), record("stays")));
    }
  }

  private static VectorRecord record(String id) {
    return VectorRecord.of(id, new float[] {1, 2}, Map.of());
  }

  private EngineOptions quiet() {
    return EngineOptions.local(warehouse).withCatalogProperty("proximadb.maintenance.threads", "0");
  }

  private int run(String... more) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    String[] all =
        Stream.concat(
                Stream.of(
                    "erase",
                    "--warehouse",
                    warehouse.toString(),
                    "--collection",
                    DOCS.toString(),
                    "--ids-file",
                    ids.toString()),
                Stream.of(more))
            .toArray(String[]::new);
    return Main.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(all);
  }

  private boolean isAnywhere() throws IOException {
    try (Stream<Path> walk = Files.walk(warehouse)) {
      for (Path file : walk.filter(Files::isRegularFile).toList()) {
        if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(ID)) {
          return true;
        }
      }
    }
    return false;
  }

  @Test
  void theReceiptIsShownAndTheRecordIsGone() throws IOException {
    assertThat(isAnywhere()).isTrue();
    assertThat(run()).as(err::toString).isZero();
    assertThat(out.toString())
        .contains("Erased from library.docs (table ")
        .contains("2 given, 1 found in data files, 1 rows")
        .containsPattern("deleted +\\d+ data file")
        .containsPattern("deleted +\\d+ manifests")
        .contains("verified       no record of the ids is in the log")
        .contains("out of reach   backups")
        .doesNotContain("REMAINS");
    assertThat(isAnywhere()).isFalse();
    try (ProximaEngine engine = ProximaEngine.open(quiet())) {
      assertThat(engine.collection(DOCS).get("stays")).isPresent();
      assertThat(engine.collection(DOCS).get(ID)).isEmpty();
    }
  }

  @Test
  void aPinIsNamedAndEndedOnRequest() throws IOException {
    String pin;
    try (Warehouse opened = Warehouse.open(quiet().catalog())) {
      CollectionTable table = opened.load(DOCS);
      pin =
          new SnapshotPins(table, Clock.system())
              .create(table.snapshotId().getAsLong(), Duration.ofHours(1));
    }
    assertThat(run()).isEqualTo(1);
    assertThat(err.toString()).contains("error: Cannot erase from").contains(pin);
    assertThat(run("--end-pins")).isZero();
    assertThat(out.toString()).contains("removed        tag " + pin);
    assertThat(isAnywhere()).isFalse();
  }

  @Test
  void whatRemainsIsNamed() throws IOException {
    Path data;
    try (Warehouse opened = Warehouse.open(quiet().catalog())) {
      data = Path.of(opened.load(DOCS).context().location(), "data");
    }
    Path stray = Files.writeString(data.resolve("half-done.parquet"), ID);
    assertThat(run()).isEqualTo(EraseCommand.INCOMPLETE);
    assertThat(out.toString())
        .contains("Not all is erased from library.docs")
        .contains("REMAINS        " + stray);
    assertThat(run("--alone")).isZero();
    assertThat(out.toString()).contains("1 stray file");
    assertThat(isAnywhere()).isFalse();
  }

  @Test
  void wrongArguments() throws IOException {
    assertThat(run("--unknown")).isEqualTo(2);
    Files.writeString(ids, "\n");
    assertThat(run()).isEqualTo(1);
    assertThat(err.toString()).contains("Invalid number of ids to erase: 0 (expected 1 to");
    Files.delete(ids);
    assertThat(run()).isEqualTo(1);
    assertThat(err.toString()).contains("Invalid --ids-file").doesNotContain("\tat ");
    try (ProximaEngine engine = ProximaEngine.open(quiet())) {
      assertThat(engine.collection(DOCS).get(ID)).isPresent();
      Files.writeString(ids, ID);
      assertThat(run()).isEqualTo(1);
      assertThat(err.toString()).contains("error: ");
    }
  }
}
