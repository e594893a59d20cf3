package io.proximadb.spark.read;

import io.proximadb.filter.Filter;
import io.proximadb.model.FieldType;
import io.proximadb.model.MetadataField;
import io.proximadb.model.Timestamps;
import io.proximadb.spark.types.SparkColumns;
import io.proximadb.spark.types.SparkTypes;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.connector.expressions.Expression;
import org.apache.spark.sql.connector.expressions.Literal;
import org.apache.spark.sql.connector.expressions.NamedReference;
import org.apache.spark.sql.connector.expressions.filter.Predicate;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;

/**
 * Converts Spark's predicates to filters that mean exactly the same, NULL included. What has no
 * exact counterpart does not convert, and Spark evaluates it.
 */
public final class PredicateConverter {
  /** A leaf becomes up to three levels, and all filters are put in one conjunction. */
  private static final int MAX_DEPTH = Filter.MAX_DEPTH - 4;

  private final SparkColumns columns;

  public PredicateConverter(SparkColumns columns) {
    this.columns = columns;
  }

  /**
   * The filter that is true for exactly the rows that the predicate is true for, if there is one.
   */
  public Optional<Filter> convert(Predicate predicate) {
    return Optional.ofNullable(filter(predicate, 1));
  }

  /** A filter for all of the predicates at once; empty if one does not convert. */
  public Optional<Filter> convertAll(Predicate[] predicates) {
    List<Filter> filters = new ArrayList<>();
    for (Predicate predicate : predicates) {
      Optional<Filter> filter = convert(predicate);
      if (filter.isEmpty()) {
        return Optional.empty();
      }
      filters.add(filter.get());
    }
    Filter all = new Filter.And(filters);
    return size(all) <= Filter.MAX_SIZE ? Optional.of(all) : Optional.empty();
  }

  /** Nodes and values of a filter, which {@link Filter#MAX_SIZE} bounds. */
  public static int size(Filter filter) {
    if (filter instanceof Filter.And and) {
      return 1 + and.children().stream().mapToInt(PredicateConverter::size).sum();
    }
    if (filter instanceof Filter.Or or) {
      return 1 + or.children().stream().mapToInt(PredicateConverter::size).sum();
    }
    if (filter instanceof Filter.Not not) {
      return 1 + size(not.child());
    }
    return filter instanceof Filter.In in ? 1 + in.values().size() : 2;
  }

  private @Nullable Filter filter(Predicate predicate, int depth) {
    if (depth > MAX_DEPTH) {
      return null;
    }
    Expression[] children = predicate.children();
    return switch (predicate.name()) {
      case "ALWAYS_TRUE" -> new Filter.AlwaysTrue();
      case "ALWAYS_FALSE" -> new Filter.AlwaysFalse();
      case "AND", "OR" -> junction(predicate, depth);
      case "NOT" -> not(children[0], depth);
      case "IS_NULL" -> isNull(children[0]);
      case "IS_NOT_NULL" -> negated(isNull(children[0]));
      case "=", "<>", "<", "<=", ">", ">=", "<=>" ->
          comparison(predicate.name(), children[0], children[1]);
      case "IN" -> in(children);
      case "STARTS_WITH" -> startsWith(children[0], children[1]);
      case "CONTAINS" -> contains(children[0], children[1]);
      default -> null;
    };
  }

  private @Nullable Filter junction(Predicate predicate, int depth) {
    List<Filter> filters = new ArrayList<>();
    for (Expression child : predicate.children()) {
      Filter filter = child instanceof Predicate inner ? filter(inner, depth + 1) : null;
      if (filter == null) {
        return null;
      }
      filters.add(filter);
    }
    return predicate.name().equals("AND") ? new Filter.And(filters) : new Filter.Or(filters);
  }

  private @Nullable Filter not(Expression child, int depth) {
    return negated(child instanceof Predicate inner ? filter(inner, depth + 1) : null);
  }

  private static @Nullable Filter negated(@Nullable Filter filter) {
    return filter == null ? null : new Filter.Not(filter);
  }

  private @Nullable Filter isNull(Expression child) {
    if (!(child instanceof NamedReference reference)) {
      return null;
    }
    if (reference.fieldNames().length == 1
        && columns.vectorField(reference.fieldNames()[0]).isPresent()) {
      // Of a field that rows may be without, Spark has to look itself: filters know no vectors.
      return columns.isNeverNull(reference.fieldNames()[0]) ? new Filter.AlwaysFalse() : null;
    }
    Column column = column(child);
    return column == null ? null : new Filter.IsNull(column.path);
  }

