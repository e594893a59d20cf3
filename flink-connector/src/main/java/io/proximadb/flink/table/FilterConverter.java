package io.proximadb.flink.table;

import io.proximadb.filter.Filter;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.MetadataField;
import io.proximadb.model.SystemColumns;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.table.expressions.CallExpression;
import org.apache.flink.table.expressions.FieldReferenceExpression;
import org.apache.flink.table.expressions.ResolvedExpression;
import org.apache.flink.table.expressions.ValueLiteralExpression;
import org.apache.flink.table.functions.BuiltInFunctionDefinitions;
import org.apache.flink.table.functions.FunctionDefinition;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.jspecify.annotations.Nullable;

/**
 * Converts Flink's conditions to filters that mean exactly the same, NULL and NaN included. What
 * has no exact counterpart does not convert, and Flink evaluates it.
 */
final class FilterConverter {
  /** A leaf becomes up to three levels, and all filters are put in one conjunction. */
  private static final int MAX_DEPTH = Filter.MAX_DEPTH - 4;

  private final CollectionSchema schema;

  FilterConverter(CollectionSchema schema) {
    this.schema = schema;
  }

  /** The filter that is true for exactly the rows that the condition is true for, if any. */
  Optional<Filter> convert(ResolvedExpression condition) {
    return Optional.ofNullable(filter(condition, 1));
  }

  /** Nodes and values of a filter, which {@link Filter#MAX_SIZE} bounds. */
  static int size(Filter filter) {
    if (filter instanceof Filter.And and) {
      return 1 + and.children().stream().mapToInt(FilterConverter::size).sum();
    }
    if (filter instanceof Filter.Or or) {
      return 1 + or.children().stream().mapToInt(FilterConverter::size).sum();
    }
    if (filter instanceof Filter.Not not) {
      return 1 + size(not.child());
    }
    return filter instanceof Filter.In in ? 1 + in.values().size() : 2;
  }

  private @Nullable Filter filter(ResolvedExpression condition, int depth) {
    if (depth > MAX_DEPTH) {
      return null;
    }
    if (condition instanceof FieldReferenceExpression reference) {
      return type(reference) == FieldType.Scalar.BOOLEAN
          ? Filter.equal(reference.getName(), true)
          : null;
    }
    if (!(condition instanceof CallExpression call)) {
      return null;
    }
    FunctionDefinition function = call.getFunctionDefinition();
    List<ResolvedExpression> arguments = call.getResolvedChildren();
    if (function == BuiltInFunctionDefinitions.AND || function == BuiltInFunctionDefinitions.OR) {
      return junction(function == BuiltInFunctionDefinitions.AND, arguments, depth);
    }
    if (function == BuiltInFunctionDefinitions.NOT) {
      Filter negated = filter(arguments.get(0), depth + 1);
      return negated == null ? null : Filter.not(negated);
    }
    if (function == BuiltInFunctionDefinitions.IS_NULL) {
      return isNull(arguments.get(0));
    }
    if (function == BuiltInFunctionDefinitions.IS_NOT_NULL) {
      Filter isNull = isNull(arguments.get(0));
      return isNull == null ? null : Filter.not(isNull);
    }
    if (function == BuiltInFunctionDefinitions.IN) {
      return in(arguments);
    }
    if (function == BuiltInFunctionDefinitions.LIKE && arguments.size() == 2) {
      return like(arguments.get(0), arguments.get(1));
    }
    Filter.Operator operator = operator(function);
    return operator == null ? null : comparison(operator, arguments.get(0), arguments.get(1));
  }

  private @Nullable Filter junction(boolean and, List<ResolvedExpression> conditions, int depth) {
    List<Filter> filters = new ArrayList<>();
    for (ResolvedExpression condition : conditions) {
      Filter filter = filter(condition, depth + 1);
      if (filter == null) {
        return null;
      }
      filters.add(filter);
    }
    return and ? new Filter.And(filters) : new Filter.Or(filters);
  }

  private static Filter.@Nullable Operator operator(FunctionDefinition function) {
    if (function == BuiltInFunctionDefinitions.EQUALS) {
      return Filter.Operator.EQ;
    }
    if (function == BuiltInFunctionDefinitions.NOT_EQUALS) {
      return Filter.Operator.NE;
    }
    if (function == BuiltInFunctionDefinitions.LESS_THAN) {
      return Filter.Operator.LT;
    }
    if (function == BuiltInFunctionDefinitions.LESS_THAN_OR_EQUAL) {
      return Filter.Operator.LE;
    }
    if (function == BuiltInFunctionDefinitions.GREATER_THAN) {
      return Filter.Operator.GT;
    }
    return function == BuiltInFunctionDefinitions.GREATER_THAN_OR_EQUAL ? Filter.Operator.GE : null;
  }

  private static Filter.Operator mirrored(Filter.Operator operator) {
    return switch (operator) {
      case LT -> Filter.Operator.GT;
      case LE -> Filter.Operator.GE;
      case GT -> Filter.Operator.LT;
      case GE -> Filter.Operator.LE;
      case EQ, NE -> operator;
    };
  }

  private @Nullable Filter isNull(ResolvedExpression argument) {
    return argument instanceof FieldReferenceExpression reference && type(reference) != null
        ? new Filter.IsNull(reference.getName())
        : null;
  }

