package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.CollectionView;
import io.proximadb.api.GroupedRequest;
import io.proximadb.api.GroupedResponse;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SnapshotRef;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.Filter;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.FieldType.StructOf;
import io.proximadb.model.MetadataField;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorRecord;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.Seed;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The best hits of each of the best groups. */
class GroupedSearchTest {
  private static final int RECORDS = 1_200;

  @TempDir Path folder;

  private final Random random = Seed.random("GroupedSearchTest");
  private ProximaEngine engine;
  private Collection docs;

  @BeforeEach
  void open() {
    engine = ProximaEngine.open(Engines.quiet(folder));
    docs =
        engine.createCollection(
            CollectionName.parse("docs"),
            CollectionSchema.builder()
                .vector(2, Metric.EUCLIDEAN)
                .metadata("document", Scalar.STRING)
                .metadata("day", Scalar.DATE)
                .metadata("score", Scalar.DOUBLE)
                .metadata("number", Scalar.INT)
                .metadata("place", new StructOf(List.of(new MetadataField("zone", Scalar.INT))))
                .build());
    List<VectorRecord> records = new ArrayList<>();
    for (int i = 0; i < RECORDS; i++) {
      records.add(record(i));
    }
    docs.upsert(records.subList(0, 900));
    docs.flush();
    docs.upsert(records.subList(900, RECORDS));
    docs.delete(List.of("r3", "r1000"));
  }

  /** Most records are near one another and of one document, so that others are hard to find. */
  private VectorRecord record(int number) {
    boolean usual = number % 10 != 0;
    Map<String, Object> values = new HashMap<>();
    values.put("document", usual ? "common" : number % 70 == 0 ? null : "d" + number % 17);
    values.put("day", LocalDate.ofEpochDay(random.nextInt(3)));
    values.put("number", number);
    values.put("place", number % 11 == 0 ? null : Map.of("zone", random.nextInt(5)));
    float far = usual ? 0 : 5;
    return VectorRecord.of(
        "r" + number, new float[] {far + random.nextFloat(), random.nextInt(30) / 30f}, values);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  @Test
  void groupsAreThoseOfTheWholeRanking() {
    for (int i = 0; i < 25; i++) {
      String column = List.of("document", "day", "place.zone", "number").get(i % 4);
      Filter filter =
          i % 3 == 0 ? Filter.compare("number", Filter.Operator.LT, 700) : Filter.alwaysTrue();
      float[] query = {random.nextFloat(), random.nextFloat()};
      int groups = 1 + random.nextInt(column.equals("number") ? 6 : 30);
      int perGroup = 1 + random.nextInt(8);
      List<SearchHit> all =
          docs.search(SearchRequest.of(query, SearchRequest.MAX_K).where(filter)).hits();
      Map<Object, List<SearchHit>> expected = new LinkedHashMap<>();
      for (SearchHit hit : all) {
        Object value = value(hit, column);
        if (expected.containsKey(value) || expected.size() < groups) {
          List<SearchHit> hits = expected.computeIfAbsent(value, key -> new ArrayList<>());
          if (hits.size() < perGroup) {
            hits.add(hit);
          }
        }
      }
      SearchRequest search = SearchRequest.of(query, groups).where(filter);
      GroupedResponse response = docs.search(new GroupedRequest(search, column, perGroup));
      Map<Object, List<SearchHit>> found = new LinkedHashMap<>();
      response.groups().forEach(group -> found.put(group.value(), group.hits()));
      assertThat(new ArrayList<>(found.entrySet()))
          .as("%d groups of %d by %s", groups, perGroup, column)
          .isEqualTo(new ArrayList<>(expected.entrySet()));
    }
  }

  private static Object value(SearchHit hit, String column) {
    if (!column.equals("place.zone")) {
      return hit.fields().get(column);
    }
    Object place = hit.fields().get("place");
    return place == null ? null : ((Map<?, ?>) place).get("zone");
  }

  @Test
  void oneCommonValueDoesNotHideTheOthers() {
    SearchRequest near = SearchRequest.of(new float[] {0, 0}, 5);
    GroupedResponse response = docs.search(new GroupedRequest(near, "document", 1));
    assertThat(response.groups()).hasSize(5);
    assertThat(response.groups().get(0).value()).isEqualTo("common");
    assertThat(response.searches()).isGreaterThan(5);
  }

  @Test
  void viewsAnswerByTheirSnapshot() throws Exception {
    long snapshot = docs.snapshots().get(docs.snapshots().size() - 1).id();
    SearchRequest search = SearchRequest.of(new float[] {0, 0}, 1);
    try (CollectionView view = docs.at(SnapshotRef.id(snapshot))) {
      GroupedRequest request = new GroupedRequest(search.returning(List.of()), "document", 1_000);
      assertThat(view.search(request).groups().get(0).hits()).hasSize(810);
    }
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    SearchRequest search = SearchRequest.of(new float[] {0, 0}, 5);
    assertThatThrownBy(() -> new GroupedRequest(search, "document", 0))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("0 (expected 1 to 1000)");
    assertThatThrownBy(() -> new GroupedRequest(SearchRequest.of(new float[2], 101), "document", 1))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("101 (expected 1 to 100)");
    for (String column : List.of("score", "nothing", "place", "vector")) {
      assertThatThrownBy(() -> docs.search(new GroupedRequest(search, column, 1)))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("'" + column + "'");
    }
  }
}
