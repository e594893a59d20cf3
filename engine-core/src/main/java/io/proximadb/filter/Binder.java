package io.proximadb.filter;

import io.proximadb.filter.Filter.Operator;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.FieldType.Scalar;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Checks one filter against a schema and turns it into nodes that can be evaluated. */
final class Binder {
  private final CollectionSchema schema;
  private final FilterLimits limits = new FilterLimits();

  Binder(CollectionSchema schema) {
    this.schema = schema;
  }

  /**
   * Binds a filter.
   *
   * @param depth 1 for the root
   */
  BoundNode bind(Filter filter, int depth) {
    limits.node(depth, values(filter));
    if (filter instanceof Filter.And and) {
      return BoundNode.all(bind(and.children(), depth + 1));
    }
    if (filter instanceof Filter.Or or) {
      return BoundNode.any(bind(or.children(), depth + 1));
    }
    if (filter instanceof Filter.Not not) {
      return BoundNode.not(bind(not.child(), depth + 1));
    }
    if (filter instanceof Filter.Compare compare) {
      return bind(compare);
    }
    if (filter instanceof Filter.In in) {
      return bind(in);
    }
    if (filter instanceof Filter.IsNull isNull) {
      return new BoundNode.NullCheck(path(isNull.column()));
    }
    if (filter instanceof Filter.Contains contains) {
      return bind(contains);
    }
    if (filter instanceof Filter.StartsWith startsWith) {
      return bind(startsWith);
    }
    return filter instanceof Filter.AlwaysTrue ? BoundNode.TRUE : BoundNode.FALSE;
  }

  private static int values(Filter filter) {
    if (filter instanceof Filter.In in) {
      return in.values().size();
    }
    return filter instanceof Filter.Compare
            || filter instanceof Filter.Contains
            || filter instanceof Filter.StartsWith
        ? 1
        : 0;
  }

  private List<BoundNode> bind(List<Filter> filters, int depth) {
    List<BoundNode> nodes = new ArrayList<>(filters.size());
    for (Filter filter : filters) {
      nodes.add(bind(filter, depth));
    }
    return nodes;
  }

  private ColumnPath path(String column) {
    return ColumnPath.resolve(schema, column);
  }

  private static Scalar scalar(ColumnPath path, String condition) {
    if (path.type() instanceof Scalar scalar) {
      return scalar;
    }
    throw Literals.unsuitable(
        path.name(),
        path.type(),
        condition,
        path.type() instanceof FieldType.ListOf
            ? "a test for one element, or for NULL"
            : "one of its fields, or a test for NULL");
  }

  private BoundNode bind(Filter.Compare compare) {
    ColumnPath path = path(compare.column());
    Scalar type = scalar(path, "comparison " + compare.operator());
    if (compare.value() == null) {
      return BoundNode.UNKNOWN;
    }
    if (compare.operator() == Operator.NE) {
      return BoundNode.not(compare(path, type, Operator.EQ, compare.value()));
    }
    return compare(path, type, compare.operator(), compare.value());
  }

  private static BoundNode compare(ColumnPath path, Scalar type, Operator operator, Object value) {
    return new BoundNode.ValueCheck(path, valueTest(path.name(), type, operator, value));
  }

  private static ValueTest valueTest(String column, Scalar type, Operator operator, Object value) {
    if (Literals.hasKeys(type)) {
      KeyPosition position = Literals.position(column, type, value);
      return new ValueTest.OfKeys(Literals.isFloating(type), KeySet.Range.of(operator, position));
    }
    return new ValueTest.OfBytes(BytesTest.compare(operator, Literals.bytes(column, type, value)));
  }

  private BoundNode bind(Filter.In in) {
    ColumnPath path = path(in.column());
    Scalar type = scalar(path, "membership in a list of values");
    List<@Nullable Object> values = in.values();
    List<Object> present =
        values.stream().filter(Objects::nonNull).map(Object.class::cast).toList();
    BoundNode isOneOf = new BoundNode.ValueCheck(path, oneOf(path.name(), type, present));
    // "x IN (1, NULL)" is "x = 1 OR x = NULL", and the latter is unknown.
    return present.size() == values.size()
        ? isOneOf
        : BoundNode.any(List.of(isOneOf, BoundNode.UNKNOWN));
  }

  private static ValueTest oneOf(String column, Scalar type, List<Object> values) {
    if (Literals.hasKeys(type)) {
      long[] keys =
          values.stream()
              .map(value -> Literals.position(column, type, value))
              .filter(KeyPosition::isKey)
              .mapToLong(KeyPosition::floor)
              .toArray();
      return new ValueTest.OfKeys(Literals.isFloating(type), new KeySet.Listed(keys));
    }
    return new ValueTest.OfBytes(
        BytesTest.oneOf(
            values.stream().map(value -> Literals.bytes(column, type, value)).toList()));
  }

  private BoundNode bind(Filter.Contains contains) {
    ColumnPath path = path(contains.column());
    Object value = contains.value();
    if (path.type() == Scalar.STRING) {
      return value == null
          ? BoundNode.UNKNOWN
          : new BoundNode.ValueCheck(
              path,
              new ValueTest.OfBytes(
                  BytesTest.contains(Literals.bytes(path.name(), Scalar.STRING, value))));
    }
    if (path.type() instanceof FieldType.ListOf list && list.element() instanceof Scalar element) {
      return value == null
          ? BoundNode.UNKNOWN
          : new BoundNode.ValueCheck(
              path, new ValueTest.OfElements(valueTest(path.name(), element, Operator.EQ, value)));
    }
    throw Literals.unsuitable(
        path.name(), path.type(), "containment", "STRING or a LIST of scalars");
  }

  private BoundNode bind(Filter.StartsWith startsWith) {
    ColumnPath path = path(startsWith.column());
    if (path.type() != Scalar.STRING) {
      throw Literals.unsuitable(path.name(), path.type(), "prefix test", "STRING");
    }
    return new BoundNode.ValueCheck(
        path,
        new ValueTest.OfBytes(
            BytesTest.startsWith(Literals.bytes(path.name(), Scalar.STRING, startsWith.prefix()))));
  }
}
