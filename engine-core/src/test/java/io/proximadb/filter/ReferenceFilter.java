package io.proximadb.filter;

import io.proximadb.model.FieldType;
import io.proximadb.model.FieldType.ListOf;
import io.proximadb.model.FieldType.Scalar;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Filters evaluated as their documentation reads, one value at a time, with {@link Boolean} and
 * null for unknown. It shares no code with what it checks.
 */
final class ReferenceFilter {
  private ReferenceFilter() {}

  static Boolean evaluate(Filter filter, Map<String, Object> row) {
    if (filter instanceof Filter.AlwaysTrue) {
      return true;
    }
    if (filter instanceof Filter.AlwaysFalse) {
      return false;
    }
    if (filter instanceof Filter.Not not) {
      Boolean truth = evaluate(not.child(), row);
      return truth == null ? null : Boolean.valueOf(!truth);
    }
    if (filter instanceof Filter.And and) {
      Boolean result = true;
      for (Filter child : and.children()) {
        result = and(result, evaluate(child, row));
      }
      return result;
    }
    if (filter instanceof Filter.Or or) {
      Boolean result = false;
      for (Filter child : or.children()) {
        result = or(result, evaluate(child, row));
      }
      return result;
    }
    return leaf(filter, row);
  }

  private static Boolean and(Boolean left, Boolean right) {
    if (Boolean.FALSE.equals(left) || Boolean.FALSE.equals(right)) {
      return false;
    }
    return left == null || right == null ? null : true;
  }

  private static Boolean or(Boolean left, Boolean right) {
    if (Boolean.TRUE.equals(left) || Boolean.TRUE.equals(right)) {
      return true;
    }
    return left == null || right == null ? null : false;
  }

  private static Boolean leaf(Filter filter, Map<String, Object> row) {
    if (filter instanceof Filter.IsNull isNull) {
      return value(row, isNull.column()) == null;
    }
    if (filter instanceof Filter.Compare compare) {
      FieldType type = RandomFilters.PATHS.get(compare.column());
      Integer order = order((Scalar) type, value(row, compare.column()), compare.value());
      if (order == null) {
        return null;
      }
      return switch (compare.operator()) {
        case EQ -> order == 0;
        case NE -> order != 0;
        case LT -> order < 0;
        case LE -> order <= 0;
        case GT -> order > 0;
        case GE -> order >= 0;
      };
    }
    if (filter instanceof Filter.In in) {
      Object value = value(row, in.column());
      Boolean result = value == null ? null : false;
      for (Object item : in.values()) {
        result = or(result, equal((Scalar) RandomFilters.PATHS.get(in.column()), value, item));
      }
      return result;
    }
    if (filter instanceof Filter.StartsWith startsWith) {
      String text = (String) value(row, startsWith.column());
      return text == null ? null : Boolean.valueOf(text.startsWith(startsWith.prefix()));
    }
    Filter.Contains contains = (Filter.Contains) filter;
    Object value = value(row, contains.column());
    if (value == null || contains.value() == null) {
      return null;
    }
    if (value instanceof String text) {
      return text.contains((String) contains.value());
    }
    Scalar element = (Scalar) ((ListOf) RandomFilters.PATHS.get(contains.column())).element();
    Boolean result = false;
    for (Object item : (List<?>) value) {
      result = or(result, equal(element, item, contains.value()));
    }
    return result;
  }

  private static Object value(Map<String, Object> row, String path) {
    Object value = row;
    for (String part : path.split("\\.")) {
      value = value == null ? null : ((Map<?, ?>) value).get(part);
    }
    return value;
  }

  private static Boolean equal(Scalar type, Object left, Object right) {
    Integer order = order(type, left, right);
    return order == null ? null : Boolean.valueOf(order == 0);
  }

  private static Integer order(Scalar type, Object value, Object literal) {
    if (value == null || literal == null) {
      return null;
    }
    return switch (type) {
      case BOOLEAN -> ((Boolean) value).compareTo((Boolean) literal);
      case INT, LONG, FLOAT, DOUBLE -> numbers(value, literal);
      case STRING ->
          Arrays.compare(
              ((String) value).codePoints().toArray(), ((String) literal).codePoints().toArray());
      case BINARY -> Arrays.compareUnsigned((byte[]) value, (byte[]) literal);
      case DATE ->
          ((LocalDate) value)
              .compareTo(
                  literal instanceof String text ? LocalDate.parse(text) : (LocalDate) literal);
      case TIMESTAMP ->
          ((Instant) value)
              .compareTo(literal instanceof String text ? Instant.parse(text) : (Instant) literal);
    };
  }

  private static int numbers(Object left, Object right) {
    int order = Integer.compare(magnitude(left), magnitude(right));
    if (order != 0 || magnitude(left) != 0) {
      return order;
    }
    return exact(left).compareTo(exact(right));
  }

  private static BigDecimal exact(Object number) {
    return number instanceof Float || number instanceof Double
        ? new BigDecimal(((Number) number).doubleValue())
        : new BigDecimal(number.toString());
  }

  /** -1, 1 and 2 for the infinities and NaN, 0 for everything between. */
  private static int magnitude(Object number) {
    return switch (number.toString()) {
      case "-Infinity" -> -1;
      case "Infinity" -> 1;
      case "NaN" -> 2;
      default -> 0;
    };
  }
}
