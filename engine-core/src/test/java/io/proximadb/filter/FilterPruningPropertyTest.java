package io.proximadb.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.model.FieldType.Scalar;
import io.proximadb.testkit.Seed;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.Metrics;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.expressions.Evaluator;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.expressions.InclusiveMetricsEvaluator;
import org.apache.iceberg.expressions.Literal;
import org.apache.iceberg.types.Comparators;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.util.UnicodeUtil;
import org.junit.jupiter.api.Test;

/** Random filters over random rows and files, judged by Iceberg's own evaluators. */
class FilterPruningPropertyTest {
  private static final long SEED = Seed.value();

  private static final Schema ICEBERG = icebergSchema();

  @Test
  void noMatchingRowIsLost() {
    FilterSamples samples = new FilterSamples(new Random(SEED));
    int matches = 0;
    int left = 0;
    for (int i = 0; i < 8_000; i++) {
      Filter filter = samples.filter(1 + i % 5);
      Expression expression = FilterPruning.toExpression(filter, FilterSamples.SCHEMA);
      Evaluator evaluator = new Evaluator(ICEBERG.asStruct(), expression);
      for (Map<String, Object> row : samples.rows(8)) {
        boolean kept = evaluator.eval(new IcebergRow(row));
        if (Boolean.TRUE.equals(FilterReference.evaluate(filter, row))) {
          matches++;
          assertThat(kept).as("%s as %s on %s, seed %d", filter, expression, row, SEED).isTrue();
        }
        left += kept ? 0 : 1;
      }
    }
    assertThat(matches).as("the samples match something").isGreaterThan(4_000);
    assertThat(left).as("the expressions leave something out").isGreaterThan(4_000);
  }

  @Test
  void noFileWithAMatchingRowIsLost() {
    FilterSamples samples = new FilterSamples(new Random(SEED));
    Random random = new Random(SEED);
    int pruned = 0;
    for (int round = 0; round < 800; round++) {
      List<Map<String, Object>> rows = samples.rows(1 + random.nextInt(4));
      DataFile file = file(rows, random.nextBoolean());
      for (int i = 0; i < 10; i++) {
        Filter filter = samples.filter(1 + i % 4);
        Expression expression = FilterPruning.toExpression(filter, FilterSamples.SCHEMA);
        boolean kept = new InclusiveMetricsEvaluator(ICEBERG, expression).eval(file);
        if (!kept) {
          pruned++;
          assertThat(rows)
              .as("%s as %s, seed %d", filter, expression, SEED)
              .noneMatch(row -> Boolean.TRUE.equals(FilterReference.evaluate(filter, row)));
        }
      }
    }
    assertThat(pruned).as("something is pruned").isGreaterThan(500);
  }

  @Test
  void boundsPruneWhatTheyCan() {
    Map<String, Object> row = new HashMap<>(new FilterSamples(new Random(1)).rows(1).get(0));
    row.put("small", 5);
    row.put("wide", 2.5);
    row.put("text", "m");
    row.put("time", Instant.EPOCH);
    row.put("day", null);
    DataFile file = file(List.of(row), false);
    for (String json :
        List.of(
            "{\"small\": {\"$gt\": 5}}",
            "{\"small\": 4.5}",
            "{\"small\": {\"$in\": [1, 9]}}",
            "{\"wide\": {\"$lt\": 2.4}}",
            "{\"wide\": {\"$gt\": 2.6}}",
            "{\"$not\": {\"wide\": {\"$lte\": 2.6}}}",
            "{\"text\": \"n\"}",
            "{\"text\": {\"$startsWith\": \"n\"}}",
            "{\"time\": {\"$gte\": \"2020-01-01T00:00:00Z\"}}",
            "{\"day\": {\"$ne\": \"2020-01-01\"}}",
            "{\"day\": {\"$exists\": true}}",
            "{\"small\": null}",
            "{\"small\": {\"$in\": [null]}}",
            "{\"small\": {\"$exists\": false}}")) {
      Expression expression =
          FilterPruning.toExpression(FilterJson.parse(json), FilterSamples.SCHEMA);
      assertThat(new InclusiveMetricsEvaluator(ICEBERG, expression).eval(file)).as(json).isFalse();
    }
  }

  @Test
  void conditionsWithoutAProjectionKeepEverything() {
    for (String json :
        List.of(
            "{}",
            "{\"tags\": {\"$contains\": \"a\"}}",
            "{\"place.city\": \"a\"}",
            "{\"$not\": {\"tags\": {\"$contains\": \"a\"}}}")) {
      assertThat(FilterPruning.toExpression(FilterJson.parse(json), FilterSamples.SCHEMA))
          .as(json)
          .isEqualTo(Expressions.alwaysTrue());
    }
  }

