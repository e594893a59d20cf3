package io.proximadb.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.proximadb.ProximaEngine;
import io.proximadb.api.EngineOptions;
import io.proximadb.server.EngineAccess;
import io.proximadb.server.ServerOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The contract over HTTP, through real sockets: what works, and what every mistake is told. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RestTest {
  private static final String DOCS = "/v1/collections/library.docs";

  /** A search for as many as there may be. */
  private static final String MOST = "{`vector`: [1, 0, 0], `k`: 10000}";

  private ProximaEngine engine;
  private RunningGateway server;

  @BeforeAll
  void start(@TempDir Path folder) {
    engine = ProximaEngine.open(EngineOptions.local(folder));
    server = RunningGateway.secured(engine, folder);
    assertThat(create("library.docs").status()).isEqualTo(200);
    RunningGateway.Answer written =
        server.post(
            DOCS + "/records/upsert",
            """
            {"records": [
              {"id": "a", "vector": [1, 0, 0], "metadata":
                {"title": "Optics", "year": 1704, "isbn": "9007199254740993"}},
              {"id": "b", "vector": [0, 1, 0], "metadata": {"title": "Herbs", "year": 1652}},
              {"id": "c/1", "vector": [1, 1, 0], "metadata": {"title": "Gardens", "year": 1728}}]}
            """);
    assertThat(written.status()).as(written.text()).isEqualTo(200);
    assertThat(written.json().path("count").intValue()).isEqualTo(3);
  }

  @AfterAll
  void stop() {
    server.close();
    engine.close();
  }

  private RunningGateway.Answer create(String name) {
    return server.post(
        "/v1/collections",
        """
        {"collection": "%s", "schema": {
          "vectorFields": [{"dimension": 3, "metric": "METRIC_COSINE"}],
          "metadataFields": [
            {"name": "title", "type": {"scalar": "SCALAR_TYPE_STRING"}},
            {"name": "year", "type": {"scalar": "SCALAR_TYPE_INT"}},
            {"name": "isbn", "type": {"scalar": "SCALAR_TYPE_LONG"}}]}}
        """
            .formatted(name));
  }

  private static List<String> ids(JsonNode hits) {
    List<String> ids = new ArrayList<>();
    hits.forEach(hit -> ids.add(hit.path("id").asText()));
    return ids;
  }

  @Test
  void searchesFindTheNearestThatPassTheFilter() {
    JsonNode answer =
        server
            .post(
                DOCS + "/search",
                """
                {"vector": [1, 0.2, 0], "k": 2, "filter": {"year": {"$gt": 1700}}}
                """)
            .json();

    assertThat(ids(answer.path("hits"))).containsExactly("a", "c/1");
    assertThat(answer.at("/hits/0/distance").doubleValue()).isBetween(0.019, 0.020);
    assertThat(answer.at("/hits/0/fields/title").asText()).isEqualTo("Optics");
    assertThat(answer.at("/hits/0/fields/isbn").textValue())
        .as("64 bits are text")
        .isEqualTo("9007199254740993");
    assertThat(answer.at("/answer/recall").doubleValue()).isEqualTo(1);
    assertThat(answer.at("/answer/rowsScannedExactly").isNumber()).as("counts").isTrue();
    assertThat(answer.at("/answer/sequence").isTextual()).as("sequences").isTrue();
  }

  @Test
  void searchesOfEveryKindAnswer() {
    JsonNode batch =
        server
            .post(
                DOCS + "/search/batch",
                """
                {"searches": [{"vector": [1, 0, 0], "k": 1},
                              {"vector": [0, 1, 0], "k": 1, "columns": ["vector"]}]}
                """)
            .json();
    assertThat(ids(batch.at("/answers/0/hits"))).containsExactly("a");
    assertThat(ids(batch.at("/answers/1/hits"))).containsExactly("b");
    assertThat(batch.at("/answers/1/hits/0/vectors/vector/values/1").intValue()).isEqualTo(1);

    JsonNode hybrid =
        server
            .post(
                DOCS + "/search/hybrid",
                """
                {"k": 1, "parts": [{"vector": [1, 0, 0], "weight": 2}, {"vector": [1, 1, 0]}],
                 "fusion": {"weightedDistances": true}}
                """)
            .json();
    assertThat(hybrid.at("/hits/0/places").size()).isEqualTo(2);
    assertThat(hybrid.at("/hits/0/score").doubleValue()).isPositive();

    JsonNode grouped =
        server
            .post(
                DOCS + "/search/grouped",
                """
                {"search": {"vector": [1, 0, 0], "k": 2}, "column": "year", "perGroup": 1}
                """)
            .json();
    assertThat(grouped.at("/groups/0/value").intValue()).isEqualTo(1704);

    JsonNode within =
        server.post(DOCS + "/search", "{\"vector\": [1, 0, 0], \"k\": 9, \"within\": 0.01}").json();
    assertThat(ids(within.path("hits"))).containsExactly("a");

    JsonNode explained =
        server
            .post(
                DOCS + "/search/explain",
                "{\"search\": {\"vector\": [1, 0, 0], \"k\": 1}, \"id\": \"b\"}")
            .json();
    assertThat(explained.path("outcome").asText()).isEqualTo("RANKED_LOWER");
    assertThat(explained.path("rank").intValue()).isEqualTo(3);
  }

  @Test
  void recordsAreReadByIdEvenWithASlash() {
    JsonNode record = server.get(DOCS + "/records/c%2F1").json();

    assertThat(record.path("id").asText()).isEqualTo("c/1");
    assertThat(record.path("vector").size()).isEqualTo(3);
    assertThat(record.path("version").isTextual()).isTrue();
    JsonNode batch = server.post(DOCS + "/records/get", "{\"ids\": [\"b\", \"x\", \"a\"]}").json();
    assertThat(ids(batch.path("records"))).containsExactly("b", "a");
  }

  @Test
  void scansGoOnPageByPageAndATokenGoesForwardOnly() {
    assertThat(create("library.paged").status()).isEqualTo(200);
    String paged = "/v1/collections/library.paged";
    List<String> records = new ArrayList<>();
    for (int i = 0; i < 25; i++) {
      records.add("{\"id\": \"r%d\", \"vector\": [1, %d, 0]}".formatted(i, i));
    }
    server.post(paged + "/records/insert", "{\"records\": [" + String.join(",", records) + "]}");
    String token = "";
    String before = "";
    List<String> seen = new ArrayList<>();
    do {
      RunningGateway.Answer page =
          server.post(
              paged + "/records/scan",
              "{\"pageSize\": 10, \"pageToken\": \"%s\"}".formatted(token));
      assertThat(page.status()).as(page.text()).isEqualTo(200);
      seen.addAll(ids(page.json().path("records")));
      before = token;
      token = page.json().path("nextPageToken").asText();
      if (!before.isEmpty() && !token.isEmpty()) {
        RunningGateway.Answer again =
            server.post(paged + "/records/scan", "{\"pageToken\": \"%s\"}".formatted(before));
        assertThat(again.status()).isEqualTo(400);
        assertThat(again.field()).isEqualTo("pageToken");
      }
    } while (!token.isEmpty());

    assertThat(seen).hasSize(25).doesNotHaveDuplicates();
    assertThat(server.flight().operations().openScans()).isZero();
  }

  @Test
  void collectionsLiveTheirLives() {
    assertThat(create("library.brief").status()).isEqualTo(200);
    String brief = "/v1/collections/library.brief";
    server.post(
        brief + "/records/insert", "{\"records\": [{\"id\": \"x\", \"vector\": [1, 0, 0]}]}");
    assertThat(server.post(brief + "/flush", "").json().path("rows").intValue()).isEqualTo(1);
    assertThat(server.get(brief + "/statistics").json().path("liveRows").intValue()).isEqualTo(1);
    String snapshot =
        server.get(brief + "/snapshots").json().at("/snapshots/0/snapshotId").textValue();

    assertThat(
            server
                .post(
                    brief + "/alter",
                    "{\"changes\": [{\"addColumn\": {\"name\": \"tag\", \"type\": {\"scalar\":"
                        + " \"SCALAR_TYPE_STRING\"}}}]}")
                .json()
                .at("/schema/metadataFields")
                .size())
        .isEqualTo(4);
    assertThat(
            server
                .post(
                    brief + "/indexes",
                    "{\"name\": \"near\", \"type\": \"hnsw\", \"field\": \"vector\"}")
                .status())
        .isEqualTo(200);
    assertThat(server.get(brief + "/indexes").json().at("/indexes/0/name").asText())
        .isEqualTo("near");
    assertThat(server.call("DELETE", brief + "/indexes/near", "").status()).isEqualTo(200);
    assertThat(server.call("PUT", brief + "/goals", "{\"recall\": 0.9}").status()).isEqualTo(200);
    assertThat(server.get(brief + "/axis").json().at("/goals/recall").doubleValue()).isEqualTo(0.9);

    long version = server.get(brief + "/records/x").json().path("version").asLong();
    RunningGateway.Answer stale =
        server.post(
            brief + "/records/compare-and-set",
            "{\"writes\": [{\"expectedVersion\": \"%d\", \"deleteId\": \"x\"}]}"
                .formatted(version + 1));
    assertThat(stale.status()).as(stale.text()).isEqualTo(409);
    assertThat(stale.reason()).isEqualTo("CONFLICT");
    assertThat(
            server
                .post(brief + "/records/set-ttl", "{\"ids\": [\"x\"], \"ttlMs\": 3600000}")
                .json()
                .path("count")
                .intValue())
        .isEqualTo(1);
    assertThat(server.get(brief + "/records/x").json().path("expiresAt").asText()).endsWith("Z");
    assertThat(server.call("DELETE", brief + "/records/x", "").status()).isEqualTo(200);
    assertThat(server.get(brief + "/records/x").status()).isEqualTo(404);
    assertThat(
            ids(
                server
                    .post(
                        brief + "/records/get",
                        "{\"ids\": [\"x\"], \"readAt\": {\"snapshotId\": \"%s\"}}"
                            .formatted(snapshot))
                    .json()
                    .path("records")))
        .as("as it was")
        .containsExactly("x");
    assertThat(server.post(brief + "/maintain", "").status()).isEqualTo(200);
    assertThat(server.call("DELETE", brief, "").json().path("dropped").booleanValue()).isTrue();
    assertThat(server.get(brief).status()).isEqualTo(404);
  }

  @ParameterizedTest(name = "{0} {1}: {2} {3}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "/search | {`vector`: [1, 0], `k`: 1} | 400 | INVALID_ARGUMENT | vector",
        "/search | {`vector`: [0, 0, 0], `k`: 1} | 400 | INVALID_ARGUMENT | vector",
        "/search | {`vector`: [1, 0, 0]} | 400 | INVALID_ARGUMENT | k",
        "/search | {`vector`: [1, 0, 0], `k`: -1} | 400 | INVALID_ARGUMENT | k",
        "/search | {`vector`: [1, 0, 0], `k`: 10001} | 400 | INVALID_ARGUMENT | k",
        "/search | {`vector`: [1, 0, 0], `k`: 99999999999} | 400 | MALFORMED_JSON | k",
        "/search | {`vector`: [1, 0, 0], `k`: 1, `recall`: 2} | 400 | INVALID_ARGUMENT | recall",
        "/search | {`vector`: [1, 0, 0], `k`: 1, `effort`: -1} | 400 | INVALID_ARGUMENT | effort",
        "/search | {`vector`: [1, 0, 0], `k`: 1, `field`: `x`} | 400 | INVALID_ARGUMENT | field",
        "/search | {`vector`: [1, 0, 0], `k`: 1, `columns`: [`x`]} | 400 | INVALID_ARGUMENT |"
            + " columns",
        "/search | {`vector`: [1, 0, 0], `k`: 1, `filter`: {`x`: 1}} | 400 | INVALID_ARGUMENT |"
            + " filter",
        "/search | {`vector`: [1, 0, 0], `k`: 1, `filterJson`: `{`} | 400 | INVALID_ARGUMENT |"
            + " filterJson",
        "/search | {`vector`: [1, 0, 0], `k`: 1, `filtr`: {}} | 400 | MALFORMED_JSON | filtr",
        "/search | {`vector`: [1, 0, 0], `k`: 1, `readAt`: {`snapshotId`: `7`}} | 404 | NOT_FOUND"
            + " |",
        "/search | {`vector`: [1, 0, 0], `k`: 1, `minSequence`: -2} | 400 | INVALID_ARGUMENT |"
            + " minSequence",
        "/search | {`vector`: [1, 0, 0], `k`: 1 | 400 | MALFORMED_JSON |",
        "/search | [1] | 400 | MALFORMED_JSON |",
        "/search | nonsense | 400 | MALFORMED_JSON |",
        "/search | {`vector`: `x`, `k`: 1} | 400 | MALFORMED_JSON | vector",
        "/search | {`vector`: [1, `x`], `k`: 1} | 400 | MALFORMED_JSON | vector[1]",
        "/search | {`k`: 1, `k`: 2} | 400 | MALFORMED_JSON | k",
        "/search | {`k`: 1} 2 | 400 | MALFORMED_JSON |",
        "/search | {`k`: 1, `filter`: {`isbn`: 9007199254740993}} | 400 | MALFORMED_JSON |"
            + " filter.isbn",
        "/search | {`vector`: [1, 0, 0], `k`: 1, `filter`: {`isbn`: 1e17}} | 400 |"
            + " INVALID_ARGUMENT | filter",
        "/search/batch | {`searches`: [{`filtr`: 1}]} | 400 | MALFORMED_JSON | searches[0].filtr",
        "/search?k=3 | {`vector`: [1, 0, 0]} | 400 | INVALID_ARGUMENT | k",
        "/search/batch | {`searches`: []} | 400 | INVALID_ARGUMENT | searches",
        "/search/batch | {`searches`: [{`vector`: [1], `k`: 1}]} | 400 | INVALID_ARGUMENT |"
            + " searches[0].vector",
        "/search/batch | {`searches`: ["
            + MOST
            + ", "
            + MOST
            + ", "
            + MOST
            + ", "
            + MOST
            + ", "
            + MOST
            + ", "
            + MOST
            + "]} | 400 | INVALID_ARGUMENT | searches",
        "/search/hybrid | {`k`: 1, `parts`: []} | 400 | INVALID_ARGUMENT | parts",
        "/search/grouped | {`search`: {`vector`: [1, 0, 0], `k`: 101}, `column`: `year`,"
            + " `perGroup`: 1} | 400 | INVALID_ARGUMENT | search.k",
        "/records/insert | {`records`: [{`id`: `a`, `vector`: [1, 0, 0]}]} | 409 | ALREADY_EXISTS"
            + " |",
        "/records/insert | {`records`: []} | 400 | INVALID_ARGUMENT | records",
        "/records/insert | {`records`: [{`id`: ``, `vector`: [1, 0, 0]}]} | 400 | INVALID_ARGUMENT"
            + " | records[0]",
        "/records/insert | {`records`: [{`id`: `n`, `vector`: [1, 0]}]} | 400 | INVALID_ARGUMENT |"
            + " records[0]",
        "/records/insert | {`records`: [{`id`: `n`, `vector`: [1, 0, 0], `metadata`: {`year`:"
            + " `x`}}]} | 400 | INVALID_ARGUMENT | records[0].metadata",
        "/records/insert | {`records`: [{`id`: `n`, `vector`: [1, 0, 0], `metadata`: {`isbn`:"
            + " 1e17}}]} | 400 | INVALID_ARGUMENT | records[0].metadata",
        "/records/insert | {`records`: [{`id`: `n`, `vector`: [1, 0, 0], `metadata`: {`no`: 1}}]} |"
            + " 400 | INVALID_ARGUMENT | records[0].metadata",
        "/records/update | {`records`: [{`id`: `n`, `vector`: [1, 0, 0]}]} | 404 | NOT_FOUND |",
        "/records/set-ttl | {`ids`: [`a`], `ttlMs`: 0} | 400 | INVALID_ARGUMENT | ttlMs",
        "/records/delete | {`ids`: []} | 400 | INVALID_ARGUMENT | ids",
        "/records/scan | {`pageSize`: 10001} | 400 | INVALID_ARGUMENT | pageSize",
        "/records/scan | {`pageToken`: `x`} | 400 | INVALID_ARGUMENT | pageToken",
        "/alter | {`changes`: []} | 400 | INVALID_ARGUMENT | changes",
        "/alter | {`changes`: [{}]} | 400 | INVALID_ARGUMENT | changes[0]",
        "/indexes | {`name`: `H`, `type`: `hnsw`, `field`: `vector`} | 400 | INVALID_ARGUMENT |"
            + " name",
        "/nonsense | {} | 404 | NO_SUCH_PATH |"
      })
  void everyMistakeIsToldWithItsReasonAndField(
      String path, String body, int status, String reason, String field) {
    RunningGateway.Answer answer = server.post(DOCS + path, body.replace('`', '"'));

    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    assertThat(answer.reason()).isEqualTo(reason);
    assertThat(answer.field()).isEqualTo(field == null ? "" : field);
    assertThat(answer.json().path("message").asText())
        .startsWith(status == 404 || status == 409 ? "Cannot " : "Invalid ");
    assertThat(answer.detail("ErrorInfo").at("/metadata/hint").asText()).isNotEmpty();
    assertThat(answer.text()).doesNotContain("Exception").doesNotContain("\tat ");
  }

  @Test
  void wrongMethodsAndNamesAreTold() {
    assertThat(server.get(DOCS + "/search").status()).isEqualTo(405);
    assertThat(server.get("/v1/collections/no%20name").field()).isEqualTo("collection");
    assertThat(server.get("/v1/collections/library.none").reason()).isEqualTo("NOT_FOUND");
    assertThat(create("library.docs").status()).isEqualTo(409);
    assertThat(server.get("/v1/collections?namespace=library").text()).contains("library.docs");
    assertThat(server.get("/v1/collections?namespace=nowhere").status()).isEqualTo(404);
  }

  @Test
  void healthIsOpenAndMetricsAreNot() {
    assertThat(server.call("GET", "/health/live", "", "accept", "*/*").status()).isEqualTo(200);
    assertThat(server.call("GET", "/health/ready", "", "accept", "*/*").status()).isEqualTo(200);
    assertThat(server.call("GET", "/metrics", "", "accept", "*/*").status()).isEqualTo(401);
    server.post(DOCS + "/search", "{\"vector\": [1, 0, 0], \"k\": 1}");
    assertThat(server.get("/metrics").text())
        .contains("proximadb_operation_seconds_bucket{operation=\"Search\",outcome=\"OK\"");
  }

  @Test
  void whatIsTooLargeOrTooOftenIsRefused(@TempDir Path folder) {
    try (ProximaEngine own = ProximaEngine.open(EngineOptions.local(folder));
        RunningGateway small =
            RunningGateway.start(
                EngineAccess.of(own),
                ServerOptions.secured(folder.resolve("keys.json")).withCallsASecond(1),
                1 << 10,
                1)) {
      RunningGateway.Answer large =
          small.post("/v1/collections", "{\"collection\": \"" + "x".repeat(2000) + "\"}");
      assertThat(large.status()).isEqualTo(413);
      assertThat(large.reason()).isEqualTo("REQUEST_TOO_LARGE");

      RunningGateway.Answer last = small.get("/v1/status");
      for (int i = 0; i < 50 && last.status() == 200; i++) {
        last = small.get("/v1/status");
      }
      assertThat(last.status()).isEqualTo(429);
      assertThat(last.reason()).isEqualTo("RATE_LIMITED");
      assertThat(last.response().headers().firstValueAsLong("retry-after")).hasValue(1);
    }
  }
}
