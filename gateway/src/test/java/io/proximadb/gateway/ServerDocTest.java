package io.proximadb.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.proximadb.ProximaEngine;
import io.proximadb.api.EngineOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the examples of {@code docs/server.md} by curl and compares what they answer. */
class ServerDocTest {
  private static final Pattern EXAMPLE =
      Pattern.compile("```bash curl\\n(.*?)```\\n```json\\n(.*?)```", Pattern.DOTALL);
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @Test
  void examplesAnswerWhatTheyShow(@TempDir Path folder) throws Exception {
    String page = Files.readString(Path.of("../docs/server.md"));
    int examples = 0;
    try (ProximaEngine engine = ProximaEngine.open(EngineOptions.local(folder));
        RunningGateway server = RunningGateway.secured(engine, folder)) {
      Matcher example = EXAMPLE.matcher(page);
      while (example.find()) {
        String command =
            example.group(1).replace("localhost:8816", "127.0.0.1:" + server.gateway().port());
        String answer = run(command, server.adminKey());
        assertShows(MAPPER.readTree(example.group(2)), MAPPER.readTree(answer), command + answer);
        examples++;
      }
    }
    assertThat(examples).isGreaterThanOrEqualTo(8);
    assertThat(page.split("```bash curl").length - 1).as("all have answers").isEqualTo(examples);
  }

  private static String run(String command, String key) throws Exception {
    ProcessBuilder bash = new ProcessBuilder("bash", "-c", command).redirectErrorStream(true);
    bash.environment().put("PROXIMADB_API_KEY", key);
    Process process = bash.start();
    process.getOutputStream().close();
    String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(command + answer).isZero();
    return answer;
  }

  /** Every field that the page shows is in the answer, and equal. */
  private static void assertShows(JsonNode shown, JsonNode answered, String example) {
    if (shown.isObject()) {
      shown
          .properties()
          .forEach(field -> assertShows(field.getValue(), answered.path(field.getKey()), example));
    } else if (shown.isArray()) {
      assertThat(answered.size()).as(example).isEqualTo(shown.size());
      for (int i = 0; i < shown.size(); i++) {
        assertShows(shown.get(i), answered.path(i), example);
      }
    } else if (shown.isNumber()) {
      assertThat(answered.isNumber()).as(example).isTrue();
      assertThat(answered.doubleValue()).as(example).isEqualTo(shown.doubleValue());
    } else {
      assertThat(answered).as(example).isEqualTo(shown);
    }
  }
}
