package io.proximadb.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.catalog.SchemaMapping;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.testkit.Seed;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.Metrics;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.expressions.Evaluator;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.InclusiveMetricsEvaluator;
import org.apache.iceberg.types.Comparators;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.util.UnicodeUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No file with a matching row is ever pruned, whatever statistics its writer left. */
class FilterPruningPropertyTest {
  private static final int ROUNDS = 20_000;
  private static final int MAX_DEPTH = 3;
  private static final int MAX_ROWS = 4;
  private static final Schema ICEBERG = SchemaMapping.toIceberg(RandomFilters.SCHEMA);

  @Test
  void neverPrunesAFileWithAMatchingRow() {
    Random random = Seed.random("FilterPruningPropertyTest");
    RandomFilters generator = new RandomFilters(random);
    int pruned = 0;
    int kept = 0;
    for (int round = 0; round < ROUNDS; round++) {
      List<Map<String, Object>> rows = new ArrayList<>();
      for (int row = 0; row <= random.nextInt(MAX_ROWS); row++) {
        rows.add(generator.row());
      }
      Filter filter = generator.filter(MAX_DEPTH);
      boolean matches =
          rows.stream().anyMatch(row -> Boolean.TRUE.equals(ReferenceFilter.evaluate(filter, row)));
      DataFile file = new Statistics(rows, random).file();
      boolean read =
          new InclusiveMetricsEvaluator(
                  ICEBERG, FilterPruning.toExpression(filter, RandomFilters.SCHEMA))
              .eval(file);
      if (matches) {
        assertThat(read).as("%s over %s with %s", filter, rows, file).isTrue();
        kept++;
      } else if (!read) {
        pruned++;
      }
    }
    assertThat(pruned).as("pruned files").isGreaterThan(ROUNDS / 10);
    assertThat(kept).as("kept files").isGreaterThan(ROUNDS / 10);
  }

  @Test
  void projectionsPassEveryMatchingRow() {
    // Iceberg's evaluation of single rows sees what wide bounds would hide.
    RandomFilters generator = new RandomFilters(Seed.random("FilterPruningPropertyTest.rows"));
    int matched = 0;
    int left = 0;
    for (int round = 0; round < ROUNDS; round++) {
      Filter filter = generator.filter(MAX_DEPTH);
      Expression expression = FilterPruning.toExpression(filter, RandomFilters.SCHEMA);
      Map<String, Object> row = generator.row();
      boolean passes = new Evaluator(ICEBERG.asStruct(), expression).eval(new IcebergRow(row));
      if (Boolean.TRUE.equals(ReferenceFilter.evaluate(filter, row))) {
        assertThat(passes).as("%s as %s on %s", filter, expression, row).isTrue();
        matched++;
      } else if (!passes) {
        left++;
      }
    }
    assertThat(matched).as("rows that match").isGreaterThan(ROUNDS / 10);
    assertThat(left).as("rows that are left out").isGreaterThan(ROUNDS / 10);
  }

  private record IcebergRow(Map<String, Object> row) implements StructLike {
    @Override
    public int size() {
      return ICEBERG.columns().size();
    }

    @Override
    public <T> T get(int position, Class<T> type) {
      return type.cast(stored(row.get(ICEBERG.columns().get(position).name())));
    }

