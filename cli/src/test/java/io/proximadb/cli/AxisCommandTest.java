package io.proximadb.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Goals;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorRecord;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AxisCommandTest {
  private static final CollectionName DOCS = CollectionName.parse("library.docs");

  @TempDir Path warehouse;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private EngineOptions quiet() {
    return EngineOptions.local(warehouse).withCatalogProperty("proximadb.maintenance.threads", "0");
  }

  private int run(String command, String... more) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    String[] all =
        Stream.concat(
                Stream.of("axis", command, "--warehouse", warehouse.toString(), DOCS.toString()),
                Arrays.stream(more))
            .toArray(String[]::new);
    return Main.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(all);
  }

  @Test
  void whatIsSetByHandIsDoneByTheOwnerAndDescribed() {
    try (ProximaEngine engine = ProximaEngine.open(quiet())) {
      Collection docs =
          engine.createCollection(
              DOCS,
              CollectionSchema.builder().vector(4, Metric.EUCLIDEAN).build(),
              Goals.NONE.withRecall(0.9).properties());
      List<VectorRecord> records = new ArrayList<>();
      for (int id = 0; id < 4_200; id++) {
        float[] vector = {id % 7, id % 11, id % 13, id};
        records.add(VectorRecord.of("r" + id, vector, Map.of()));
      }
      docs.upsert(records);
      docs.optimize();
      assertThat(run("describe")).isZero();
      assertThat(out.toString()).contains("proximadb.axis.recall=0.9", "nothing was decided");
      // Beside the engine that owns the collection.
      assertThat(run("explain")).isZero();
      assertThat(out.toString())
          .contains("4200 rows, now exact", "template: small dense", "hnsw", "recall");
      assertThat(run("override", "flat")).isZero();
      docs.refresh();
      assertThat(docs.axisControl().step()).isPresent();
    }
    assertThat(run("describe")).isZero();
    assertThat(out.toString())
        .contains("set by hand: flat", "moving to flat", "BUILD, 0 %", "exact to flat BEGUN");
    assertThat(run("override", "--automatic")).isZero();
    assertThat(run("describe")).isZero();
    assertThat(out.toString()).doesNotContain("set by hand: flat");
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    try (ProximaEngine engine = ProximaEngine.open(quiet())) {
      engine.createCollection(
          DOCS, CollectionSchema.builder().vector(4, Metric.MANHATTAN).build(), Map.of());
    }
    assertThat(run("override", "best")).isNotZero();
    assertThat(err.toString()).contains("'best'").contains("ivf-narrow");
    assertThat(run("override", "hnsw")).isNotZero();
    assertThat(err.toString()).contains("MANHATTAN");
    assertThat(run("override")).isNotZero();
    assertThat(err.toString()).contains("--automatic");
    assertThat(run("explain", "--field", "text")).isNotZero();
    assertThat(err.toString()).contains("'text'");
  }
}
