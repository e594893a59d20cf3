package io.proximadb.filter;

import io.proximadb.filter.Filter.Operator;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.FieldType.ListOf;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.FieldType.StructOf;
import io.proximadb.model.MetadataField;
import io.proximadb.model.Metric;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;

/** Random rows and filters over one schema; values come from small pools so that they meet. */
final class RandomFilters {
  static final CollectionSchema SCHEMA =
      CollectionSchema.builder()
          .vector(2, Metric.EUCLIDEAN)
          .metadata("flag", Scalar.BOOLEAN)
          .metadata("small", Scalar.INT)
          .metadata("big", Scalar.LONG)
          .metadata("ratio", Scalar.FLOAT)
          .metadata("score", Scalar.DOUBLE)
          .metadata("word", Scalar.STRING)
          .metadata("raw", Scalar.BINARY)
          .metadata("day", Scalar.DATE)
          .metadata("at", Scalar.TIMESTAMP)
          .metadata("numbers", new ListOf(Scalar.LONG))
          .metadata("scores", new ListOf(Scalar.DOUBLE))
          .metadata("words", new ListOf(Scalar.STRING))
          .metadata(
              "address",
              new StructOf(
                  List.of(
                      new MetadataField("city", Scalar.STRING),
                      new MetadataField("zip", Scalar.INT),
                      new MetadataField("tags", new ListOf(Scalar.STRING)),
                      new MetadataField(
                          "place",
                          new StructOf(List.of(new MetadataField("height", Scalar.DOUBLE)))))))
          .build();

  /** Every top-level column but the vector, with its type. */
  static final Map<String, FieldType> COLUMNS = new LinkedHashMap<>();

  /** Every path that a filter may name, with the type found there. */
  static final Map<String, FieldType> PATHS = new LinkedHashMap<>();

  static {
    COLUMNS.put("id", Scalar.STRING);
    SCHEMA.metadataFields().forEach(field -> COLUMNS.put(field.name(), field.type()));
    COLUMNS.put("expires_at", Scalar.TIMESTAMP);
    COLUMNS.put("_version", Scalar.LONG);
    COLUMNS.put("_updated_at", Scalar.TIMESTAMP);
    COLUMNS.put("_cluster_id", Scalar.LONG);
    COLUMNS.forEach(RandomFilters::addPaths);
  }

  private static void addPaths(String path, FieldType type) {
    PATHS.put(path, type);
    if (type instanceof StructOf struct) {
      struct.fields().forEach(field -> addPaths(path + "." + field.name(), field.type()));
    }
  }

  private static final Instant FIRST_MICRO = Instant.parse("-290308-12-21T19:59:05.224192Z");
  private static final Instant LAST_MICRO = Instant.parse("+294247-01-10T04:00:54.775807Z");

  private static final Map<Scalar, List<Object>> VALUES =
      Map.of(
          Scalar.BOOLEAN, List.of(true, false),
          Scalar.INT, List.of(0, 1, -1, 2, 3, Integer.MAX_VALUE, Integer.MIN_VALUE),
          Scalar.LONG,
              List.of(
                  0L, 1L, -1L, 2L, 3L, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 53, (1L << 53) + 1),
          Scalar.FLOAT,
              List.of(
                  0f,
                  -0f,
                  1f,
                  2.5f,
                  0.1f,
                  0.7f,
                  Float.NaN,
                  Float.POSITIVE_INFINITY,
                  Float.NEGATIVE_INFINITY,
                  Float.MAX_VALUE,
                  -Float.MAX_VALUE,
                  Float.MIN_VALUE,
                  -Float.MIN_VALUE),
          Scalar.DOUBLE,
              List.of(
                  0d,
                  -0d,
                  1d,
                  2.5,
                  0.1,
                  (double) 0.1f,
                  Double.NaN,
                  Double.POSITIVE_INFINITY,
                  Double.NEGATIVE_INFINITY,
                  Double.MAX_VALUE,
                  -Double.MAX_VALUE,
                  Double.MIN_VALUE,
                  -Double.MIN_VALUE,
                  0x1p53,
                  0x1p63,
                  1e300),
          Scalar.STRING,
              List.of(
                  "",
                  "a",
                  "ab",
                  "abc",
                  "abd",
                  "b",
                  "é",
                  "\uffff",
                  "\uffffx",
                  "😀",
                  "😀b",
                  "a😀",
                  "\udbff\udfff\udbff\udfff",
                  "wild animals of the north",
                  "wild animals of the south",
                  "wild"),
          Scalar.BINARY,
              List.of(new byte[0], new byte[] {1}, new byte[] {-1}, new byte[] {1, -128, 3}),
          Scalar.DATE,
              List.of(
                  LocalDate.EPOCH,
                  LocalDate.of(2026, 1, 31),
                  LocalDate.of(1, 1, 1),
                  LocalDate.of(9999, 12, 31)),
          Scalar.TIMESTAMP,
              List.of(
                  Instant.EPOCH,
                  Instant.EPOCH.plusNanos(1_000),
                  Instant.EPOCH.minusNanos(1_000),
                  Instant.parse("2026-01-31T12:30:00.123456Z"),
                  Instant.parse("3000-01-01T00:00:00Z"),
                  FIRST_MICRO,
                  LAST_MICRO));

