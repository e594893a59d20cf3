package io.proximadb.cli.quickstart;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import io.proximadb.cli.CliException;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A gloss with its vector, as it is handed to Spark and Flink.
 *
 * @param gloss the synset
 * @param vector its embedding; empty for a deletion
 */
@SuppressWarnings("ArrayRecordComponent") // identity is never compared
record EmbeddedGloss(Gloss gloss, float[] vector) {
  private static final JsonFactory JSON = new JsonFactory();

  /**
   * Writes glosses as one JSON object a line.
   *
   * @param source goes into the column {@code source}: the door they are written through
   */
  static void write(List<EmbeddedGloss> glosses, String source, Path file) {
    try (Writer out = Files.newBufferedWriter(file);
        JsonGenerator json = JSON.createGenerator(out)) {
      json.setPrettyPrinter(new MinimalPrettyPrinter("\n"));
      for (EmbeddedGloss one : glosses) {
        one.write(json, source);
      }
      json.writeRaw('\n');
    } catch (IOException e) {
      throw new CliException("Cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  private void write(JsonGenerator json, String source) throws IOException {
    json.writeStartObject();
    json.writeStringField("change", gloss.change());
    json.writeStringField("id", gloss.id());
    if (!gloss.isDelete()) {
      json.writeStringField("words", gloss.words());
      json.writeStringField("category", gloss.category());
      json.writeNumberField("word_count", gloss.wordCount());
      json.writeStringField("gloss", gloss.gloss());
      json.writeStringField("source", source);
      writeVector(json, vector);
    }
    json.writeEndObject();
  }

  /** Writes one vector as {@code {"vector": [...]}}. */
  static void writeQuestion(float[] vector, Path file) {
    try (Writer out = Files.newBufferedWriter(file);
        JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartObject();
      writeVector(json, vector);
      json.writeEndObject();
    } catch (IOException e) {
      throw new CliException("Cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  private static void writeVector(JsonGenerator json, float[] vector) throws IOException {
    json.writeArrayFieldStart("vector");
    for (float component : vector) {
      json.writeNumber(component);
    }
    json.writeEndArray();
  }
}
