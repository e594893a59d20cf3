package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.SearchExplanation.Outcome;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.env.Clock;
import io.proximadb.env.FailPoints;
import io.proximadb.error.ProximaException;
import io.proximadb.filter.Filter;
import io.proximadb.maintenance.MaintenanceScope;
import io.proximadb.maintenance.MaintenanceWork;
import io.proximadb.maintenance.MaintenanceWorks;
import io.proximadb.model.IndexDefinition;
import io.proximadb.testkit.ForeignTable;
import io.proximadb.testkit.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Indexes of tables of other engines: beside them, never in them. */
class AttachedIndexTest extends AttachedTables {
  private static final int ROWS = 6_000;
  private static final int DIMENSION = 8;

  private final Random random = Seed.random("AttachedIndexTest");

  /** The vectors of the rows that have one, by id. */
  private final Map<String, Double[]> vectors = new HashMap<>();

  private Double[] vector() {
    Double[] vector = new Double[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = random.nextGaussian();
    }
    return vector;
  }

  /** Every twentieth row has no vector that could be searched, in one of four ways. */
  private Record[] rows(ForeignTable table, int from) {
    Record[] rows = new Record[ROWS];
    for (int i = 0; i < ROWS; i++) {
      int id = from + i;
      Double[] vector = vector();
      if (id % 20 == 7) {
        vector = unusable(vector, id / 20 % 4);
      } else {
        vectors.put("r" + id, vector);
      }
      rows[i] = row(table, "r" + id, "n", id % 10, vector);
    }
    return rows;
  }

  private static Double[] unusable(Double[] vector, int way) {
    switch (way) {
      case 0:
        return new Double[0];
      case 1:
        return Arrays.copyOf(vector, DIMENSION - 1);
      case 2:
        vector[3] = Double.NaN;
        return vector;
      default:
        vector[5] = 1e300;
        return vector;
    }
  }

  /**
   * Builds stand the vector of the next row in for one that is missing: the query that such a
   * stand-in is the nearest to must not find it.
   */
  private void checkNoRowWithoutVector(Collection products, long rows) {
    for (int i = 0; i < 40; i++) {
      int id = 20 * random.nextInt(ROWS / 20) + 7;
      float[] query = vectorOf("r" + (id + 1));
      for (SearchRequest request :
          List.of(SearchRequest.of(query, 3), SearchRequest.of(query, 3).exactly())) {
        SearchResponse answer = products.search(request);
        assertThat(answer.hits()).hasSize(3);
        assertThat(answer.hits().get(0).id()).isEqualTo("r" + (id + 1));
        assertThat(vectors).containsKeys(ids(answer).toArray(String[]::new));
      }
    }
    List<String> all = ids(products.search(SearchRequest.of(query(), 10_000)));
    assertThat(all).hasSize((int) rows).doesNotHaveDuplicates();
    assertThat(vectors).containsKeys(all.toArray(String[]::new));
  }

  private float[] query() {
    float[] query = new float[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      query[i] = (float) random.nextGaussian();
    }
    return query;
  }

