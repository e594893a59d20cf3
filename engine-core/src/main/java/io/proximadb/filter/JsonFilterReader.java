package io.proximadb.filter;

import com.fasterxml.jackson.databind.JsonNode;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.Filter.Operator;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads one filter from a JSON tree, see {@link FilterJson} for the grammar. */
final class JsonFilterReader {
  private static final int MAX_SHOWN_CHARS = 64;
  private static final String LOGICAL_OPERATORS = "[$and, $or, $not]";
  private static final String COLUMN_OPERATORS =
      "[$eq, $ne, $gt, $gte, $lt, $lte, $in, $nin, $exists, $contains, $startsWith, $not]";
  private static final String A_VALUE = "a number, text, true or false";

  private final FilterLimits limits = new FilterLimits();

  /** The start of a message about that JSON pointer. */
  static String at(String path) {
    return path.isEmpty() ? "Invalid filter: " : "Invalid filter at " + path + ": ";
  }

  private static InvalidArgumentException invalid(String path, String found, String expected) {
    return new InvalidArgumentException(at(path) + found + " (expected " + expected + ")");
  }

  private static String describe(JsonNode node) {
    if (node.isObject()) {
      return node.isEmpty() ? "an empty object" : "an object";
    }
    if (node.isArray()) {
      return node.isEmpty() ? "an empty array" : "an array";
    }
    String text = node.toString();
    return text.length() > MAX_SHOWN_CHARS ? text.substring(0, MAX_SHOWN_CHARS) + "..." : text;
  }

  private static String child(String path, String key) {
    String shown = key.length() > MAX_SHOWN_CHARS ? key.substring(0, MAX_SHOWN_CHARS) : key;
    return path + "/" + shown.replace("~", "~0").replace("/", "~1");
  }

  /**
   * Reads a filter object.
   *
   * @param path the JSON pointer of the node
   * @param depth 1 for the root of the filter
   */
  Filter read(JsonNode node, String path, int depth) {
    if (!node.isObject()) {
      throw invalid(path, describe(node), "an object");
    }
    if (node.isEmpty()) {
      limits.node(depth, 0);
      return Filter.alwaysTrue();
    }
    return all(node, depth, (key, value, keyDepth) -> entry(key, value, path, keyDepth));
  }

  private interface EntryReader {
    Filter read(String key, JsonNode value, int depth);
  }