  private static Schema icebergSchema() {
    List<Types.NestedField> fields = new ArrayList<>();
    FilterSamples.SCALARS.forEach(
        (name, type) ->
            fields.add(Types.NestedField.optional(fields.size() + 1, name, icebergType(type))));
    return new Schema(fields);
  }

  private static Type icebergType(Scalar type) {
    return switch (type) {
      case BOOLEAN -> Types.BooleanType.get();
      case INT -> Types.IntegerType.get();
      case LONG -> Types.LongType.get();
      case FLOAT -> Types.FloatType.get();
      case DOUBLE -> Types.DoubleType.get();
      case STRING -> Types.StringType.get();
      case BINARY -> Types.BinaryType.get();
      case DATE -> Types.DateType.get();
      case TIMESTAMP -> Types.TimestampType.withZone();
    };
  }

  private static Object icebergValue(Object value) {
    if (value instanceof byte[] bytes) {
      return ByteBuffer.wrap(bytes);
    }
    if (value instanceof LocalDate date) {
      return (int) date.toEpochDay();
    }
    return value instanceof Instant instant
        ? (Object) ChronoUnit.MICROS.between(Instant.EPOCH, instant)
        : value;
  }

  private record IcebergRow(Map<String, Object> row) implements StructLike {
    @Override
    public int size() {
      return ICEBERG.columns().size();
    }

    @Override
    public <T> T get(int position, Class<T> type) {
      return type.cast(icebergValue(row.get(ICEBERG.columns().get(position).name())));
    }

    @Override
    public <T> void set(int position, T value) {
      throw new UnsupportedOperationException();
    }
  }

  /** What a writer would record of the rows: counts, and bounds without NaN. */
  private static DataFile file(List<Map<String, Object>> rows, boolean truncated) {
    Map<Integer, Long> valueCounts = new HashMap<>();
    Map<Integer, Long> nullCounts = new HashMap<>();
    Map<Integer, Long> nanCounts = new HashMap<>();
    Map<Integer, ByteBuffer> lower = new HashMap<>();
    Map<Integer, ByteBuffer> upper = new HashMap<>();
    for (Types.NestedField field : ICEBERG.columns()) {
      int id = field.fieldId();
      List<Object> values =
          rows.stream()
              .map(row -> icebergValue(row.get(field.name())))
              .filter(v -> v != null)
              .toList();
      List<Object> ordered =
          values.stream().filter(value -> !isNan(value)).sorted(comparator(field.type())).toList();
      valueCounts.put(id, (long) rows.size());
      nullCounts.put(id, (long) rows.size() - values.size());
      if (icebergType(Scalar.FLOAT).equals(field.type())
          || icebergType(Scalar.DOUBLE).equals(field.type())) {
        nanCounts.put(id, (long) values.size() - ordered.size());
      }
      if (!ordered.isEmpty()) {
        Object last = ordered.get(ordered.size() - 1);
        lower.put(id, bound(field.type(), ordered.get(0), truncated, false));
        upper.put(id, bound(field.type(), last, truncated, true));
      }
    }
    upper.values().removeIf(bound -> bound == null);
    Metrics metrics =
        new Metrics((long) rows.size(), null, valueCounts, nullCounts, nanCounts, lower, upper);
    return DataFiles.builder(PartitionSpec.unpartitioned())
        .withPath("file.parquet")
        .withFileSizeInBytes(100)
        .withMetrics(metrics)
        .build();
  }

  private static ByteBuffer bound(Type type, Object value, boolean truncated, boolean up) {
    Object bound = value;
    if (truncated && value instanceof String text) {
      Literal<CharSequence> literal = Literal.of((CharSequence) text);
      Literal<CharSequence> cut =
          up
              ? UnicodeUtil.truncateStringMax(literal, 1)
              : UnicodeUtil.truncateStringMin(literal, 1);
      if (cut == null) {
        return null;
      }
      bound = cut.value();
    }
    return Conversions.toByteBuffer(type, bound);
  }

  private static boolean isNan(Object value) {
    return value instanceof Float number && number.isNaN()
        || value instanceof Double wide && wide.isNaN();
  }

  @SuppressWarnings("unchecked")
  private static Comparator<Object> comparator(Type type) {
    return (Comparator<Object>) (Comparator<?>) Comparators.forType(type.asPrimitiveType());
  }
}
