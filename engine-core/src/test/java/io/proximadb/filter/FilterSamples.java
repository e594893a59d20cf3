package io.proximadb.filter;

import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.MetadataField;
import io.proximadb.model.Metric;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.model.column.DoubleColumn;
import io.proximadb.model.column.LongColumn;
import io.proximadb.model.column.ObjectColumn;
import io.proximadb.model.column.StringColumn;
import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Random rows of every type, random filters on them, and the rows as columns. */
final class FilterSamples {
  static final CollectionSchema SCHEMA =
      CollectionSchema.builder()
          .vector(2, Metric.COSINE)
          .metadata("flag", Scalar.BOOLEAN)
          .metadata("small", Scalar.INT)
          .metadata("big", Scalar.LONG)
          .metadata("real", Scalar.FLOAT)
          .metadata("wide", Scalar.DOUBLE)
          .metadata("text", Scalar.STRING)
          .metadata("bytes", Scalar.BINARY)
          .metadata("day", Scalar.DATE)
          .metadata("time", Scalar.TIMESTAMP)
          .metadata("tags", new FieldType.ListOf(Scalar.STRING))
          .metadata(
              "place",
              new FieldType.StructOf(
                  List.of(
                      new MetadataField("city", Scalar.STRING),
                      new MetadataField("rank", Scalar.INT))))
          .build();

  /** Columns that compare, by name. */
  static final Map<String, Scalar> SCALARS = new LinkedHashMap<>();

  private static final Object[] NUMBERS = {
    0,
    1,
    -1,
    2L,
    3,
    2.5,
    -2.5,
    0.1,
    0.1f,
    -0.0,
    0.0,
    Double.NaN,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    (1L << 53) + 1,
    1L << 53,
    1e300,
    -1e300,
    1e-310,
    Float.MAX_VALUE,
    Double.MAX_VALUE,
    1e19,
    new BigDecimal("0.1"),
    new BigDecimal("9007199254740992.5"),
    new BigDecimal("1e999999"),
    new BigDecimal("-1e-999999"),
    BigInteger.ONE.shiftLeft(63),
    BigInteger.TWO.negate(),
    (short) 2
  };
  private static final String[] TEXTS = {
    "", "a", "ab", "b", "ba", "é", "\uE000", "😀", "a😀b", "z"
  };

  static {
    SCALARS.put("id", Scalar.STRING);
    SCALARS.put("expires_at", Scalar.TIMESTAMP);
    SCALARS.put("_version", Scalar.LONG);
    SCALARS.put("_updated_at", Scalar.TIMESTAMP);
    SCHEMA
        .metadataFields()
        .forEach(
            field -> {
              if (field.type() instanceof Scalar scalar) {
                SCALARS.put(field.name(), scalar);
              }
            });
  }

  private final Random random;
  private final Object[] numbers;

  FilterSamples(Random random) {
    this(random, NUMBERS);
  }

  private FilterSamples(Random random, Object[] numbers) {
    this.random = random;
    this.numbers = numbers;
  }

  /** Without the numbers that JSON does not carry exactly. */
  static FilterSamples withoutDecimals(Random random) {
    Object[] numbers =
        Arrays.stream(NUMBERS).filter(number -> !(number instanceof BigDecimal)).toArray();
    return new FilterSamples(random, numbers);
  }

