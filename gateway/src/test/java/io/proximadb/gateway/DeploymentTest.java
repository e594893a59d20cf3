package io.proximadb.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.proximadb.client.ProximaFlightClient;
import io.proximadb.server.Samples;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the folder {@code deploy} says of a server is so. */
class DeploymentTest {
  private static final Path DEPLOY = Path.of("..", "deploy");

  @TempDir Path folder;

  private static String get(ServerProcess server, String path) throws Exception {
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.gatewayPort() + path))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(path).isEqualTo(200);
    return answer.body();
  }

  private static Set<String> all(String pattern, String text) {
    Set<String> found = new TreeSet<>();
    for (Matcher matcher = Pattern.compile(pattern).matcher(text); matcher.find(); ) {
      found.add(matcher.group(1));
    }
    assertThat(found).as(pattern).isNotEmpty();
    return found;
  }

  @Test
  void settingsProbesAndTheDashboardAreThoseOfAServer() throws Exception {
    try (ServerProcess server =
        ServerProcess.start(
            folder,
            "deployed",
            "--config=" + DEPLOY.resolve("server.properties"),
            "--warehouse=" + folder.resolve("warehouse"),
            "--host=127.0.0.1")) {
      try (ProximaFlightClient client =
          ProximaFlightClient.connect("127.0.0.1", server.port(), null)) {
        client.create(Samples.DOCS, Samples.DOCS_SCHEMA);
        client.upsert(Samples.DOCS, Samples.docs(0, 3));
      }
      for (String path :
          all(
              "path: (/[a-z/]+), port: gateway",
              Files.readString(DEPLOY.resolve("kubernetes.yaml")))) {
        assertThat(get(server, path)).contains("true");
      }
      String metrics = get(server, "/metrics");
      for (String metric : metricsOfDashboard()) {
        assertThat(metrics)
            .as("what the dashboard shows")
            .containsPattern("(?m)^" + metric + "[ {]");
      }
    }
  }

  private static Set<String> metricsOfDashboard() throws IOException {
    JsonNode dashboard =
        new ObjectMapper().readTree(DEPLOY.resolve("grafana-dashboard.json").toFile());
    StringBuilder expressions = new StringBuilder();
    for (JsonNode panel : dashboard.path("panels")) {
      assertThat(panel.path("targets")).isNotEmpty();
      for (JsonNode target : panel.path("targets")) {
        expressions.append(target.path("expr").asText()).append('\n');
      }
    }
    return all("([a-z_]+)\\{instance", expressions.toString());
  }
}
