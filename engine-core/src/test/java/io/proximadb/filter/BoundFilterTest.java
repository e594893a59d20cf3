package io.proximadb.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.Filter.Operator;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.column.ColumnBatch;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class BoundFilterTest {

  private static BoundFilter bind(Filter filter) {
    return BoundFilter.bind(filter, RandomFilters.SCHEMA);
  }

  private static boolean matches(Filter filter, String column, Object value) {
    Map<String, Object> row = new HashMap<>();
    row.put(column, value);
    return bind(filter).matches(row::get);
  }

  static List<Arguments> numbers() {
    return List.of(
        Arguments.of("big", 2L, Operator.LT, 2.5, true),
        Arguments.of("big", 3L, Operator.GT, 2.5, true),
        Arguments.of("big", 2L, Operator.EQ, 2.5, false),
        Arguments.of("big", 2L, Operator.NE, 2.5, true),
        Arguments.of("big", Long.MAX_VALUE, Operator.LT, 1e300, true),
        Arguments.of("big", Long.MAX_VALUE, Operator.LT, 0x1p63, true),
        Arguments.of("big", Long.MAX_VALUE, Operator.EQ, (double) Long.MAX_VALUE, false),
        Arguments.of("big", Long.MIN_VALUE, Operator.EQ, -0x1p63, true),
        Arguments.of("big", Long.MIN_VALUE, Operator.LT, Long.MIN_VALUE, false),
        Arguments.of("big", Long.MAX_VALUE, Operator.GT, Long.MAX_VALUE, false),
        Arguments.of("big", Long.MAX_VALUE, Operator.LT, Double.NaN, true),
        Arguments.of("big", (1L << 53) + 1, Operator.EQ, 0x1p53, false),
        Arguments.of("big", -1L, Operator.LT, -0.5f, true),
        Arguments.of("big", 0L, Operator.GT, new BigDecimal("-1e-999999999"), true),
        Arguments.of("big", 0L, Operator.LT, new BigDecimal("1e-999999999"), true),
        Arguments.of("big", 0L, Operator.LT, new BigDecimal("1e999999999"), true),
        Arguments.of("small", Integer.MAX_VALUE, Operator.LT, 3_000_000_000L, true),
        Arguments.of("small", 1, Operator.EQ, new BigDecimal("1.000"), true),
        Arguments.of("ratio", 0.1f, Operator.GT, 0.1, true),
        Arguments.of("ratio", 0.1f, Operator.EQ, 0.1, false),
        Arguments.of("ratio", 0.1f, Operator.EQ, 0.1f, true),
        Arguments.of("score", 0.1, Operator.EQ, 0.1, true),
        Arguments.of("score", 0.1, Operator.GT, new BigDecimal("0.1"), true),
        Arguments.of("score", 0x1p53, Operator.LT, (1L << 53) + 1, true),
        Arguments.of("score", Double.MAX_VALUE, Operator.LT, new BigDecimal("1e999999999"), true),
        Arguments.of("score", 0.0, Operator.GT, new BigDecimal("-1e-999999999"), true),
        Arguments.of("score", Double.NaN, Operator.EQ, Double.NaN, true),
        Arguments.of("score", Double.NaN, Operator.EQ, "NaN", true),
        Arguments.of("score", Double.NaN, Operator.GT, Double.POSITIVE_INFINITY, true),
        Arguments.of("score", Double.NaN, Operator.GT, new BigDecimal("1e400"), true),
        Arguments.of("score", Double.POSITIVE_INFINITY, Operator.LT, "NaN", true),
        Arguments.of("score", -0.0, Operator.EQ, 0, true),
        Arguments.of("score", -0.0, Operator.LT, 0.0, false));
  }

  @ParameterizedTest
  @MethodSource("numbers")
  void numbersCompareByTheirMathematicalValue(
      String column, Object value, Operator operator, Object literal, boolean expected) {
    Filter filter = Filter.compare(column, operator, literal);
    assertThat(matches(filter, column, value)).isEqualTo(expected);
    ColumnBatch batch =
        new ColumnBatch(
            1, Map.of(column, Columns.column(RandomFilters.COLUMNS.get(column), value)));
    assertThat(bind(filter).select(batch).get(0)).isEqualTo(expected);
  }

  @Test
  void datesAndTimestampsTakeIsoText() {
    assertThat(matches(Filter.equal("day", "2026-01-31"), "day", LocalDate.of(2026, 1, 31)))
        .isTrue();
    Instant at = Instant.parse("2026-01-31T12:30:00Z");
    assertThat(matches(Filter.equal("at", "2026-01-31T12:30:00Z"), "at", at)).isTrue();
    assertThat(matches(Filter.equal("at", "2026-01-31T14:30:00+02:00"), "at", at)).isTrue();
    assertThat(matches(Filter.equal("at", at.plusNanos(1)), "at", at)).isFalse();
    assertThat(matches(Filter.compare("at", Operator.LT, at.plusNanos(1)), "at", at)).isTrue();
  }

  @Test
  void textComparesByCodePoints() {
    // UTF-16 units would order the first after the second.
    assertThat(matches(Filter.compare("word", Operator.LT, "😀"), "word", "\uffff")).isTrue();
  }

  @Test
  void nullsMakeComparisonsUnknown() {
    assertThat(matches(Filter.equal("small", null), "small", null)).isFalse();
    assertThat(matches(Filter.not(Filter.equal("small", null)), "small", null)).isFalse();
    assertThat(matches(Filter.compare("small", Operator.NE, 1), "small", null)).isFalse();
    assertThat(matches(new Filter.IsNull("address.zip"), "address", null)).isTrue();

    Filter in = new Filter.In("small", Arrays.asList(1, null));
    assertThat(matches(in, "small", 1)).isTrue();
    assertThat(matches(in, "small", 2)).isFalse();
    assertThat(matches(Filter.not(in), "small", 2)).isFalse();

    Filter contains = new Filter.Contains("numbers", 1);
    assertThat(matches(contains, "numbers", Arrays.asList(null, 1L))).isTrue();
    assertThat(matches(Filter.not(contains), "numbers", Arrays.asList(null, 2L))).isFalse();
    assertThat(matches(Filter.not(contains), "numbers", List.of(2L))).isTrue();
  }

  @Test
  void constantsFold() {
    Filter any = Filter.equal("small", 1);
    assertThat(bind(Filter.and()).isAlwaysTrue()).isTrue();
    assertThat(bind(Filter.or(any, Filter.alwaysTrue())).isAlwaysTrue()).isTrue();
    assertThat(bind(Filter.or(any, Filter.alwaysTrue())).columns()).isEmpty();
    assertThat(bind(Filter.not(new Filter.AlwaysFalse())).isAlwaysTrue()).isTrue();
    assertThat(bind(any).isAlwaysTrue()).isFalse();
    assertThat(bind(Filter.or()).isAlwaysTrue()).isFalse();
  }

  @Test
  void columnsAreTopLevelInTheOrderNamed() {
    Filter filter =
        Filter.and(
            new Filter.IsNull("word"),
            Filter.or(Filter.equal("address.zip", 1), Filter.equal("_version", 1)),
            Filter.equal("address.city", "Bern"),
            Filter.equal("id", "a"));
    assertThat(bind(filter).columns()).containsExactly("word", "address", "_version", "id");
  }

  @Test
  void theCallerOwnsTheSelectedRows() {
    BoundFilter filter = bind(new Filter.IsNull("word"));
    ColumnBatch batch =
        new ColumnBatch(2, Map.of("word", Columns.column(Scalar.STRING, null, "a")));
    BitSet first = filter.select(batch);
    first.set(1);
    assertThat(filter.select(batch)).isEqualTo(BitSet.valueOf(new long[] {1}));
    assertThat(batch.column("word").isNull(1)).isFalse();
  }

  @Test
  void aColumnThatStillHasTheNarrowerTypeOfAnOldFileIsCompared() {
    ColumnBatch ints = new ColumnBatch(1, Map.of("big", Columns.column(Scalar.INT, 7)));
    assertThat(bind(Filter.equal("big", 7)).select(ints).get(0)).isTrue();
    ColumnBatch floats = new ColumnBatch(1, Map.of("score", Columns.column(Scalar.FLOAT, 2.5f)));
    assertThat(bind(Filter.equal("score", 2.5)).select(floats).get(0)).isTrue();
  }

  static List<Arguments> mistakes() {
    return List.of(
        Arguments.of(
            Filter.equal("colour", "red"),
            "Invalid filter: unknown column 'colour' (expected one of [flag, small, big, ratio,"
                + " score, word, raw, day, at, numbers, scores, words, address, id, expires_at,"
                + " _version, _updated_at, _cluster_id])"),
        Arguments.of(new Filter.IsNull(""), "Invalid filter: unknown column '' (expected one of"),
        Arguments.of(new Filter.IsNull("vector"), "Invalid filter: vector column 'vector' ("),
        Arguments.of(
            Filter.equal("address.town", "Bern"),
            "Invalid filter: unknown column 'address.town' (expected a field of 'address', one of"
                + " [city, zip, tags, place])"),
        Arguments.of(
            Filter.equal("word.length", 1),
            "Invalid filter: no column 'word.length', since 'word' is a STRING (expected a"
                + " STRUCT)"),
        Arguments.of(
            Filter.equal("small", "one"),
            "Invalid filter on column 'small': one of class String (expected INT: a number, or the"
                + " text NaN, Infinity or -Infinity)"),
        Arguments.of(
            Filter.equal("word", 1),
            "Invalid filter on column 'word': 1 of class Integer (expected STRING: text)"),
        Arguments.of(
            Filter.equal("flag", "true"),
            "Invalid filter on column 'flag': true of class String (expected BOOLEAN: true or"
                + " false)"),
        Arguments.of(
            Filter.equal("score", new AtomicInteger(1)),
            "Invalid filter on column 'score': 1 of class AtomicInteger (expected DOUBLE"),
        Arguments.of(
            Filter.equal("day", "31.1.2026"),
            "Invalid filter on column 'day': 31.1.2026 of class String (expected DATE: a date, or"
                + " text such as 2026-01-31)"),
        Arguments.of(
            Filter.equal("at", "2026-01-31T12:30:00"),
            "Invalid filter on column 'at': 2026-01-31T12:30:00 of class String (expected"
                + " TIMESTAMP: an instant, or text such as 2026-01-31T12:30:00Z)"),
        Arguments.of(
            Filter.equal("raw", "?"),
            "Invalid filter on column 'raw': ? of class String (expected BINARY: bytes, or Base64"
                + " text)"),
        Arguments.of(
            new Filter.In("small", List.of(1, true)),
            "Invalid filter on column 'small': true of class Boolean (expected INT"),
        Arguments.of(
            new Filter.Contains("numbers", "1"),
            "Invalid filter on column 'numbers': 1 of class String (expected LONG"),
        Arguments.of(
            new Filter.Contains("small", 1),
            "Invalid filter on column 'small': containment on type INT (expected STRING or a LIST"
                + " of scalars)"),
        Arguments.of(
            new Filter.StartsWith("small", "1"),
            "Invalid filter on column 'small': prefix test on type INT (expected STRING)"),
        Arguments.of(
            Filter.equal("numbers", 1),
            "Invalid filter on column 'numbers': comparison EQ on type LIST<LONG> (expected a test"
                + " for one element, or for NULL)"),
        Arguments.of(
            new Filter.In("address", List.of(1)),
            "Invalid filter on column 'address': membership in a list of values on type STRUCT<"),
        Arguments.of(
            Filter.or(Filter.alwaysTrue(), new Filter.IsNull("nowhere")),
            "Invalid filter: unknown column 'nowhere'"),
        Arguments.of(
            Filter.equal("word", Collections.nCopies(100, 'x')),
            "Invalid filter on column 'word': [x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x,"
                + " x, x, x, x, ... of class CopiesList (expected STRING: text)"));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void mistakesAreNamed(Filter filter, String message) {
    assertThatThrownBy(() -> bind(filter))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageStartingWith(message);
    assertThatThrownBy(() -> FilterPruning.toExpression(filter, RandomFilters.SCHEMA))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void depthAndSizeAreLimited() {
    Filter deepest = Filter.alwaysTrue();
    for (int depth = 1; depth < Filter.MAX_DEPTH; depth++) {
      deepest = Filter.not(deepest);
    }
    Filter tooDeep = Filter.not(deepest);
    bind(deepest);
    assertThatThrownBy(() -> bind(tooDeep))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessage("Invalid filter: nested deeper than 64 levels");

    Filter largest = new Filter.In("small", Collections.nCopies(Filter.MAX_SIZE - 1, 1));
    assertThat(matches(largest, "small", 1)).isTrue();
    assertThatThrownBy(() -> bind(Filter.and(largest)))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessage("Invalid filter: more than 10000 conditions and values");
  }

  @Test
  void numbersWithHugeExponentsCostNothing() {
    Filter filter =
        Filter.and(
            Filter.equal("big", new BigDecimal("1e2000000000")),
            Filter.equal("big", new BigDecimal("1e-2000000000")),
            Filter.equal("score", new BigDecimal("1e2000000000")),
            Filter.equal("score", new BigDecimal("1e-2000000000")));
    assertThat(assertTimeout(Duration.ofSeconds(5), () -> matches(filter, "big", 1L))).isFalse();
  }
}