  /** The conjunction of an object's entries; of one entry, that entry. */
  private Filter all(JsonNode node, int depth, EntryReader reader) {
    boolean single = node.size() == 1;
    if (!single) {
      limits.node(depth, 0);
    }
    List<Filter> filters = new ArrayList<>();
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      filters.add(reader.read(entry.getKey(), entry.getValue(), single ? depth : depth + 1));
    }
    return single ? filters.get(0) : new Filter.And(filters);
  }

  private Filter entry(String key, JsonNode value, String parent, int depth) {
    String path = child(parent, key);
    switch (key) {
      case "$and":
        return new Filter.And(list(value, path, depth));
      case "$or":
        return new Filter.Or(list(value, path, depth));
      case "$not":
        limits.node(depth, 0);
        Filter negated = read(value, path, depth + 1);
        return negated instanceof Filter.AlwaysTrue
            ? new Filter.AlwaysFalse()
            : Filter.not(negated);
      case "":
        throw invalid(path, "an empty key", "a column or one of " + LOGICAL_OPERATORS);
      default:
        if (key.startsWith("$")) {
          throw invalid(path, "no such operator here", "a column or one of " + LOGICAL_OPERATORS);
        }
        return column(key, value, path, depth);
    }
  }

  private List<Filter> list(JsonNode node, String path, int depth) {
    if (!node.isArray() || node.isEmpty()) {
      throw invalid(path, describe(node), "a non-empty array of filters");
    }
    limits.node(depth, 0);
    List<Filter> filters = new ArrayList<>();
    for (int i = 0; i < node.size(); i++) {
      filters.add(read(node.get(i), path + "/" + i, depth + 1));
    }
    return filters;
  }

  private Filter column(String column, JsonNode value, String path, int depth) {
    if (value.isObject()) {
      return conditions(column, value, path, depth);
    }
    if (value.isArray()) {
      throw invalid(path, "an array", A_VALUE + ", null, or an object such as {\"$in\": [...]}");
    }
    return condition(column, "$eq", value, path, depth);
  }

  private Filter conditions(String column, JsonNode node, String path, int depth) {
    if (!node.isObject() || node.isEmpty()) {
      throw invalid(path, describe(node), "an object with at least one of " + COLUMN_OPERATORS);
    }
    return all(
        node,
        depth,
        (operator, value, keyDepth) ->
            condition(column, operator, value, child(path, operator), keyDepth));
  }

  private Filter condition(String column, String operator, JsonNode value, String path, int depth) {
    return switch (operator) {
      case "$eq" -> value.isNull() ? isNull(column, depth) : equal(column, value, path, depth);
      case "$ne" ->
          value.isNull()
              ? isNotNull(column, depth)
              : compare(column, Operator.NE, value, path, depth);
      case "$gt" -> compare(column, Operator.GT, value, path, depth);
      case "$gte" -> compare(column, Operator.GE, value, path, depth);
      case "$lt" -> compare(column, Operator.LT, value, path, depth);
      case "$lte" -> compare(column, Operator.LE, value, path, depth);
      case "$in" -> in(column, value, path, depth);
      case "$nin" -> {
        limits.node(depth, 0);
        yield Filter.not(in(column, value, path, depth + 1));
      }
      case "$exists" -> {
        if (!value.isBoolean()) {
          throw invalid(path, describe(value), "true or false");
        }
        yield value.booleanValue() ? isNotNull(column, depth) : isNull(column, depth);
      }
      case "$contains" -> {
        limits.node(depth, 1);
        yield new Filter.Contains(column, value.isNull() ? null : value(value, path));
      }
      case "$startsWith" -> {
        if (!value.isTextual()) {
          throw invalid(path, describe(value), "text");
        }
        limits.node(depth, 1);
        yield new Filter.StartsWith(column, value.textValue());
      }
      case "$not" -> {
        limits.node(depth, 0);
        yield Filter.not(conditions(column, value, path, depth + 1));
      }
      default ->
          throw invalid(
              path,
              operator.startsWith("$") ? "no such operator here" : "not an operator",
              "one of " + COLUMN_OPERATORS + "; a field of a struct is written \"column.field\"");
    };
  }

  private Filter isNull(String column, int depth) {
    limits.node(depth, 0);
    return new Filter.IsNull(column);
  }

  private Filter isNotNull(String column, int depth) {
    limits.node(depth, 0);
    return Filter.not(isNull(column, depth + 1));
  }

  private Filter equal(String column, JsonNode value, String path, int depth) {
    return compare(column, Operator.EQ, value, path, depth);
  }

  private Filter compare(String column, Operator operator, JsonNode value, String path, int depth) {
    limits.node(depth, 1);
    return Filter.compare(column, operator, value(value, path));
  }

  private Filter in(String column, JsonNode values, String path, int depth) {
    if (!values.isArray() || values.isEmpty()) {
      throw invalid(path, describe(values), "a non-empty array of values");
    }
    limits.node(depth, values.size());
    List<@Nullable Object> read = new ArrayList<>(values.size());
    for (int i = 0; i < values.size(); i++) {
      JsonNode value = values.get(i);
      read.add(value.isNull() ? null : value(value, path + "/" + i));
    }
    return new Filter.In(column, read);
  }

  private static Object value(JsonNode node, String path) {
    if (node.isTextual()) {
      return node.textValue();
    }
    if (node.isBoolean()) {
      return node.booleanValue();
    }
    if (node.isBigDecimal()) {
      return nearest(node.decimalValue());
    }
    if (node.isNumber()) {
      return node.numberValue();
    }
    throw invalid(path, describe(node), A_VALUE);
  }

  /** The double that a decimal number stands for; the number itself if it is beyond doubles. */
  static Number nearest(BigDecimal number) {
    double nearest = number.doubleValue();
    if (Double.isInfinite(nearest)) {
      return number;
    }
    return nearest;
  }
}