    @Override
    public <T> void set(int position, T value) {
      throw new UnsupportedOperationException();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'small': {'$gt': 5}}",
        "{'small': 4.5}",
        "{'small': {'$in': [1, 9]}}",
        "{'small': null}",
        "{'small': {'$in': [null]}}",
        "{'small': {'$exists': false}}",
        "{'score': {'$lt': 2.4}}",
        "{'score': {'$gt': 2.6}}",
        "{'score': 'NaN'}",
        "{'$not': {'score': {'$lte': 2.6}}}",
        "{'word': 'n'}",
        "{'word': {'$startsWith': 'n'}}",
        "{'$not': {'word': {'$startsWith': 'm'}}}",
        "{'at': {'$gte': '2020-01-01T00:00:00Z'}}",
        "{'day': {'$ne': '2020-01-01'}}",
        "{'day': {'$exists': true}}"
      })
  void prunesWhatCompleteStatisticsRuleOut(String json) {
    Map<String, Object> row = new HashMap<>();
    row.put("small", 5);
    row.put("score", 2.5);
    row.put("word", "m");
    row.put("at", Instant.EPOCH);
    Filter filter = FilterJson.parse(json.replace('\'', '"'));
    Expression expression = FilterPruning.toExpression(filter, RandomFilters.SCHEMA);
    DataFile file = new Statistics(List.of(row), null).file();
    assertThat(new InclusiveMetricsEvaluator(ICEBERG, expression).eval(file)).isFalse();
  }

  /** Collects what a writer would record of some rows. */
  private static final class Statistics {
    private final List<Map<String, Object>> rows;
    private final Random gaps;
    private final Map<Integer, Long> values = new HashMap<>();
    private final Map<Integer, Long> nulls = new HashMap<>();
    private final Map<Integer, Long> nans = new HashMap<>();
    private final Map<Integer, ByteBuffer> lower = new HashMap<>();
    private final Map<Integer, ByteBuffer> upper = new HashMap<>();

    /** With random gaps, or complete if {@code gaps} is null. */
    Statistics(List<Map<String, Object>> rows, Random gaps) {
      this.rows = rows;
      this.gaps = gaps;
      for (Types.NestedField column : ICEBERG.columns()) {
        if (RandomFilters.COLUMNS.get(column.name()) instanceof Scalar type && !isGap(8)) {
          add(column, type);
        }
      }
    }

    private boolean isGap(int oneIn) {
      return gaps != null && gaps.nextInt(oneIn) == 0;
    }

    private void add(Types.NestedField column, Scalar type) {
      List<Object> present =
          rows.stream().map(row -> row.get(column.name())).filter(Objects::nonNull).toList();
      List<Object> bounded =
          present.stream()
              .filter(value -> !isNan(value))
              .map(FilterPruningPropertyTest::stored)
              .sorted(order(type))
              .toList();
      values.put(column.fieldId(), (long) rows.size());
      nulls.put(column.fieldId(), (long) (rows.size() - present.size()));
      if ((type == Scalar.FLOAT || type == Scalar.DOUBLE) && !isGap(2)) {
        nans.put(column.fieldId(), (long) (present.size() - bounded.size()));
      }
      if (!bounded.isEmpty() && !isGap(8)) {
        addBounds(column, bounded.get(0), bounded.get(bounded.size() - 1));
      }
    }

    private void addBounds(Types.NestedField column, Object least, Object greatest) {
      Object low = least;
      Object high = greatest;
      if (least instanceof String && isGap(2)) {
        int length = 1 + gaps.nextInt(4);
        low = UnicodeUtil.truncateStringMin((String) least, length);
        high = UnicodeUtil.truncateStringMax((String) greatest, length);
      }
      lower.put(column.fieldId(), Conversions.toByteBuffer(column.type(), low));
      if (high != null) {
        upper.put(column.fieldId(), Conversions.toByteBuffer(column.type(), high));
      }
    }

    DataFile file() {
      return DataFiles.builder(PartitionSpec.unpartitioned())
          .withPath("file.parquet")
          .withFileSizeInBytes(1)
          .withMetrics(new Metrics((long) rows.size(), Map.of(), values, nulls, nans, lower, upper))
          .build();
    }
  }

  private static boolean isNan(Object value) {
    return value instanceof Number number && Double.isNaN(number.doubleValue());
  }

  /** Orders -0 before 0, as a writer may. */
  @SuppressWarnings("unchecked")
  private static Comparator<Object> order(Scalar type) {
    return switch (type) {
      case STRING ->
          (left, right) -> Comparators.charSequences().compare((String) left, (String) right);
      case BINARY ->
          (left, right) ->
              Comparators.unsignedBytes().compare((ByteBuffer) left, (ByteBuffer) right);
      default -> (left, right) -> ((Comparable<Object>) left).compareTo(right);
    };
  }

  /** The value as Iceberg holds it. */
  private static Object stored(Object value) {
    if (value instanceof LocalDate date) {
      return (int) date.toEpochDay();
    }
    if (value instanceof Instant instant) {
      return Columns.micros(instant);
    }
    return value instanceof byte[] bytes ? ByteBuffer.wrap(bytes) : value;
  }
}
