package io.proximadb.filter;

import io.proximadb.filter.Filter.Operator;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType.Scalar;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;

/**
 * The part of a filter that decides by column statistics which data files need not be read.
 *
 * <p>The result is an inclusive projection, not the filter: Iceberg's evaluation of it is false
 * only for files without a matching row, but rows that it passes need not match. It speaks of
 * top-level scalar columns; a condition on a list, a struct or binary keeps every file.
 */
public final class FilterPruning {
  private final CollectionSchema schema;

  private FilterPruning(CollectionSchema schema) {
    this.schema = schema;
  }

  /**
   * Projects a filter for {@link org.apache.iceberg.expressions.InclusiveMetricsEvaluator}, to be
   * bound case-sensitively to the table's Iceberg schema.
   *
   * @throws io.proximadb.error.InvalidArgumentException as {@link BoundFilter#bind} does
   */
  public static Expression toExpression(Filter filter, CollectionSchema schema) {
    // Checks everything, depth and size too, so that the projection below meets valid trees only.
    BoundFilter.bind(filter, schema);
    return new FilterPruning(schema).project(filter, true);
  }

  /**
   * True for files that may have a row for which the filter is definitely true or, with {@code
   * wanted} false, definitely false. Unknown is neither, so that NOT only swaps the two.
   */
  private Expression project(Filter filter, boolean wanted) {
    if (filter instanceof Filter.And and) {
      return combine(and.children(), wanted, wanted);
    }
    if (filter instanceof Filter.Or or) {
      return combine(or.children(), wanted, !wanted);
    }
    if (filter instanceof Filter.Not not) {
      return project(not.child(), !wanted);
    }
    if (filter instanceof Filter.Compare compare) {
      return project(compare, wanted);
    }
    if (filter instanceof Filter.In in) {
      return project(in, wanted);
    }
    if (filter instanceof Filter.IsNull isNull) {
      if (!isPrunable(isNull.column())) {
        return Expressions.alwaysTrue();
      }
      return wanted ? Expressions.isNull(isNull.column()) : Expressions.notNull(isNull.column());
    }
    if (filter instanceof Filter.Contains contains) {
      if (contains.value() == null) {
        return Expressions.alwaysFalse();
      }
      return isPrunable(contains.column())
          ? Expressions.notNull(contains.column())
          : Expressions.alwaysTrue();
    }
    if (filter instanceof Filter.StartsWith startsWith) {
      return project(startsWith, wanted);
    }
    return filter instanceof Filter.AlwaysTrue == wanted
        ? Expressions.alwaysTrue()
        : Expressions.alwaysFalse();
  }

  private Expression combine(List<Filter> children, boolean wanted, boolean conjunction) {
    List<Expression> terms = children.stream().map(child -> project(child, wanted)).toList();
    return conjunction ? PruningTerms.all(terms) : PruningTerms.any(terms);
  }

  private boolean isPrunable(String column) {
    ColumnPath path = ColumnPath.resolve(schema, column);
    return path.isTopLevel() && path.type() instanceof Scalar type && type != Scalar.BINARY;
  }

  private Scalar type(String column) {
    return (Scalar) ColumnPath.resolve(schema, column).type();
  }

  private static Operator opposite(Operator operator) {
    return switch (operator) {
      case EQ -> Operator.NE;
      case NE -> Operator.EQ;
      case LT -> Operator.GE;
      case GE -> Operator.LT;
      case GT -> Operator.LE;
      case LE -> Operator.GT;
    };
  }

  private Expression project(Filter.Compare compare, boolean wanted) {
    String column = compare.column();
    Object value = compare.value();
    if (value == null) {
      return Expressions.alwaysFalse();
    }
    if (!isPrunable(column)) {
      return Expressions.alwaysTrue();
    }
    Operator operator = wanted ? compare.operator() : opposite(compare.operator());
    if (operator == Operator.NE) {
      return Expressions.notNull(column);
    }
    Scalar type = type(column);
    if (type != Scalar.STRING) {
      KeyPosition position = Literals.position(column, type, value);
      return PruningTerms.within(column, type, KeySet.Range.of(operator, position));
    }
    String text = wellFormed(Literals.bytes(column, type, value));
    return switch (operator) {
      case EQ -> Expressions.equal(column, text);
      case LT -> Expressions.lessThan(column, text);
      case LE -> Expressions.lessThanOrEqual(column, text);
      case GT -> Expressions.greaterThan(column, text);
      case GE -> Expressions.greaterThanOrEqual(column, text);
      case NE -> throw new AssertionError(operator);
    };
  }

  /** The text as it is stored: Iceberg cannot encode halves of surrogate pairs. */
  private static String wellFormed(byte[] utf8) {
    return new String(utf8, StandardCharsets.UTF_8);
  }

  private Expression project(Filter.In in, boolean wanted) {
    String column = in.column();
    List<Object> values =
        in.values().stream().filter(Objects::nonNull).map(Object.class::cast).toList();
    if (!wanted && values.size() < in.values().size()) {
      // With a NULL in the list nothing is definitely not in it.
      return Expressions.alwaysFalse();
    }
    if (!isPrunable(column)) {
      return Expressions.alwaysTrue();
    }
    if (!wanted) {
      return Expressions.notNull(column);
    }
    Scalar type = type(column);
    if (type != Scalar.STRING) {
      long[] keys =
          values.stream()
              .map(value -> Literals.position(column, type, value))
              .filter(KeyPosition::isKey)
              .mapToLong(KeyPosition::floor)
              .toArray();
      return PruningTerms.oneOf(column, type, keys);
    }
    return oneOfTexts(
        column,
        values.stream()
            .map(value -> Literals.bytes(column, type, value))
            .sorted(Arrays::compareUnsigned)
            .map(FilterPruning::wellFormed)
            .toList());
  }

  private static Expression oneOfTexts(String column, List<String> sorted) {
    if (sorted.isEmpty()) {
      return Expressions.alwaysFalse();
    }
    if (sorted.size() > PruningTerms.MAX_LISTED_VALUES) {
      return Expressions.and(
          Expressions.greaterThanOrEqual(column, sorted.get(0)),
          Expressions.lessThanOrEqual(column, sorted.get(sorted.size() - 1)));
    }
    return Expressions.in(column, sorted);
  }

  private Expression project(Filter.StartsWith startsWith, boolean wanted) {
    String column = startsWith.column();
    if (!isPrunable(column)) {
      return Expressions.alwaysTrue();
    }
    String prefix = wellFormed(Literals.bytes(column, Scalar.STRING, startsWith.prefix()));
    if (prefix.isEmpty()) {
      return wanted ? Expressions.notNull(column) : Expressions.alwaysFalse();
    }
    return wanted
        ? Expressions.startsWith(column, prefix)
        : Expressions.notStartsWith(column, prefix);
  }
}