  /** Compared with numeric columns besides the values of all of them. */
  private static final List<Object> MORE_NUMBERS =
      List.of(
          (byte) 1,
          (short) 2,
          2.5f,
          new BigDecimal("2.50"),
          new BigDecimal("0.1"),
          new BigDecimal("0.7"),
          new BigDecimal("1e400"),
          new BigDecimal("-1e400"),
          new BigDecimal("1e-400"),
          new BigDecimal("-1e-400"),
          BigInteger.ONE.shiftLeft(53).add(BigInteger.ONE),
          BigInteger.ONE.shiftLeft(63),
          BigInteger.ONE.shiftLeft(63).negate(),
          BigInteger.ONE.shiftLeft(2_000),
          new BigDecimal("9223372036854775806.5"),
          new BigDecimal("-9223372036854775808.5"),
          3_000_000_000L,
          -3_000_000_000L,
          "NaN",
          "Infinity",
          "-Infinity");

  private final Random random;

  RandomFilters(Random random) {
    this.random = random;
  }

  <T> T oneOf(List<? extends T> values) {
    return values.get(random.nextInt(values.size()));
  }

  /** A row as a record has it: Java objects by top-level column. */
  Map<String, Object> row() {
    Map<String, Object> row = new LinkedHashMap<>();
    COLUMNS.forEach((name, type) -> row.put(name, isRequired(name) ? some(type) : value(type)));
    return row;
  }

  static boolean isRequired(String column) {
    return column.equals("id") || column.equals("_version") || column.equals("_updated_at");
  }

  Object value(FieldType type) {
    return random.nextInt(5) == 0 ? null : some(type);
  }

  private Object some(FieldType type) {
    if (type instanceof Scalar scalar) {
      return oneOf(VALUES.get(scalar));
    }
    if (type instanceof ListOf list) {
      List<Object> values = new ArrayList<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        values.add(value(list.element()));
      }
      return values;
    }
    Map<String, Object> fields = new LinkedHashMap<>();
    ((StructOf) type).fields().forEach(field -> fields.put(field.name(), value(field.type())));
    return fields;
  }

  /** A filter that fits the schema. */
  Filter filter(int depth) {
    if (depth > 0 && random.nextInt(3) > 0) {
      return switch (random.nextInt(3)) {
        case 0 -> new Filter.And(filters(depth - 1));
        case 1 -> new Filter.Or(filters(depth - 1));
        default -> Filter.not(filter(depth - 1));
      };
    }
    return leaf();
  }

  private List<Filter> filters(int depth) {
    List<Filter> filters = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      filters.add(filter(depth));
    }
    return filters;
  }

  private Filter leaf() {
    if (random.nextInt(20) == 0) {
      return random.nextBoolean() ? new Filter.AlwaysTrue() : new Filter.AlwaysFalse();
    }
    String path = oneOf(List.copyOf(PATHS.keySet()));
    FieldType type = PATHS.get(path);
    List<Supplier<Filter>> kinds = new ArrayList<>();
    kinds.add(() -> new Filter.IsNull(path));
    if (type instanceof Scalar scalar) {
      for (int i = 0; i < 4; i++) {
        kinds.add(() -> Filter.compare(path, oneOf(List.of(Operator.values())), literal(scalar)));
      }
      kinds.add(() -> new Filter.In(path, literals(scalar)));
    }
    if (type == Scalar.STRING) {
      kinds.add(() -> new Filter.StartsWith(path, (String) some(Scalar.STRING)));
      kinds.add(() -> new Filter.Contains(path, literal(Scalar.STRING)));
    }
    if (type instanceof ListOf list) {
      kinds.add(() -> new Filter.Contains(path, literal((Scalar) list.element())));
    }
    return oneOf(kinds).get();
  }

  private List<Object> literals(Scalar type) {
    List<Object> literals = new ArrayList<>();
    boolean many = random.nextInt(20) == 0;
    for (int i = many ? 300 : random.nextInt(4); i > 0; i--) {
      Object literal = literal(type);
      // Nearly every long list would have a NULL.
      if (literal != null || !many) {
        literals.add(literal);
      }
    }
    return literals;
  }

  /** A value to compare columns of that type with, of any class that fits. */
  private Object literal(Scalar type) {
    if (random.nextInt(12) == 0) {
      return null;
    }
    return switch (type) {
      case BOOLEAN, STRING, BINARY -> some(type);
      case INT, LONG, FLOAT, DOUBLE ->
          switch (random.nextInt(6)) {
            case 0 -> some(Scalar.INT);
            case 1 -> some(Scalar.LONG);
            case 2 -> some(Scalar.FLOAT);
            case 3 -> some(Scalar.DOUBLE);
            case 4 -> oneOf(MORE_NUMBERS);
            default -> some(type);
          };
      case DATE ->
          switch (random.nextInt(4)) {
            case 0 -> LocalDate.MAX;
            case 1 -> some(type).toString();
            default -> some(type);
          };
      case TIMESTAMP ->
          switch (random.nextInt(6)) {
            case 0 -> oneOf(List.of(Instant.MIN, Instant.MAX));
            case 1 -> ((Instant) some(type)).plusNanos(random.nextInt(3) - 1);
            case 2 -> some(type).toString();
            default -> some(type);
          };
    };
  }
}
