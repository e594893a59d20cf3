package io.proximadb.filter;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** SQL's three-valued logic written down as plainly as possible; null is unknown. */
final class FilterReference {
  private FilterReference() {}

  static Boolean evaluate(Filter filter, Map<String, Object> row) {
    if (filter instanceof Filter.AlwaysTrue) {
      return true;
    }
    if (filter instanceof Filter.AlwaysFalse) {
      return false;
    }
    if (filter instanceof Filter.And and) {
      List<Boolean> parts = evaluateAll(and.children(), row);
      return parts.contains(false) ? Boolean.FALSE : parts.contains(null) ? null : Boolean.TRUE;
    }
    if (filter instanceof Filter.Or or) {
      List<Boolean> parts = evaluateAll(or.children(), row);
      return parts.contains(true) ? Boolean.TRUE : parts.contains(null) ? null : Boolean.FALSE;
    }
    if (filter instanceof Filter.Not not) {
      Boolean part = evaluate(not.child(), row);
      return part == null ? null : Boolean.valueOf(!part);
    }
    if (filter instanceof Filter.IsNull isNull) {
      return value(isNull.column(), row) == null;
    }
    if (filter instanceof Filter.Compare compare) {
      return compare(value(compare.column(), row), compare.operator(), compare.value());
    }
    if (filter instanceof Filter.In in) {
      return in(value(in.column(), row), in.values());
    }
    if (filter instanceof Filter.Contains contains) {
      Object value = value(contains.column(), row);
      if (value == null || contains.value() == null) {
        return null;
      }
      return value instanceof List<?> list
          ? in(contains.value(), list)
          : Boolean.valueOf(((String) value).contains((String) contains.value()));
    }
    Filter.StartsWith startsWith = (Filter.StartsWith) filter;
    Object value = value(startsWith.column(), row);
    return value == null ? null : Boolean.valueOf(((String) value).startsWith(startsWith.prefix()));
  }

  private static List<Boolean> evaluateAll(List<Filter> filters, Map<String, Object> row) {
    Boolean[] parts = filters.stream().map(child -> evaluate(child, row)).toArray(Boolean[]::new);
    return Arrays.asList(parts);
  }

  private static Object value(String column, Map<String, Object> row) {
    int dot = column.indexOf('.');
    if (dot < 0) {
      return row.get(column);
    }
    Map<?, ?> struct = (Map<?, ?>) row.get(column.substring(0, dot));
    return struct == null ? null : struct.get(column.substring(dot + 1));
  }

  private static Boolean in(Object value, List<?> values) {
    if (value == null) {
      return null;
    }
    boolean unknown = false;
    for (Object candidate : values) {
      Boolean equal = compare(value, Filter.Operator.EQ, candidate);
      if (equal == null) {
        unknown = true;
      } else if (equal) {
        return true;
      }
    }
    return unknown ? null : Boolean.FALSE;
  }

  private static Boolean compare(Object value, Filter.Operator operator, Object literal) {
    if (value == null || literal == null) {
      return null;
    }
    int order = order(value, literal);
    return switch (operator) {
      case EQ -> order == 0;
      case NE -> order != 0;
      case LT -> order < 0;
      case LE -> order <= 0;
      case GT -> order > 0;
      case GE -> order >= 0;
    };
  }

  private static int order(Object value, Object literal) {
    if (value instanceof Number) {
      double a = ((Number) value).doubleValue();
      double b = ((Number) literal).doubleValue();
      boolean exactB = !(literal instanceof Double || literal instanceof Float);
      if (Double.isNaN(a) || Double.isNaN(b)) {
        return Boolean.compare(Double.isNaN(a), Double.isNaN(b));
      }
      if (Double.isInfinite(a)) {
        return a == b && !exactB ? 0 : a > 0 ? 1 : -1;
      }
      if (Double.isInfinite(b) && !exactB) {
        return b > 0 ? -1 : 1;
      }
      return decimal(value).compareTo(decimal(literal));
    }
    if (value instanceof String text) {
      return Arrays.compare(text.codePoints().toArray(), ((String) literal).codePoints().toArray());
    }
    if (value instanceof byte[] bytes) {
      return Arrays.compareUnsigned(bytes, (byte[]) literal);
    }
    if (value instanceof LocalDate date) {
      return date.compareTo(LocalDate.parse(literal.toString()));
    }
    if (value instanceof Instant instant) {
      return instant.compareTo(Instant.parse(literal.toString()));
    }
    return ((Boolean) value).compareTo((Boolean) literal);
  }

  private static BigDecimal decimal(Object number) {
    return number instanceof Double || number instanceof Float
        ? new BigDecimal(((Number) number).doubleValue())
        : new BigDecimal(number.toString());
  }
}
