package io.proximadb.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.proximadb.ProximaEngine;
import io.proximadb.api.EngineOptions;
import io.proximadb.server.operations.Operation;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The OpenAPI document says what the server takes and answers. */
class OpenApiTest {
  @TempDir Path folder;

  @Test
  void theDocumentHasEveryMethodAndWhatIsAnswered() throws Exception {
    try (ProximaEngine engine = ProximaEngine.open(EngineOptions.local(folder));
        RunningGateway server = RunningGateway.secured(engine, folder)) {
      assertThat(server.call("GET", "/openapi.json", "", "accept", "*/*").status()).isEqualTo(401);
      JsonNode document = server.get("/openapi.json").json();
      Set<String> ids = new TreeSet<>();
      for (JsonNode path : document.path("paths")) {
        path.forEach(method -> assertThat(ids.add(method.path("operationId").asText())).isTrue());
      }
      Set<String> methods = new TreeSet<>();
      for (var service : ContractServices.descriptors()) {
        service.getMethods().forEach(method -> methods.add(method.getBareMethodName()));
      }
      methods.add(ImportService.NAME);
      assertThat(ids).isEqualTo(methods);
      for (Operation<?, ?> operation : server.flight().operations().all()) {
        assertThat(document.toString()).contains(operation.description());
      }
      document
          .findValuesAsText("$ref")
          .forEach(
              reference ->
                  assertThat(document.at(reference.substring(1)).isObject())
                      .as(reference)
                      .isTrue());

      JsonNode created =
          answer(
              server,
              document,
              "/v1/collections",
              "/v1/collections",
              "{\"collection\": \"docs\", \"schema\": {\"vectorFields\": [{\"dimension\": 2,"
                  + " \"metric\": \"METRIC_COSINE\"}], \"metadataFields\": [{\"name\": \"n\","
                  + " \"type\": {\"scalar\": \"SCALAR_TYPE_LONG\"}}]}}");
      assertThat(created.path("collection").asText()).isEqualTo("default.docs");
      String records = "/v1/collections/{collection}/records/";
      answer(
          server,
          document,
          records + "upsert",
          "/v1/collections/docs/records/upsert",
          "{\"records\": [{\"id\": \"a\", \"vector\": [1, 0], \"metadata\": {\"n\": \"5\"}}]}");
      answer(
          server,
          document,
          "/v1/collections/{collection}/search",
          "/v1/collections/docs/search",
          "{\"vector\": [1, 0], \"k\": 1, \"columns\": [\"n\", \"vector\"]}");
      answer(
          server,
          document,
          records + "scan",
          "/v1/collections/docs/records/scan",
          "{\"pageSize\": 10}");
    }
  }

  private static JsonNode answer(
      RunningGateway server, JsonNode document, String template, String path, String body) {
    RunningGateway.Answer answer = server.post(path, body);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    JsonNode method = document.path("paths").path(template).path("post");
    fits(document, schema(method.path("requestBody")), json(body), template);
    fits(document, schema(method.path("responses").path("200")), answer.json(), template);
    return answer.json();
  }

  private static JsonNode json(String text) {
    try {
      return new com.fasterxml.jackson.databind.ObjectMapper().readTree(text);
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
  }

  private static JsonNode schema(JsonNode of) {
    return of.path("content").path("application/json").path("schema");
  }

  /** Whether a value is as a schema says, as far as the document uses schemas. */
  private static void fits(JsonNode document, JsonNode given, JsonNode value, String where) {
    JsonNode schema =
        given.has("$ref") ? document.at(given.path("$ref").asText().substring(1)) : given;
    switch (schema.path("type").asText()) {
      case "object" -> {
        assertThat(value.isObject()).as(where).isTrue();
        value
            .properties()
            .forEach(
                field -> {
                  JsonNode property = schema.path("properties").path(field.getKey());
                  if (property.isMissingNode()) {
                    property = schema.path("additionalProperties");
                    assertThat(property.isBoolean() && !property.asBoolean())
                        .as(where + "." + field.getKey() + " is not described")
                        .isFalse();
                  }
                  fits(document, property, field.getValue(), where + "." + field.getKey());
                });
      }
      case "array" -> {
        assertThat(value.isArray()).as(where).isTrue();
        value.forEach(item -> fits(document, schema.path("items"), item, where + "[]"));
      }
      case "string" -> assertThat(value.isTextual()).as(where).isTrue();
      case "integer" -> assertThat(value.isIntegralNumber()).as(where).isTrue();
      case "number" -> assertThat(value.isNumber()).as(where).isTrue();
      case "boolean" -> assertThat(value.isBoolean()).as(where).isTrue();
      default -> {
        // Any JSON.
      }
    }
  }
}
