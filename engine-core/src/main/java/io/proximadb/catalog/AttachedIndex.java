package io.proximadb.catalog;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.proximadb.index.IndexDefinitions;
import io.proximadb.model.IndexDefinition;
import java.util.Map;
import java.util.TreeMap;
import org.apache.iceberg.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The definition of an index of an attached table as it is registered: beside the attachment, since
 * the table's own properties are its owner's. The column is known by its field id, so that the
 * owner may rename it.
 *
 * @param type which kind
 * @param fieldId the column that it is of, or a field in one
 * @param settings of the type, by name
 */
record AttachedIndex(String type, int fieldId, Map<String, String> settings) {
  private static final int VERSION = 1;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Stands for a column that is not there: no column has such a name. */
  private static final String NO_COLUMN = "#";

  /** Makes a definition that none of this version understands, so that its files are left alone. */
  private static final String UNREAD = "unread";

  /**
   * What is registered of a definition that was checked.
   *
   * @param schema under which it was
   */
  static AttachedIndex of(IndexDefinition definition, Schema schema) {
    int fieldId = schema.findField(definition.field()).fieldId();
    return new AttachedIndex(definition.type(), fieldId, definition.settings());
  }

  String toJson() {
    ObjectNode json = JSON.createObjectNode();
    json.put("version", VERSION);
    json.put("type", type);
    json.put("field", fieldId);
    ObjectNode values = json.putObject("settings");
    settings.forEach(values::put);
    return json.toString();
  }

  private static @Nullable AttachedIndex fromJson(String text) {
    try {
      JsonNode json = JSON.readTree(text);
      if (json.path("version").asInt() != VERSION) {
        return null;
      }
      Map<String, String> settings = new TreeMap<>();
      for (Map.Entry<String, JsonNode> setting : json.required("settings").properties()) {
        settings.put(setting.getKey(), setting.getValue().asText());
      }
      return new AttachedIndex(
          json.required("type").asText(), json.required("field").asInt(), settings);
    } catch (JsonProcessingException | IllegalArgumentException e) {
      return null;
    }
  }

  /**
   * Registered definitions as the properties that a collection of its own would have. One that this
   * version cannot read, or whose column is not there, becomes one that makes no sense.
   *
   * @param registered by name
   * @param schema of the collection that the table is seen as
   */
  static Map<String, String> properties(Map<String, String> registered, Schema schema) {
    Map<String, String> properties = new TreeMap<>();
    registered.forEach(
        (name, json) -> {
          AttachedIndex index = fromJson(json);
          String prefix = IndexDefinitions.prefix(name);
          if (index == null) {
            properties.put(prefix + UNREAD, json);
            return;
          }
          String column = schema.findColumnName(index.fieldId());
          properties.putAll(
              IndexDefinitions.properties(
                  name,
                  index.type(),
                  column == null ? NO_COLUMN + index.fieldId() : column,
                  index.settings()));
        });
    return properties;
  }
}