  private @Nullable Filter comparison(
      Filter.Operator operator, ResolvedExpression left, ResolvedExpression right) {
    if (left instanceof ValueLiteralExpression && right instanceof FieldReferenceExpression) {
      return comparison(mirrored(operator), right, left);
    }
    if (!(left instanceof FieldReferenceExpression reference)
        || !(right instanceof ValueLiteralExpression literal)) {
      return null;
    }
    Object value = value(type(reference), literal);
    if (value == null) {
      return null;
    }
    String column = reference.getName();
    Filter compared = Filter.compare(column, operator, value);
    boolean isGreater = operator == Filter.Operator.GT || operator == Filter.Operator.GE;
    if (isGreater && value instanceof Number number && !(number instanceof Integer)) {
      FieldType type = type(reference);
      // For filters NaN is the greatest, for Flink it is greater than nothing.
      return type == FieldType.Scalar.DOUBLE || type == FieldType.Scalar.FLOAT
          ? Filter.and(compared, Filter.compare(column, Filter.Operator.NE, Double.NaN))
          : compared;
    }
    return compared;
  }

  private @Nullable Filter in(List<ResolvedExpression> arguments) {
    if (!(arguments.get(0) instanceof FieldReferenceExpression reference)) {
      return null;
    }
    List<@Nullable Object> values = new ArrayList<>();
    for (ResolvedExpression argument : arguments.subList(1, arguments.size())) {
      Object value =
          argument instanceof ValueLiteralExpression literal
              ? value(type(reference), literal)
              : null;
      if (value == null) {
        return null;
      }
      values.add(value);
    }
    return new Filter.In(reference.getName(), values);
  }

  /** A prefix, or a part of a text. */
  private @Nullable Filter like(ResolvedExpression left, ResolvedExpression right) {
    if (!(left instanceof FieldReferenceExpression reference)
        || type(reference) != FieldType.Scalar.STRING
        || !(right instanceof ValueLiteralExpression literal)) {
      return null;
    }
    Object pattern = value(FieldType.Scalar.STRING, literal);
    if (!(pattern instanceof String text) || text.contains("_") || text.contains("\\")) {
      return null;
    }
    String column = reference.getName();
    int first = text.indexOf('%');
    if (first < 0) {
      return Filter.equal(column, text);
    }
    if (first == text.length() - 1) {
      return new Filter.StartsWith(column, text.substring(0, first));
    }
    boolean isPart = text.length() > 2 && first == 0 && text.indexOf('%', 1) == text.length() - 1;
    return isPart ? new Filter.Contains(column, text.substring(1, text.length() - 1)) : null;
  }

  /** The scalar type of a column that filters know; null if it is none. */
  private FieldType.@Nullable Scalar type(FieldReferenceExpression reference) {
    String name = reference.getName();
    if (name.equals(SystemColumns.ID)) {
      return FieldType.Scalar.STRING;
    }
    if (name.equals(SystemColumns.EXPIRES_AT)) {
      return FieldType.Scalar.TIMESTAMP;
    }
    return schema
        .metadataField(name)
        .map(MetadataField::type)
        .filter(FieldType.Scalar.class::isInstance)
        .map(FieldType.Scalar.class::cast)
        .orElse(null);
  }

  /** A literal as filters have it, if Flink compares it with the column as a value of its type. */
  private static @Nullable Object value(
      FieldType.@Nullable Scalar type, ValueLiteralExpression literal) {
    if (type == null || literal.isNull()) {
      return null;
    }
    LogicalTypeRoot root = literal.getOutputDataType().getLogicalType().getTypeRoot();
    boolean isInteger = root.getFamilies().contains(LogicalTypeFamily.INTEGER_NUMERIC);
    return switch (type) {
      case BOOLEAN -> literal.getValueAs(Boolean.class).orElse(null);
      case INT, LONG ->
          isInteger ? literal.getValueAs(Number.class).map(Number::longValue).orElse(null) : null;
      case FLOAT ->
          root == LogicalTypeRoot.FLOAT ? literal.getValueAs(Float.class).orElse(null) : null;
      case DOUBLE -> doubleValue(literal, root, isInteger);
      case STRING ->
          root.getFamilies().contains(LogicalTypeFamily.CHARACTER_STRING)
              ? literal.getValueAs(String.class).orElse(null)
              : null;
      case BINARY -> null;
      case DATE ->
          root == LogicalTypeRoot.DATE ? literal.getValueAs(LocalDate.class).orElse(null) : null;
      case TIMESTAMP ->
          root == LogicalTypeRoot.TIMESTAMP_WITH_LOCAL_TIME_ZONE
              ? literal.getValueAs(Instant.class).orElse(null)
              : null;
    };
  }

  private static @Nullable Object doubleValue(
      ValueLiteralExpression literal, LogicalTypeRoot root, boolean isInteger) {
    if (root == LogicalTypeRoot.DOUBLE) {
      return literal.getValueAs(Double.class).orElse(null);
    }
    if (root == LogicalTypeRoot.DECIMAL) {
      return literal.getValueAs(BigDecimal.class).map(BigDecimal::doubleValue).orElse(null);
    }
    return isInteger
        ? literal.getValueAs(Number.class).map(Number::doubleValue).orElse(null)
        : null;
  }
}
