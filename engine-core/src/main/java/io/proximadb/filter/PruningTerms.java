package io.proximadb.filter;

import io.proximadb.model.FieldType.Scalar;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;

/**
 * Iceberg predicates for conditions on {@link KeyPosition keys}.
 *
 * <p>Iceberg differs from us in three ways that would prune too much, so each is made up for: its
 * bounds leave NaN out, which is our greatest number; it orders -0 before 0; and it rounds a
 * literal to the type of the column.
 */
final class PruningTerms {
  /** Iceberg does not prune by lists of more values; a range does. */
  static final int MAX_LISTED_VALUES = 200;

  private static final long NEGATIVE_INFINITY = KeyPosition.ofDouble(Double.NEGATIVE_INFINITY);
  private static final long POSITIVE_INFINITY = KeyPosition.ofDouble(Double.POSITIVE_INFINITY);
  private static final long NAN = KeyPosition.ofDouble(Double.NaN);

  private PruningTerms() {}

  /** True for files that may have a value whose key is in the range. */
  static Expression within(String column, Scalar type, KeySet.Range range) {
    if (range.isEmpty()) {
      return Expressions.alwaysFalse();
    }
    return switch (type) {
      case BOOLEAN -> booleans(column, range.contains(0), range.contains(1));
      case INT, DATE -> whole(column, true, range);
      case LONG, TIMESTAMP -> whole(column, false, range);
      case FLOAT, DOUBLE -> floating(column, type == Scalar.FLOAT, range);
      case STRING, BINARY -> throw new AssertionError(type);
    };
  }

  /** True for files that may have a value with one of these keys. */
  static Expression oneOf(String column, Scalar type, long[] keys) {
    if (keys.length == 0) {
      return Expressions.alwaysFalse();
    }
    long[] sorted = keys.clone();
    Arrays.sort(sorted);
    if (sorted.length > MAX_LISTED_VALUES) {
      return within(column, type, new KeySet.Range(sorted[0], sorted[sorted.length - 1]));
    }
    if (type == Scalar.BOOLEAN) {
      return booleans(column, sorted[0] == 0, sorted[sorted.length - 1] == 1);
    }
    boolean nan = Literals.isFloating(type) && sorted[sorted.length - 1] == NAN;
    Set<Object> values = new LinkedHashSet<>();
    for (long key : sorted) {
      addValues(values, type, key);
    }
    Expression listed =
        values.isEmpty() ? Expressions.alwaysFalse() : Expressions.in(column, values.toArray());
    return nan ? Expressions.or(listed, Expressions.isNaN(column)) : listed;
  }

  private static void addValues(Set<Object> values, Scalar type, long key) {
    switch (type) {
      case INT, DATE -> {
        if (key == (int) key) {
          values.add((int) key);
        }
      }
      case LONG, TIMESTAMP -> values.add(key);
      case FLOAT, DOUBLE -> {
        double value = KeyPosition.toDouble(key);
        if (value == 0) {
          values.add(typed(type == Scalar.FLOAT, -0.0));
          values.add(typed(type == Scalar.FLOAT, 0.0));
        } else if (type == Scalar.DOUBLE ? !Double.isNaN(value) : (float) value == value) {
          values.add(typed(type == Scalar.FLOAT, value));
        }
      }
      case BOOLEAN, STRING, BINARY -> throw new AssertionError(type);
    }
  }

  private static Object typed(boolean single, double value) {
    return single ? (Object) (float) value : (Object) value;
  }

  private static Expression booleans(String column, boolean takesFalse, boolean takesTrue) {
    if (takesFalse && takesTrue) {
      return Expressions.notNull(column);
    }
    return takesFalse || takesTrue
        ? Expressions.equal(column, takesTrue)
        : Expressions.alwaysFalse();
  }

  private static Expression whole(String column, boolean single, KeySet.Range range) {
    long min = single ? Integer.MIN_VALUE : Long.MIN_VALUE;
    long max = single ? Integer.MAX_VALUE : Long.MAX_VALUE;
    if (range.low() > max || range.high() < min) {
      return Expressions.alwaysFalse();
    }
    Expression term = Expressions.notNull(column);
    if (range.low() > min) {
      Object low = single ? (Object) (int) range.low() : (Object) range.low();
      term = Expressions.and(term, Expressions.greaterThanOrEqual(column, low));
    }
    if (range.high() < max) {
      Object high = single ? (Object) (int) range.high() : (Object) range.high();
      term = Expressions.and(term, Expressions.lessThanOrEqual(column, high));
    }
    return term;
  }

  private static Expression floating(String column, boolean single, KeySet.Range range) {
    Expression numbers = numbers(column, single, range);
    return range.contains(NAN) ? Expressions.or(numbers, Expressions.isNaN(column)) : numbers;
  }

  private static Expression numbers(String column, boolean single, KeySet.Range range) {
    long lowKey = Math.max(range.low(), NEGATIVE_INFINITY);
    long highKey = Math.min(range.high(), POSITIVE_INFINITY);
    if (lowKey > highKey) {
      return Expressions.alwaysFalse();
    }
    double low = KeyPosition.toDouble(lowKey);
    double high = KeyPosition.toDouble(highKey);
    if (single) {
      low = (float) low < low ? Math.nextUp((float) low) : (float) low;
      high = (float) high > high ? Math.nextDown((float) high) : (float) high;
    }
    if (low > high) {
      return Expressions.alwaysFalse();
    }
    Expression term = Expressions.notNull(column);
    if (low > Double.NEGATIVE_INFINITY) {
      Object literal = typed(single, low == 0 ? -0.0 : low);
      term = Expressions.and(term, Expressions.greaterThanOrEqual(column, literal));
    }
    if (high < Double.POSITIVE_INFINITY) {
      term = Expressions.and(term, Expressions.lessThanOrEqual(column, typed(single, high)));
    }
    return term;
  }

  /** The conjunction as a balanced tree, since Iceberg's visitors recurse. */
  static Expression all(List<Expression> terms) {
    return switch (terms.size()) {
      case 0 -> Expressions.alwaysTrue();
      case 1 -> terms.get(0);
      default -> {
        int middle = terms.size() / 2;
        yield Expressions.and(
            all(terms.subList(0, middle)), all(terms.subList(middle, terms.size())));
      }
    };
  }

  /** The disjunction as a balanced tree, since Iceberg's visitors recurse. */
  static Expression any(List<Expression> terms) {
    return switch (terms.size()) {
      case 0 -> Expressions.alwaysFalse();
      case 1 -> terms.get(0);
      default -> {
        int middle = terms.size() / 2;
        yield Expressions.or(
            any(terms.subList(0, middle)), any(terms.subList(middle, terms.size())));
      }
    };
  }
}
