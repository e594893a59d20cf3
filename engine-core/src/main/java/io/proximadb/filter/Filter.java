package io.proximadb.filter;

import java.io.Serializable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A condition on the columns of a record, with SQL's three-valued logic: a comparison with NULL is
 * unknown, and only rows for which the whole filter is true pass.
 *
 * <p>Every door converts its own form to this tree; {@code FilterJson} reads the JSON form. A
 * column is a metadata field, {@code id}, {@code expires_at}, {@code _version}, {@code
 * _updated_at}, or a path into a struct ({@code address.city}). Values are Java objects as in
 * {@link io.proximadb.model.FieldType}; numbers of any class fit numeric columns. A tree is checked
 * against a schema when it is bound, see {@code BoundFilter}.
 */
public sealed interface Filter extends Serializable {
  /** Deepest nesting accepted, so that no recursion over a filter runs out of stack. */
  int MAX_DEPTH = 64;

  /** Most nodes plus values in one filter: evaluation is linear in them for every row. */
  int MAX_SIZE = 10_000;

  /** How {@link Compare} compares. */
  enum Operator {
    EQ,
    NE,
    LT,
    LE,
    GT,
    GE
  }

  /** True for every row. */
  record AlwaysTrue() implements Filter {}

  /** False for every row. */
  record AlwaysFalse() implements Filter {}

  /** True if all are; an empty list is true. */
  record And(List<Filter> children) implements Filter {
    public And {
      children = List.copyOf(children);
    }
  }

  /** True if one is; an empty list is false. */
  record Or(List<Filter> children) implements Filter {
    public Or {
      children = List.copyOf(children);
    }
  }

  /** Unknown stays unknown. */
  record Not(Filter child) implements Filter {}

  /** Column against a value; unknown if either is NULL. NaN equals itself and is the greatest. */
  record Compare(String column, Operator operator, @Nullable Object value) implements Filter {}

  /**
   * True if the column equals one of the values; otherwise unknown if it or one of them is NULL.
   */
  record In(String column, List<@Nullable Object> values) implements Filter {
    public In {
      values = java.util.Collections.unmodifiableList(new java.util.ArrayList<>(values));
    }
  }

  /** Never unknown. */
  record IsNull(String column) implements Filter {}

  /** On a list column: one element equals the value. On a string column: the value is a part. */
  record Contains(String column, @Nullable Object value) implements Filter {}

  /** On a string column. */
  record StartsWith(String column, String prefix) implements Filter {}

  static Filter alwaysTrue() {
    return new AlwaysTrue();
  }

  static Filter and(Filter... children) {
    return new And(List.of(children));
  }

  static Filter or(Filter... children) {
    return new Or(List.of(children));
  }

  static Filter not(Filter child) {
    return new Not(child);
  }

  static Filter equal(String column, @Nullable Object value) {
    return new Compare(column, Operator.EQ, value);
  }

  static Filter compare(String column, Operator operator, @Nullable Object value) {
    return new Compare(column, operator, value);
  }
}
