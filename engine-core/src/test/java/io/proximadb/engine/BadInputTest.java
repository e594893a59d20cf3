package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.ScanRequest;
import io.proximadb.api.ScanResult;
import io.proximadb.api.SearchRequest;
import io.proximadb.error.AlreadyExistsException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.error.ProximaException;
import io.proximadb.filter.Filter;
import io.proximadb.filter.FilterJson;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorField;
import io.proximadb.model.VectorRecord;
import io.proximadb.testkit.Records;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Wrong requests at the engine's door: a clear error, and nothing is left behind. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadInputTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");

  private ProximaEngine engine;
  private Collection docs;

  @BeforeAll
  void open(@TempDir Path warehouse) {
    engine = ProximaEngine.open(EngineOptions.local(warehouse));
    docs = engine.createCollection(DOCS, Records.schema(Metric.COSINE));
    docs.upsert(List.of(Records.of("there", 1)));
  }

  @AfterAll
  void close() {
    engine.close();
  }

  private static VectorRecord vector(float... vector) {
    return VectorRecord.of("x", vector, Map.of());
  }

  private static VectorRecord metadata(String column, Object value) {
    Map<String, Object> values = new HashMap<>();
    values.put(column, value);
    return VectorRecord.of("x", Records.vector(1), values);
  }

  private static Arguments write(String what, VectorRecord record, String... parts) {
    return Arguments.of(
        what,
        (Consumer<BadInputTest>) test -> test.docs.upsert(List.of(Records.of("ok", 2), record)),
        InvalidArgumentException.class,
        List.of(parts));
  }

  private static Arguments call(
      String what,
      Consumer<BadInputTest> call,
      Class<? extends ProximaException> error,
      String... parts) {
    return Arguments.of(what, call, error, List.of(parts));
  }

  static Stream<Arguments> wrong() {
    return Stream.of(
        write("wrong dimension", vector(1, 2, 3), "dimension", "'vector'", "'x'", "3", "4"),
        write("NaN", vector(1, Float.NaN, 3, 4), "component 1", "NaN", "finite"),
        write("infinity", vector(1, 2, Float.NEGATIVE_INFINITY, 4), "component 2", "-Infinity"),
        write("zero vector under cosine", vector(0, -0f, 0, 0), "zero", "COSINE"),
        write(
            "no vector",
            new VectorRecord("x", Map.of(), Map.of(), null),
            "no vector",
            "'vector'",
            "4 floats"),
        write(
            "unknown vector field",
            new VectorRecord(
                "x",
                Map.of("vector", Records.vector(1), "image", Records.vector(2)),
                Map.of(),
                null),
            "'image'",
            "[vector]"),
        write("empty id", VectorRecord.of("", Records.vector(1), Map.of()), "id", "''"),
        write(
            "long id",
            VectorRecord.of("x".repeat(1_025), Records.vector(1), Map.of()),
            "1025 bytes",
            "at most 1024"),
        write("unknown column", metadata("colour", "red"), "'colour'", "[category, number]"),
        write("wrong type", metadata("number", "seven"), "'number'", "seven", "LONG"),
        write("fraction in a long", metadata("number", 2.5), "'number'", "2.5", "LONG"),
        write("same id twice", Records.of("ok", 3), "'ok'", "twice"),
        call(
            "insert of a live id",
            test -> test.docs.insert(List.of(Records.of("new", 1), Records.of("there", 2))),
            AlreadyExistsException.class,
            "'there'",
            "live"),
        call(
            "too many records",
            test -> test.docs.delete(java.util.Collections.nCopies(100_001, "x")),
            InvalidArgumentException.class,
            "100001",
            "100000"),
        call(
            "deletion of an empty id",
            test -> test.docs.delete(List.of("there", "")),
            InvalidArgumentException.class,
            "''"),
        call(
            "get of null",
            test -> test.docs.get(Arrays.asList("a", null)),
            InvalidArgumentException.class,
            "null"),
        call(
            "unknown collection",
            test -> test.engine.collection(CollectionName.parse("nothing")),
            NotFoundException.class,
            "'default.nothing'"),
        call(
            "unknown namespace",
            test -> test.engine.listCollections("nowhere"),
            NotFoundException.class,
            "'nowhere'"),
        call(
            "bad name",
            test -> test.engine.collection(CollectionName.parse("a-b")),
            InvalidArgumentException.class,
            "'a-b'",
            "[A-Za-z][A-Za-z0-9_]{0,127}"),
        call(
            "existing collection",
            test -> test.engine.createCollection(DOCS, Records.schema()),
            AlreadyExistsException.class,
            "'default.docs'"),
        call(
            "k of 0",
            test -> SearchRequest.of(Records.vector(1), 0),
            InvalidArgumentException.class,
            "k: 0",
            "1 to 10000"),
        call(
            "k too large",
            test -> SearchRequest.of(Records.vector(1), 10_001),
            InvalidArgumentException.class,
            "10001"),
        call(
            "query of wrong dimension",
            test -> test.docs.search(SearchRequest.of(new float[] {1}, 1)),
            InvalidArgumentException.class,
            "query",
            "1 (expected 4)"),
        call(
            "zero query under cosine",
            test -> test.docs.search(SearchRequest.of(new float[4], 1)),
            InvalidArgumentException.class,
            "query",
            "COSINE"),
        call(
            "unknown vector field in a search",
            test -> test.docs.search(SearchRequest.of(Records.vector(1), 1).by("image")),
            InvalidArgumentException.class,
            "'image'",
            "[vector]"),
        call(
            "unknown column in a filter",
            test ->
                test.docs.search(
                    SearchRequest.of(Records.vector(1), 1).where(Filter.equal("colour", "red"))),
            InvalidArgumentException.class,
            "'colour'"),
        call(
            "wrong type in a filter",
            test -> test.docs.scan(ScanRequest.of(Filter.equal("number", "x"), List.of("id"))),
            InvalidArgumentException.class,
            "'number'",
            "x"),
        call(
            "malformed filter",
            test -> FilterJson.parse("{\"number\": {\"$near\": 3}}"),
            InvalidArgumentException.class,
            "$near"),
        call(
            "unknown column in a scan",
            test -> test.docs.scan(ScanRequest.of(Filter.alwaysTrue(), List.of("id", "colour"))),
            InvalidArgumentException.class,
            "'colour'"),
        call(
            "dimension out of range",
            test -> new VectorField("v", 0, Metric.DOT),
            InvalidArgumentException.class,
            "'v'",
            "0 (expected 1 to 65536)"),
        call(
            "reserved column",
            test ->
                CollectionSchema.builder()
                    .vector(2, Metric.DOT)
                    .metadata("ID", FieldType.Scalar.LONG)
                    .build(),
            InvalidArgumentException.class,
            "'ID'",
            "reserved"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wrong")
  void isRefusedWithAClearError(
      String what,
      Consumer<BadInputTest> call,
      Class<? extends ProximaException> error,
      List<String> parts) {
    assertThatThrownBy(() -> call.accept(this))
        .isInstanceOf(error)
        .message()
        .contains(parts.toArray(String[]::new));
    assertThat(docs.get(List.of("ok", "x", "new"))).as("nothing is left behind").isEmpty();
    long rows = 0;
    try (ScanResult scan = docs.scan(ScanRequest.all())) {
      while (scan.hasNext()) {
        rows += scan.next().rowCount();
      }
    }
    assertThat(rows).isEqualTo(1);
    assertThat(engine.listCollections("default")).containsExactly(DOCS);
  }
}
