package io.proximadb.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Metric;
import io.proximadb.model.SchemaChange;
import io.proximadb.model.TableAttachment;
import io.proximadb.model.VectorRecord;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.iceberg.Schema;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class MaintainCommandTest {
  /** 128 and the number of the signal. */
  private static final int TERMINATED = 143;

  private static final CollectionName DOCS = CollectionName.parse("library.docs");

  @TempDir Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void write() {
    try (ProximaEngine engine = ProximaEngine.open(quiet())) {
      engine.createCollection(DOCS, CollectionSchema.builder().vector(2, Metric.EUCLIDEAN).build());
      expire(engine, "early");
      engine.collection(DOCS).upsert(List.of(record("stays")));
    }
  }

  private static VectorRecord record(String id) {
    return VectorRecord.of(id, new float[] {1, 2}, Map.of());
  }

  private static void expire(ProximaEngine engine, String id) {
    Collection docs = engine.collection(DOCS);
    docs.upsert(List.of(record(id).expiringAt(Instant.EPOCH.plusSeconds(1))));
    docs.flush();
  }

  private int run(String... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return Main.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  /** An engine that leaves maintenance to the command. */
  private EngineOptions quiet() {
    return EngineOptions.local(folder).withCatalogProperty("proximadb.maintenance.threads", "0");
  }

  @Test
  void oneRoundAndWhatItWouldDo() {
    String warehouse = folder.toString();
    assertThat(run("maintain", "--warehouse", warehouse, "library.docs", "--dry-run")).isZero();
    assertThat(out.toString())
        .contains("library.docs: would delete 1 expired rows of 1 files", "work to do")
        .contains("rows        1 live, 0 deleted, 1 expired");
    assertThat(run("maintain", "--warehouse", warehouse, "--all")).isZero();
    assertThat(out.toString())
        .contains("library.docs: deleted 1 expired rows of 1 files")
        .containsPattern("library\\.docs +ttl-sweep +1 +1 ")
        .containsPattern("rows        1 live, [01] deleted, 0 expired")
        .contains("last flush  20");
    assertThat(run("maintain", "--warehouse", warehouse, "--all")).isZero();
    assertThat(out.toString()).contains("Nothing to do.");
  }

  @Test
  void aDryRunForetellsRewrites() {
    try (ProximaEngine engine = ProximaEngine.open(quiet())) {
      engine.collection(DOCS).alter(SchemaChange.layout("lsm"));
    }
    String warehouse = folder.toString();
    assertThat(run("maintain", "--warehouse", warehouse, "library.docs", "--dry-run")).isZero();
    assertThat(out.toString())
        .contains("library.docs: would rewrite 2 files in 2 steps, first: rewrites a file")
        .contains("compaction");
    assertThat(run("maintain", "--warehouse", warehouse, "--all")).isZero();
    assertThat(run("maintain", "--warehouse", warehouse, "--all", "--dry-run")).isZero();
    assertThat(out.toString()).contains("Nothing to do.");
  }

  @Test
  void ofAttachedTablesNothingButIndexesIsMaintained() {
    try (Warehouse warehouse = Warehouse.open(Map.of("warehouse", folder.toString()))) {
      warehouse
          .icebergCatalog()
          .createTable(
              TableIdentifier.of("library", "theirs"),
              new Schema(
                  Types.NestedField.required(1, "key", Types.StringType.get()),
                  Types.NestedField.optional(
                      2, "e", Types.ListType.ofRequired(3, Types.FloatType.get()))));
      warehouse.attach(
          CollectionName.parse("library.theirs"),
          TableAttachment.of("library.theirs", "key").vector("e", 2, Metric.DOT));
    }
    assertThat(run("maintain", "--warehouse", folder.toString(), "--all")).isZero();
    assertThat(out.toString()).contains("library.docs");
    assertThat(run("maintain", "--warehouse", folder.toString(), "library.theirs")).isZero();
    assertThat(out.toString()).contains("Nothing to do.");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void wrongArguments() {
    String warehouse = folder.toString();
    assertThat(run("maintain", "--warehouse", warehouse)).isEqualTo(2);
    assertThat(err.toString()).contains("Expected names of collections, or --all");
    assertThat(run("maintain", "--warehouse", warehouse, "--all", "docs")).isEqualTo(2);
    assertThat(run("maintain", "--all")).isEqualTo(2);
    assertThat(err.toString()).contains("--warehouse");
    assertThat(run("maintain", "--warehouse", warehouse, "--all", "--interval", "soon"))
        .isEqualTo(2);
    assertThat(err.toString()).contains("'soon' is no time (expected a whole number and ms");
    assertThat(run("maintain", "--warehouse", warehouse, "library.none")).isEqualTo(1);
    assertThat(err.toString()).contains("error: Cannot open collection").doesNotContain("\tat ");
  }

  @Test
  void settingsThatDoNotParseAreNamed() {
    try (Warehouse warehouse = Warehouse.open(Map.of("warehouse", folder.toString()))) {
      warehouse
          .load(DOCS)
          .table()
          .updateProperties()
          .set("proximadb.snapshots.min-age-ms", "an hour")
          .commit();
    }
    assertThat(run("maintain", "--warehouse", folder.toString(), "--all")).isEqualTo(1);
    assertThat(err.toString()).contains("failed: Invalid table property proximadb.snapshots");
  }

  private static void readUntil(BufferedReader lines, String expected) throws IOException {
    String line = lines.readLine();
    while (!expected.equals(line)) {
      assertThat(line).isNotNull();
      line = lines.readLine();
    }
  }

  /** As a process of its own, beside a running engine. */
  @Test
  @Timeout(value = 3, unit = TimeUnit.MINUTES)
  void watchesUntilItIsStopped() throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1"));
    command.add("--add-opens=java.base/java.nio=ALL-UNNAMED");
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            Main.class.getName()));
    command.addAll(List.of("maintain", "--warehouse", folder.toString(), "--all"));
    command.addAll(List.of("--watch", "--interval", "200ms"));
    try (ProximaEngine engine = ProximaEngine.open(quiet());
        Warehouse warehouse = Warehouse.open(Map.of("warehouse", folder.toString()))) {
      CollectionTable table = warehouse.load(DOCS);
      table.table().updateProperties().set("proximadb.ttl.sweep-interval-ms", "1000").commit();
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      try (BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
        String swept = "library.docs: deleted 1 expired rows of 1 files";
        readUntil(lines, swept);
        expire(engine, "late");
        readUntil(lines, swept);
        // Not an interrupt: where tests run in the background, shells have children ignore it.
        assertThat(process.toHandle().destroy()).isTrue();
        assertThat(lines.lines().toList())
            .anyMatch(line -> line.matches("library\\.docs +ttl-sweep +2 +2 .*"))
            .anyMatch(line -> line.matches("  rows        1 live, [012] deleted, 0 expired"));
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).isEqualTo(TERMINATED);
      } finally {
        process.destroyForcibly();
      }
      assertThat(engine.collection(DOCS).get("stays")).isPresent();
    }
  }
}