  List<Map<String, Object>> rows(int count) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Map<String, Object> row = new LinkedHashMap<>();
      SCALARS.forEach((name, type) -> row.put(name, maybeNull(name) ? null : value(type)));
      row.put("tags", random.nextInt(5) == 0 ? null : tags());
      Map<String, Object> place = new LinkedHashMap<>();
      place.put("city", random.nextInt(4) == 0 ? null : value(Scalar.STRING));
      place.put("rank", random.nextInt(4) == 0 ? null : value(Scalar.INT));
      row.put("place", random.nextInt(4) == 0 ? null : place);
      rows.add(row);
    }
    return rows;
  }

  private boolean maybeNull(String name) {
    boolean required = name.equals("id") || name.equals("_version") || name.equals("_updated_at");
    return !required && random.nextInt(5) == 0;
  }

  private List<Object> tags() {
    List<Object> tags = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      tags.add(random.nextInt(5) == 0 ? null : pick(TEXTS));
    }
    return tags;
  }

  Object value(Scalar type) {
    return switch (type) {
      case BOOLEAN -> random.nextBoolean();
      case INT ->
          random.nextInt(8) == 0
              ? (random.nextBoolean() ? Integer.MAX_VALUE : Integer.MIN_VALUE)
              : random.nextInt(7) - 3;
      case LONG ->
          switch (random.nextInt(8)) {
            case 0 -> random.nextBoolean() ? Long.MAX_VALUE : Long.MIN_VALUE;
            case 1 -> (1L << 53) + random.nextInt(3);
            default -> (long) random.nextInt(7) - 3;
          };
      case FLOAT -> {
        float[] values = {
          0f, -0f, 0.1f, 2.5f, -2.5f, 1, Float.NaN, Float.MAX_VALUE, Float.POSITIVE_INFINITY
        };
        yield values[random.nextInt(values.length)];
      }
      case DOUBLE -> {
        double[] values = {
          0,
          -0.0,
          0.1,
          0.1f,
          2.5,
          1e300,
          -1e300,
          1e-310,
          Double.NaN,
          Double.NEGATIVE_INFINITY,
          1,
          2,
          0x1p53
        };
        yield values[random.nextInt(values.length)];
      }
      case STRING -> pick(TEXTS);
      case BINARY -> pick(TEXTS).getBytes(StandardCharsets.UTF_8);
      case DATE -> LocalDate.of(2026, 1, 1 + random.nextInt(4));
      case TIMESTAMP ->
          Instant.parse("2026-01-01T00:00:00Z").plus(random.nextInt(4), ChronoUnit.MICROS);
    };
  }

  /** A filter of at most that depth. */
  Filter filter(int depth) {
    if (depth > 1 && random.nextInt(3) > 0) {
      return switch (random.nextInt(3)) {
        case 0 -> new Filter.And(filters(depth));
        case 1 -> new Filter.Or(filters(depth));
        default -> new Filter.Not(filter(depth - 1));
      };
    }
    return switch (random.nextInt(12)) {
      case 0 -> Filter.alwaysTrue();
      case 1 -> new Filter.AlwaysFalse();
      case 2 ->
          new Filter.IsNull(random.nextBoolean() ? column() : pick("tags", "place", "place.city"));
      case 3, 4 -> in();
      case 5 ->
          new Filter.Contains(
              pick("tags", "text", "place.city"), random.nextInt(9) == 0 ? null : pick(TEXTS));
      case 6 -> new Filter.StartsWith(pick("id", "text", "place.city"), pick(TEXTS));
      default -> {
        String column = random.nextInt(6) == 0 ? "place.rank" : column();
        yield Filter.compare(
            column,
            pick(Filter.Operator.values()),
            random.nextInt(12) == 0 ? null : literal(column));
      }
    };
  }

  private List<Filter> filters(int depth) {
    List<Filter> children = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      children.add(filter(depth - 1));
    }
    return children;
  }

  private Filter in() {
    String column = column();
    List<Object> values = new ArrayList<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      values.add(random.nextInt(8) == 0 ? null : literal(column));
    }
    return new Filter.In(column, values);
  }

  private Object literal(String column) {
    Scalar type = SCALARS.getOrDefault(column, Scalar.INT);
    return switch (type) {
      case INT, LONG, FLOAT, DOUBLE -> random.nextInt(3) == 0 ? value(type) : pick(numbers);
      case DATE -> {
        LocalDate date = (LocalDate) value(type);
        yield random.nextBoolean() ? date : date.toString();
      }
      case TIMESTAMP -> {
        Instant instant = ((Instant) value(type)).plusNanos(random.nextInt(2) * 500);
        yield random.nextBoolean() ? instant : instant.toString();
      }
      default -> value(type);
    };
  }

  private String column() {
    return pick(SCALARS.keySet().toArray(String[]::new));
  }

  @SafeVarargs
  private <T> T pick(T... choices) {
    return choices[random.nextInt(choices.length)];
  }

  /** The rows in the form in which files hand them out. */
  static ColumnBatch batch(List<Map<String, Object>> rows) {
    Map<String, Column> columns = new LinkedHashMap<>();
    SCALARS.forEach((name, type) -> columns.put(name, column(name, type, rows)));
    for (String name : List.of("tags", "place")) {
      FieldType type = SCHEMA.metadataField(name).orElseThrow().type();
      columns.put(name, new ObjectColumn(type, rows.stream().map(row -> row.get(name)).toArray()));
    }
    return new ColumnBatch(rows.size(), columns);
  }

  private static Column column(String name, Scalar type, List<Map<String, Object>> rows) {
    BitSet nulls = new BitSet();
    long[] longs = new long[rows.size()];
    double[] doubles = new double[rows.size()];
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int[] offsets = new int[rows.size() + 1];
    for (int i = 0; i < rows.size(); i++) {
      Object value = rows.get(i).get(name);
      if (value == null) {
        nulls.set(i);
        // What stands at a null row has no meaning; make it a value that would match.
        longs[i] = 1;
      } else if (value instanceof Boolean truth) {
        longs[i] = truth ? 1 : 0;
      } else if (value instanceof LocalDate date) {
        longs[i] = date.toEpochDay();
      } else if (value instanceof Instant instant) {
        longs[i] = ChronoUnit.MICROS.between(Instant.EPOCH, instant);
      } else if (value instanceof String text) {
        bytes.writeBytes(text.getBytes(StandardCharsets.UTF_8));
      } else if (value instanceof Number number) {
        longs[i] = number.longValue();
        doubles[i] = number.doubleValue();
      }
      offsets[i + 1] = bytes.size();
    }
    BitSet mask = nulls.isEmpty() ? null : nulls;
    return switch (type) {
      case FLOAT, DOUBLE -> new DoubleColumn(type, doubles, mask);
      case STRING -> new StringColumn(bytes.toByteArray(), offsets, mask);
      case BINARY -> new ObjectColumn(type, rows.stream().map(row -> row.get(name)).toArray());
      default -> new LongColumn(type, longs, mask);
    };
  }
}
