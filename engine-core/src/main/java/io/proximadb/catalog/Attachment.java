package io.proximadb.catalog;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.proximadb.error.CorruptFileException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.model.CollectionName;
import io.proximadb.model.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A table of another engine that is served as a collection, as it is registered. Columns are known
 * by field ids, so that the table's owner may rename them.
 *
 * @param name the collection that it is served as
 * @param table its name in the catalog
 * @param uuid the table's UUID: another table of that name is not the one that was attached
 * @param idField the field of ids
 * @param vectors the fields of vectors, in order
 * @param ownFolder where files of our own go, such as indexes, without a slash at the end: nothing
 *     is written where the table is. Null if no such place was known when it was attached
 */
record Attachment(
    CollectionName name,
    String table,
    UUID uuid,
    int idField,
    List<VectorColumn> vectors,
    @Nullable String ownFolder) {
  private static final int VERSION = 1;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** A field of vectors. */
  record VectorColumn(int fieldId, int dimension, Metric metric) {}

  Attachment {
    vectors = List.copyOf(vectors);
  }

  /** For the registration; about 60 bytes a vector field. */
  String toJson() {
    ObjectNode json = JSON.createObjectNode();
    json.put("version", VERSION);
    json.put("table", table);
    json.put("uuid", uuid.toString());
    json.put("id", idField);
    if (ownFolder != null) {
      json.put("files", ownFolder);
    }
    for (VectorColumn vector : vectors) {
      json.withArray("/vectors")
          .addObject()
          .put("field", vector.fieldId())
          .put("dim", vector.dimension())
          .put("metric", vector.metric().name());
    }
    return json.toString();
  }

  /**
   * Reads a registration.
   *
   * @throws UnsupportedVersionException if a newer version wrote it
   * @throws CorruptFileException if it is not one
   */
  static Attachment fromJson(CollectionName name, String text) {
    try {
      JsonNode json = JSON.readTree(text);
      int version = json.path("version").asInt();
      if (version > VERSION) {
        throw new UnsupportedVersionException(
            "Unsupported version of the registration of '"
                + name
                + "': "
                + version
                + " (supported: "
                + VERSION
                + ")");
      }
      List<VectorColumn> vectors = new ArrayList<>();
      for (JsonNode vector : json.required("vectors")) {
        vectors.add(
            new VectorColumn(
                vector.required("field").asInt(),
                vector.required("dim").asInt(),
                Metric.valueOf(vector.required("metric").asText())));
      }
      return new Attachment(
          name,
          json.required("table").asText(),
          UUID.fromString(json.required("uuid").asText()),
          json.required("id").asInt(),
          vectors,
          json.hasNonNull("files") ? json.get("files").asText() : null);
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new CorruptFileException(
          "Cannot read the registration of '"
              + name
              + "' in the properties of its namespace: "
              + text
              + " (detach it and attach it again)",
          e);
    }
  }
}