  private List<Path> indexFiles() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().matches(".*-v\\d+")).toList();
    }
  }

  private double recall(Collection products, Filter filter) {
    double found = 0;
    for (int i = 0; i < 20; i++) {
      SearchRequest request = SearchRequest.of(query(), 10).where(filter);
      List<String> truth = ids(products.search(request.exactly()));
      List<String> hits = ids(products.search(request));
      assertThat(hits).hasSameSizeAs(truth).doesNotHaveDuplicates();
      found += hits.stream().filter(truth::contains).count() / (double) truth.size();
    }
    return found / 20;
  }

  @ParameterizedTest
  @ValueSource(strings = {"hnsw", "ivf", "flat"})
  void itFollowsATableThatItsOwnerChanges(String type) throws IOException {
    ForeignTable table =
        ForeignTable.create(
            warehouse, TABLE, schema(Types.StringType.get(), Types.DoubleType.get()), NONE, 3);
    DataFile first = table.append(FileFormat.PARQUET, rows(table, 0));
    String before = table.metadataLocation();
    try (ProximaEngine engine = engine()) {
      Collection products = engine.attach(NAME, attachment());
      products.createIndex(IndexDefinition.of("near", type, "embedding"));
      products.createIndex(IndexDefinition.of("stocks", "attribute", "stock"));
      products.optimize();
      assertThat(products.indexes()).hasSize(2).allMatch(index -> index.isComplete());
      assertThat(table.metadataLocation()).isEqualTo(before);
      assertThat(indexFiles())
          .hasSize(2)
          .allMatch(file -> file.startsWith(folder.resolve("_proximadb/attached")));
      SearchResponse indexed = products.search(SearchRequest.of(query(), 10));
      assertThat(indexed.rowsCoveredByIndex()).isEqualTo(ROWS - ROWS / 20);
      checkNoRowWithoutVector(products, ROWS - ROWS / 20);
      assertThat(recall(products, Filter.alwaysTrue())).isGreaterThan(0.9);
      assertThat(recall(products, Filter.compare("stock", Filter.Operator.LT, 5)))
          .isGreaterThan(0.9);

      String nearest = indexed.hits().get(0).id();
      table.deletePosition(first, Integer.parseInt(nearest.substring(1)));
      DataFile second = table.append(FileFormat.PARQUET, rows(table, ROWS));
      SearchResponse half = products.search(SearchRequest.of(query(), 10));
      assertThat(half.rowsCoveredByIndex()).isEqualTo(ROWS - ROWS / 20 - 1);
      assertThat(half.strategy()).contains("it is not built yet");
      products.optimize();
      assertThat(indexFiles()).hasSize(4);
      assertThat(recall(products, Filter.alwaysTrue())).isGreaterThan(0.9);

      table.table().newDelete().deleteFile(first).commit();
      products.optimize();
      assertThat(indexFiles()).hasSize(2);
      Path file =
          indexFiles().stream()
              .filter(f -> f.toString().contains("." + type + "-v"))
              .findFirst()
              .get();
      byte[] bytes = Files.readAllBytes(file);
      bytes[bytes.length / 2] ^= 4;
      Files.write(file, bytes);
      assertThat(second.recordCount()).isEqualTo(ROWS);
    }
    try (ProximaEngine engine = engine()) {
      Collection products = engine.collection(NAME);
      assertThat(products.search(SearchRequest.of(query(), 10)).strategy()).contains("damaged");
      products.optimize();
      assertThat(products.search(SearchRequest.of(query(), 10)).rowsCoveredByIndex()).isPositive();
      products.dropIndex("stocks");
      products.optimize();
      assertThat(indexFiles()).hasSize(1);
      assertThat(engine.detach(NAME)).isTrue();
      assertThat(indexFiles()).isEmpty();
    }
  }

  private float[] vectorOf(String id) {
    float[] query = new float[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      query[i] = vectors.get(id)[i].floatValue();
    }
    return query;
  }

  @ParameterizedTest
  @ValueSource(strings = {"hnsw", "ivf", "flat"})
  void deletesAndRenamesOfItsOwnerCountAtOnce(String type) throws IOException {
    ForeignTable table =
        ForeignTable.create(
            warehouse, TABLE, schema(Types.StringType.get(), Types.DoubleType.get()), NONE, 2);
    Record[] rows = rows(table, 0);
    DataFile file = table.append(FileFormat.PARQUET, rows);
    int usable = ROWS - ROWS / 20;
    try (ProximaEngine engine = engine()) {
      Collection products = engine.attach(NAME, attachment());
      products.createIndex(IndexDefinition.of("near", type, "embedding"));
      products.createIndex(IndexDefinition.of("stocks", "attribute", "stock"));
      products.optimize();
      SearchRequest request = SearchRequest.of(vectorOf("r8"), 5);
      assertThat(ids(products.search(request)).get(0)).isEqualTo("r8");

      table.deleteEqual(rows[8], "sku");
      table.deletePosition(file, 9);
      SearchResponse after = products.search(request);
      assertThat(ids(after)).hasSize(5).doesNotContain("r8", "r9");
      assertThat(after.rowsCoveredByIndex()).isEqualTo(usable - 2);
      assertThat(ids(products.search(SearchRequest.of(vectorOf("r9"), 5)))).doesNotContain("r9");
      assertThat(products.explain(request, "r8").outcome()).isEqualTo(Outcome.DELETED);
      assertThat(products.explain(request, "r9").outcome()).isEqualTo(Outcome.DELETED);
      assertThat(products.explain(request, "r27").outcome()).isEqualTo(Outcome.NO_VECTOR);
      Filter few = Filter.compare("stock", Filter.Operator.LT, 5);
      assertThat(products.explain(request.where(few), "r19").outcome()).isEqualTo(Outcome.FILTERED);
      assertThat(recall(products, few)).isGreaterThan(0.9);

      table
          .table()
          .updateSchema()
          .renameColumn("embedding", "features")
          .renameColumn("stock", "rest")
          .commit();
      SearchResponse renamed = products.search(request);
      assertThat(renamed.rowsCoveredByIndex()).isEqualTo(usable - 2);
      assertThat(products.indexes())
          .allMatch(index -> index.isComplete())
          .extracting(index -> index.definition().field())
          .containsExactly("features", "rest");
      assertThat(recall(products, Filter.compare("rest", Filter.Operator.LT, 5)))
          .isGreaterThan(0.9);
      assertThat(indexFiles()).hasSize(2);

      table.table().updateSchema().deleteColumn("rest").commit();
      assertThat(products.search(request).rowsCoveredByIndex()).isEqualTo(usable - 2);
      assertThat(products.indexes()).hasSize(1);
      products.dropIndex("stocks");
      products.optimize();
      assertThat(indexFiles()).hasSize(1);

      table.table().updateSchema().deleteColumn("features").commit();
      assertThatThrownBy(() -> products.search(request))
          .isInstanceOf(ProximaException.class)
          .hasMessageContaining("its vector column (field 5) is not there");
      assertThat(engine.detach(NAME)).isTrue();
      assertThat(indexFiles()).isEmpty();
    }
  }

  /** What {@code ./proximadb maintain} does. */
  @Test
  void maintenanceWithoutAnEngineBuildsThemToo() throws IOException {
    ForeignTable table =
        ForeignTable.create(
            warehouse, TABLE, schema(Types.StringType.get(), Types.DoubleType.get()), NONE, 3);
    table.append(FileFormat.PARQUET, rows(table, 0));
    try (ProximaEngine engine = engine()) {
      engine.attach(NAME, attachment()).createIndex(IndexDefinition.of("near", "ivf", "embedding"));
    }
    assertThat(indexFiles()).isEmpty();
    String before = table.metadataLocation();
    CollectionTable attached = warehouse.load(NAME);
    MaintenanceScope scope = new MaintenanceScope(attached, Clock.system(), FailPoints.NONE);
    for (MaintenanceWork work : MaintenanceWorks.standard()) {
      if (work.isFor(attached)) {
        while (work.run(scope).more()) {
          // The next step of the same work.
        }
      }
    }
    assertThat(indexFiles()).hasSize(1);
    assertThat(table.metadataLocation()).isEqualTo(before);
    try (ProximaEngine engine = engine()) {
      Collection products = engine.collection(NAME);
      assertThat(products.search(SearchRequest.of(query(), 10)).rowsCoveredByIndex())
          .isEqualTo(ROWS - ROWS / 20);
    }
  }
}
