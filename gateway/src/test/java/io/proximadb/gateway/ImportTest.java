package io.proximadb.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.proximadb.ProximaEngine;
import io.proximadb.api.EngineOptions;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.Metric;
import io.proximadb.server.auth.Grant;
import io.proximadb.server.auth.Role;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Imports of lines: units, progress, and what is refused. */
class ImportTest {
  private static final String PATH = "/v1/collections/docs/records/import";

  @TempDir Path folder;
  private ProximaEngine engine;
  private RunningGateway server;

  @BeforeEach
  void start() {
    engine = ProximaEngine.open(EngineOptions.local(folder));
    engine.createCollection(
        CollectionName.parse("docs"),
        CollectionSchema.builder().vector(2, Metric.EUCLIDEAN).metadata("n", Scalar.INT).build());
    server = RunningGateway.secured(engine, folder);
  }

  @AfterEach
  void stop() {
    server.close();
    engine.close();
  }

  private static String line(int number) {
    return "{\"id\": \"r"
        + number
        + "\", \"vector\": ["
        + number
        + ", 1], \"metadata\": {\"n\": "
        + number
        + "}}\n";
  }

  private static String lines(int from, int to) {
    return IntStream.range(from, to).mapToObj(ImportTest::line).collect(Collectors.joining());
  }

  private RunningGateway.Answer send(String path, String body, String key) {
    return server.call(
        "POST",
        path,
        body,
        "authorization",
        "Bearer " + key,
        "content-type",
        "application/x-ndjson");
  }

  private RunningGateway.Answer send(String path, String body) {
    return send(path, body, server.adminKey());
  }

  private static List<JsonNode> told(RunningGateway.Answer answer) throws Exception {
    List<JsonNode> told = new ArrayList<>();
    for (String line : answer.text().split("\n")) {
      told.add(new ObjectMapper().readTree(line));
    }
    return told;
  }

  private long count() {
    return engine.collection(CollectionName.parse("docs")).describe().unflushedRecords();
  }

  @Test
  void unitsAreToldAsTheyBecomeDurable() throws Exception {
    RunningGateway.Answer answer = send(PATH, lines(0, 1_700) + "\n  \r\n" + lines(1_700, 2_500));
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    List<JsonNode> told = told(answer);
    assertThat(told)
        .extracting(state -> state.path("records").asInt())
        .containsExactly(1_000, 2_000, 2_500);
    assertThat(told)
        .extracting(state -> state.path("done").asBoolean())
        .containsExactly(false, false, true);
    assertThat(told.get(2).path("line").asInt()).isEqualTo(2_502);
    assertThat(told.get(2).path("sequence").isTextual()).isTrue();
    assertThat(count()).isEqualTo(2_500);

    // Nothing is a fine import, too.
    assertThat(told(send(PATH, "\n")).get(0).path("done").asBoolean()).isTrue();
  }

  @Test
  void theFirstUnitThatIsRefusedEndsTheImport() throws Exception {
    RunningGateway.Answer answer =
        send(PATH, lines(0, 1_500) + "{\"id\": 7}\n" + lines(1_501, 3_000));
    List<JsonNode> told = told(answer);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(told).hasSize(2);
    assertThat(told.get(1).path("records").asInt()).isEqualTo(1_000);
    assertThat(told.get(1).path("line").asInt()).isEqualTo(1_501);
    assertThat(told.get(1).path("error").path("code").asInt()).isEqualTo(3);
    assertThat(told.get(1).has("done")).isFalse();
    assertThat(count()).isEqualTo(1_000);

    assertThat(send(PATH + "?mode=insert", line(5)).status()).isEqualTo(409);
    assertThat(send(PATH + "?mode=insert", line(5_000)).status()).isEqualTo(200);
  }

  @Test
  void whatIsWrongFromTheStartIsTheAnswer() {
    assertThat(send(PATH, "{\"id\": \"a\", \"vector\": [1]}\n").status()).isEqualTo(400);
    assertThat(send(PATH, "not json\n").reason()).isEqualTo("MALFORMED_JSON");
    assertThat(send(PATH + "?mode=merge", line(1)).status()).isEqualTo(400);
    assertThat(send("/v1/collections/none/records/import", line(1)).status()).isEqualTo(404);
    assertThat(server.post(PATH, line(1)).status()).isEqualTo(415);
    assertThat(count()).isZero();
  }

  @Test
  void onlyThoseWhoMayWriteMayImport() {
    String reader =
        server
            .flight()
            .gate()
            .keys()
            .orElseThrow()
            .create("reader", List.of(new Grant("default", "docs", Role.READ)), null)
            .key();
    assertThat(send(PATH, line(1), reader).status()).isEqualTo(403);
    assertThat(send(PATH, line(1), "pxk_wrong").status()).isEqualTo(401);
    assertThat(count()).isZero();
  }
}
