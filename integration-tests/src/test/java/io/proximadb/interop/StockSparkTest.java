package io.proximadb.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.docs.DocSnippets;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.Metric;
import io.proximadb.model.StoredRecord;
import io.proximadb.model.VectorRecord;
import io.proximadb.testkit.CollectionModel;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A Spark and an Iceberg that know nothing of ProximaDB see exactly the live rows, also at older
 * snapshots, and what they write is right in the engine. All with one Spark process, opened by the
 * settings of {@code docs/other-engines.md}.
 */
class StockSparkTest {
  private static final Path PAGE = Path.of("..", "docs", "other-engines.md");

  /** Operations of a history; about one in four is followed by a look of Spark. */
  private static final int STEPS = Integer.getInteger("proximadb.test.interop-steps", 40);

  @TempDir private static Path sparkFolder;
  private static StockSpark spark;

  @TempDir private Path folder;

  @BeforeAll
  static void start() throws IOException {
    spark = new StockSpark(sparkFolder, DocSnippets.text(PAGE, "properties", "stock-spark"));
  }

  @AfterAll
  static void stop() throws IOException {
    spark.close();
  }

  @ParameterizedTest
  @CsvSource({"viper, 3", "viper, 2", "lsm, 3", "lsm, 2"})
  void bothSeeTheSameAfterAnyHistory(String layout, int formatVersion) {
    try (CollectionModel model =
        new CollectionModel(
            folder,
            layout,
            formatVersion,
            Seed.random("StockSparkTest " + layout + formatVersion),
            new SparkWitness(spark))) {
      for (int step = 0; step < STEPS; step++) {
        model.step(step);
      }
      System.out.println(model);
      assertThat(model.counts().get("reads by another engine")).isPositive();
      assertThat(model.counts().get("reads at snapshots by another engine")).isPositive();
    }
  }

  @Test
  void theExampleOfTheDocumentationRuns() throws IOException {
    Path warehouse = Files.createDirectories(folder.resolve("warehouse"));
    CollectionSchema schema =
        CollectionSchema.builder()
            .vector(2, Metric.COSINE)
            .metadata("title", Scalar.STRING)
            .metadata("year", Scalar.INT)
            .build();
    try (ProximaEngine engine = ProximaEngine.open(Engines.quiet(warehouse))) {
      Collection books = engine.createCollection(CollectionName.parse("library.books"), schema);
      books.upsert(
          List.of(
              book("b1", "Moby-Dick", 1850),
              book("b2", "Middlemarch", 1871),
              book("old", "Almanac", 1799).expiringAt(Instant.now().minusSeconds(60))));
      books.flush();
      List<List<String>> shown = new ArrayList<>();
      for (String statement : DocSnippets.text(PAGE, "sql", "stock-spark").split(";\\s*\n")) {
        shown.add(spark.sql(warehouse, statement));
      }
      assertThat(shown).hasSize(7);
      assertThat(shown.get(0)).hasSize(2);
      books.refresh();
      Map<String, Object> years =
          books.get(List.of("b1", "b2", "b3")).stream()
              .collect(
                  Collectors.toMap(
                      StoredRecord::id, record -> record.record().metadata().get("year")));
      assertThat(years).isEqualTo(Map.of("b1", 1851, "b3", 1816));
      engine.maintain(books.name());
      assertThat(books.get(List.of("b1", "b2", "b3"))).hasSize(2);
    }
  }

  private static VectorRecord book(String id, String title, int year) {
    return VectorRecord.of(id, new float[] {0.25f, 0.75f}, Map.of("title", title, "year", year));
  }
}