  private @Nullable Filter comparison(String name, Expression left, Expression right) {
    if (left instanceof Literal<?> && right instanceof NamedReference) {
      return comparison(mirrored(name), right, left);
    }
    Column column = scalar(left);
    if (column == null || !(right instanceof Literal<?> literal) || !column.compares(literal)) {
      return null;
    }
    Object value = literal.value() == null ? null : column.javaValue(literal.value());
    if (name.equals("<=>")) {
      Filter isNull = new Filter.IsNull(column.path);
      return value == null
          ? isNull
          : Filter.and(Filter.not(isNull), Filter.equal(column.path, value));
    }
    return Filter.compare(column.path, operator(name), value);
  }

  private static String mirrored(String name) {
    return switch (name) {
      case "<" -> ">";
      case "<=" -> ">=";
      case ">" -> "<";
      case ">=" -> "<=";
      default -> name;
    };
  }

  private static Filter.Operator operator(String name) {
    return switch (name) {
      case "=" -> Filter.Operator.EQ;
      case "<>" -> Filter.Operator.NE;
      case "<" -> Filter.Operator.LT;
      case "<=" -> Filter.Operator.LE;
      case ">" -> Filter.Operator.GT;
      case ">=" -> Filter.Operator.GE;
      default -> throw new AssertionError(name);
    };
  }

  private @Nullable Filter in(Expression[] children) {
    Column column = scalar(children[0]);
    if (column == null || children.length - 1 > Filter.MAX_SIZE / 2) {
      return null;
    }
    List<@Nullable Object> values = new ArrayList<>();
    for (int i = 1; i < children.length; i++) {
      if (!(children[i] instanceof Literal<?> literal) || !column.compares(literal)) {
        return null;
      }
      values.add(literal.value() == null ? null : column.javaValue(literal.value()));
    }
    return new Filter.In(column.path, values);
  }

  private @Nullable Filter startsWith(Expression left, Expression right) {
    Column column = stringColumn(left);
    String prefix = text(right);
    return column == null || prefix == null ? null : new Filter.StartsWith(column.path, prefix);
  }

  private @Nullable Filter contains(Expression left, Expression right) {
    Column column = stringColumn(left);
    String part = text(right);
    return column == null || part == null ? null : new Filter.Contains(column.path, part);
  }

  private @Nullable Column stringColumn(Expression expression) {
    Column column = column(expression);
    return column != null && column.type == FieldType.Scalar.STRING ? column : null;
  }

  private static @Nullable String text(Expression expression) {
    return expression instanceof Literal<?> literal && literal.value() instanceof UTF8String text
        ? text.toString()
        : null;
  }

  private @Nullable Column scalar(Expression expression) {
    Column column = column(expression);
    return column != null && column.type instanceof FieldType.Scalar ? column : null;
  }

  private @Nullable Column column(Expression expression) {
    if (!(expression instanceof NamedReference reference)) {
      return null;
    }
    String[] path = reference.fieldNames();
    FieldType type = columns.fieldType(path[0]).orElse(null);
    for (int i = 1; i < path.length && type != null; i++) {
      type = type instanceof FieldType.StructOf struct ? field(struct, path[i]) : null;
    }
    return type == null ? null : new Column(String.join(".", path), type);
  }

  private static @Nullable FieldType field(FieldType.StructOf struct, String name) {
    return struct.fields().stream()
        .filter(field -> field.name().equals(name))
        .map(MetadataField::type)
        .findFirst()
        .orElse(null);
  }

  /** A column or a field of a struct column. */
  private record Column(String path, FieldType type) {
    /** True if Spark compares the column with the literal as values of one and the same type. */
    boolean compares(Literal<?> literal) {
      return literal.dataType().equals(SparkTypes.toSpark(type));
    }

    /** Spark's internal form of a value as the Java class that the filter expects. */
    Object javaValue(Object value) {
      return switch ((FieldType.Scalar) type) {
        case STRING -> value.toString();
        case DATE -> LocalDate.ofEpochDay((Integer) value);
        case TIMESTAMP -> Timestamps.ofMicros((Long) value);
        case BOOLEAN, INT, LONG, FLOAT, DOUBLE, BINARY -> value;
      };
    }
  }
}
