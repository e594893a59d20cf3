package io.proximadb.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.proximadb.model.column.ColumnBatch;
import io.proximadb.testkit.Seed;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Random filters over random rows: by columns, by row and by a plain reference. */
class BoundFilterPropertyTest {
  private static final long SEED = Seed.value();

  @Test
  void columnsAndRowsAgreeWithTheReference() {
    FilterSamples samples = new FilterSamples(new Random(SEED));
    int selected = 0;
    int left = 0;
    for (int round = 0; round < 150; round++) {
      List<Map<String, Object>> rows = samples.rows(1 + round % 140);
      ColumnBatch batch = FilterSamples.batch(rows);
      for (int i = 0; i < 20; i++) {
        Filter filter = samples.filter(1 + i % 5);
        BoundFilter bound = BoundFilter.bind(filter, FilterSamples.SCHEMA);
        BitSet byColumns = bound.select(batch);
        for (int row = 0; row < rows.size(); row++) {
          Map<String, Object> values = rows.get(row);
          boolean expected = Boolean.TRUE.equals(FilterReference.evaluate(filter, values));
          boolean byRow = bound.matches(column -> needed(bound, column, values));
          if (byColumns.get(row) != expected || byRow != expected) {
            fail(
                "%s on %s is %s by columns, %s by row, and should be %s, seed %d",
                filter, values, byColumns.get(row), byRow, expected, SEED);
          }
          selected += expected ? 1 : 0;
          left += expected ? 0 : 1;
        }
        assertThat(byColumns.length()).isLessThanOrEqualTo(rows.size());
      }
    }
    assertThat(selected).as("the samples select something").isGreaterThan(5_000);
    assertThat(left).as("and not everything").isGreaterThan(5_000);
  }

  private static Object needed(BoundFilter filter, String column, Map<String, Object> values) {
    if (!filter.columns().contains(column)) {
      fail("%s is read, but %s are named", column, filter.columns());
    }
    return values.get(column);
  }

  @Test
  void theJsonFormSelectsTheSameRows() {
    FilterSamples samples = FilterSamples.withoutDecimals(new Random(SEED));
    List<Map<String, Object>> rows = samples.rows(200);
    ColumnBatch batch = FilterSamples.batch(rows);
    for (int i = 0; i < 2_000; i++) {
      Filter filter = samples.filter(4);
      Filter back = FilterJson.parse(FilterJson.write(filter));
      assertThat(BoundFilter.bind(back, FilterSamples.SCHEMA).select(batch))
          .as(filter + ", seed " + SEED)
          .isEqualTo(BoundFilter.bind(filter, FilterSamples.SCHEMA).select(batch));
    }
  }
}
