package io.proximadb.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.testkit.Seed;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Rows, columns and a naive interpreter agree on random filters over random rows. */
class BoundFilterPropertyTest {
  private static final int ROUNDS = 3_000;
  private static final int MAX_DEPTH = 4;

  @Test
  void rowsAndColumnsAgreeWithTheReference() {
    Random random = Seed.random("BoundFilterPropertyTest");
    RandomFilters generator = new RandomFilters(random);
    int passed = 0;
    int considered = 0;
    for (int round = 0; round < ROUNDS; round++) {
      List<Map<String, Object>> rows = new ArrayList<>();
      // Around one and two words of a bit set, and none at all.
      int rowCount = random.nextInt(140);
      for (int row = 0; row < rowCount; row++) {
        rows.add(generator.row());
      }
      Filter filter = generator.filter(MAX_DEPTH);
      BitSet expected = new BitSet();
      for (int row = 0; row < rowCount; row++) {
        expected.set(row, Boolean.TRUE.equals(ReferenceFilter.evaluate(filter, rows.get(row))));
      }

      BoundFilter bound = BoundFilter.bind(filter, RandomFilters.SCHEMA);
      BitSet byRow = new BitSet();
      for (int row = 0; row < rowCount; row++) {
        Map<String, Object> values = rows.get(row);
        byRow.set(
            row,
            bound.matches(
                column -> {
                  assertThat(bound.columns()).contains(column);
                  return values.get(column);
                }));
      }
      assertThat(byRow).as("row by row: %s", filter).isEqualTo(expected);
      // Only the columns that the filter says it needs are there.
      assertThat(bound.select(Columns.batch(rows, bound.columns())))
          .as("over columns: %s", filter)
          .isEqualTo(expected);
      if (bound.isAlwaysTrue()) {
        assertThat(expected.cardinality()).isEqualTo(rowCount);
      }
      passed += expected.cardinality();
      considered += rowCount;
    }
    assertThat(passed).as("rows that pass").isBetween(considered / 10, considered * 9 / 10);
  }

  @Test
  void writtenFiltersMeanTheSameWhenReadBack() {
    Random random = Seed.random("BoundFilterPropertyTest.json");
    RandomFilters generator = new RandomFilters(random);
    int written = 0;
    for (int round = 0; round < ROUNDS; round++) {
      Filter filter = generator.filter(MAX_DEPTH);
      if (hasInexactDecimal(filter)) {
        continue;
      }
      written++;
      String json = FilterJson.write(filter);
      Filter read = FilterJson.parse(json);
      BoundFilter bound = BoundFilter.bind(read, RandomFilters.SCHEMA);
      for (int i = 0; i < 20; i++) {
        Map<String, Object> row = generator.row();
        assertThat(bound.matches(row::get))
            .as("%s, written as %s, for %s", filter, json, row)
            .isEqualTo(Boolean.TRUE.equals(ReferenceFilter.evaluate(filter, row)));
      }
    }
    assertThat(written).isGreaterThan(ROUNDS / 2);
  }

  /** True if the filter has a number that the writer has to refuse, see FilterJsonTest. */
  private static boolean hasInexactDecimal(Filter filter) {
    if (filter instanceof Filter.And and) {
      return and.children().stream().anyMatch(BoundFilterPropertyTest::hasInexactDecimal);
    }
    if (filter instanceof Filter.Or or) {
      return or.children().stream().anyMatch(BoundFilterPropertyTest::hasInexactDecimal);
    }
    if (filter instanceof Filter.Not not) {
      return hasInexactDecimal(not.child());
    }
    if (filter instanceof Filter.Compare compare) {
      return isInexact(compare.value());
    }
    if (filter instanceof Filter.Contains contains) {
      return isInexact(contains.value());
    }
    return filter instanceof Filter.In in
        && in.values().stream().anyMatch(BoundFilterPropertyTest::isInexact);
  }

  private static boolean isInexact(Object value) {
    return value instanceof BigDecimal decimal
        && decimal.stripTrailingZeros().scale() > 0
        && new BigDecimal(decimal.doubleValue()).compareTo(decimal) != 0;
  }
}
