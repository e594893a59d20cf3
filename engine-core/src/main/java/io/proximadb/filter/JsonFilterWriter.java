package io.proximadb.filter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.proximadb.error.InvalidArgumentException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes one filter as a JSON tree, see {@link FilterJson} for the grammar. */
final class JsonFilterWriter {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /** Whole numbers with more digits are written with an exponent, as readers bound the digits. */
  private static final int MAX_WHOLE_DIGITS = 400;

  private final FilterLimits limits = new FilterLimits();

  /**
   * Writes a filter.
   *
   * @param depth 1 for the root
   */
  ObjectNode write(Filter filter, int depth) {
    limits.node(depth, filter instanceof Filter.In in ? in.values().size() : 0);
    if (filter instanceof Filter.And and) {
      return and.children().isEmpty()
          ? NODES.objectNode()
          : object("$and", list(and.children(), depth));
    }
    if (filter instanceof Filter.Or or) {
      return or.children().isEmpty() ? alwaysFalse() : object("$or", list(or.children(), depth));
    }
    if (filter instanceof Filter.Not not) {
      return object("$not", write(not.child(), depth + 1));
    }
    if (filter instanceof Filter.Compare compare) {
      return compare.value() == null
          ? unknown(compare.column())
          : condition(compare.column(), operator(compare.operator()), value(compare.value()));
    }
    if (filter instanceof Filter.In in) {
      return in.values().isEmpty() ? inNothing(in.column()) : in(in.column(), in.values());
    }
    if (filter instanceof Filter.IsNull isNull) {
      return condition(isNull.column(), "$exists", NODES.booleanNode(false));
    }
    if (filter instanceof Filter.Contains contains) {
      return condition(contains.column(), "$contains", value(contains.value()));
    }
    if (filter instanceof Filter.StartsWith startsWith) {
      return condition(startsWith.column(), "$startsWith", NODES.textNode(startsWith.prefix()));
    }
    return filter instanceof Filter.AlwaysTrue ? NODES.objectNode() : alwaysFalse();
  }

  private static ObjectNode object(String key, JsonNode value) {
    return NODES.objectNode().set(key, value);
  }

  private static ObjectNode alwaysFalse() {
    return object("$not", NODES.objectNode());
  }

  private ArrayNode list(List<Filter> filters, int depth) {
    ArrayNode array = NODES.arrayNode(filters.size());
    filters.forEach(filter -> array.add(write(filter, depth + 1)));
    return array;
  }

  private static ObjectNode condition(String column, String operator, JsonNode value) {
    if (column.isEmpty() || column.startsWith("$")) {
      throw new InvalidArgumentException(
          "Cannot write filter as JSON: column '" + column + "' would not read as a column");
    }
    return object(column, object(operator, value));
  }

  private static ObjectNode in(String column, List<@Nullable Object> values) {
    ArrayNode array = NODES.arrayNode(values.size());
    values.forEach(value -> array.add(value(value)));
    return condition(column, "$in", array);
  }

  /** Unknown for every row, as a comparison with NULL is. */
  private static ObjectNode unknown(String column) {
    return condition(column, "$in", NODES.arrayNode().addNull());
  }

  /** False, but unknown for NULL: "not (column is not NULL or unknown)". */
  private static ObjectNode inNothing(String column) {
    ArrayNode either =
        NODES
            .arrayNode()
            .add(condition(column, "$exists", NODES.booleanNode(true)))
            .add(unknown(column));
    return object("$not", object("$or", either));
  }

  private static String operator(Filter.Operator operator) {
    return switch (operator) {
      case EQ -> "$eq";
      case NE -> "$ne";
      case LT -> "$lt";
      case LE -> "$lte";
      case GT -> "$gt";
      case GE -> "$gte";
    };
  }

  private static JsonNode value(@Nullable Object value) {
    if (value == null) {
      return NODES.nullNode();
    }
    if (value instanceof Boolean bool) {
      return NODES.booleanNode(bool);
    }
    if (value instanceof String text) {
      return NODES.textNode(text);
    }
    if (value instanceof LocalDate || value instanceof Instant) {
      return NODES.textNode(value.toString());
    }
    if (value instanceof byte[] bytes) {
      return NODES.textNode(Base64.getEncoder().encodeToString(bytes));
    }
    JsonNode number = value instanceof Number some ? number(some) : null;
    if (number == null) {
      throw new InvalidArgumentException(
          "Cannot write filter as JSON: "
              + value
              + " of class "
              + value.getClass().getSimpleName()
              + " (expected a value of a scalar type)");
    }
    return number;
  }

  private static @Nullable JsonNode number(Number value) {
    if (value instanceof Double || value instanceof Float) {
      double number = value.doubleValue();
      // JSON has no NaN and no infinity; numeric columns take them as text.
      return Double.isFinite(number)
          ? NODES.numberNode(number)
          : NODES.textNode(Double.toString(number));
    }
    if (value instanceof BigInteger integer) {
      return NODES.numberNode(integer);
    }
    if (value instanceof BigDecimal decimal) {
      return decimal(decimal);
    }
    return value instanceof Long
            || value instanceof Integer
            || value instanceof Short
            || value instanceof Byte
        ? NODES.numberNode(value.longValue())
        : null;
  }

  private static JsonNode decimal(BigDecimal value) {
    BigDecimal stripped = value.stripTrailingZeros();
    long digits = stripped.precision() - (long) stripped.scale();
    if (stripped.scale() <= 0 && digits <= MAX_WHOLE_DIGITS) {
      return NODES.numberNode(stripped.toBigIntegerExact());
    }
    Number read = JsonFilterReader.nearest(value);
    if (read instanceof Double && new BigDecimal(read.doubleValue()).compareTo(value) != 0) {
      throw new InvalidArgumentException(
          "Cannot write filter as JSON: "
              + value
              + " would read as the nearest double (expected a double or a whole number)");
    }
    return NODES.numberNode(value);
  }
}
