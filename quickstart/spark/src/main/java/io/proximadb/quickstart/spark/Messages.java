package io.proximadb.quickstart.spark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * Tells the process that started this one how far it is: a marked line of JSON for each message.
 */
final class Messages {
  private static final String MARK = "@ ";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final PrintStream out;

  Messages(PrintStream out) {
    this.out = out;
  }

  /** What is being done from now on. */
  void phase(String what) {
    send(Map.of("phase", what));
  }

  /** What came of it. */
  void result(Map<String, Object> result) {
    send(Map.of("result", result));
  }

  private void send(Map<String, Object> message) {
    try {
      out.println(MARK + JSON.writeValueAsString(message));
      out.flush();
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
