package io.proximadb.axis;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.api.FilterColumn;
import io.proximadb.filter.Filter;
import io.proximadb.filter.FilterJson;
import java.util.Collections;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** Which columns filters ask for. */
class FilterUsesTest {
  private final FilterUses uses = new FilterUses();

  @Test
  void columnsAreCountedWithWhatPasses() {
    Filter both = FilterJson.parse("{\"year\": {\"$gt\": 3}, \"kind\": {\"$in\": [\"a\", \"b\"]}}");
    uses.filtered(both, 0.25, 0);
    uses.filtered(Filter.not(Filter.equal("year", 1)), 0.75, 1);
    uses.filtered(new Filter.IsNull("gone"), -1, 2);
    assertThat(uses.lately(3))
        .containsExactly(
            new FilterColumn("year", 2, OptionalDouble.of(0.5)),
            new FilterColumn("gone", 1, OptionalDouble.empty()),
            new FilterColumn("kind", 1, OptionalDouble.of(0.25)));
    assertThat(uses.lately(3 * Rotating.LENGTH_NANOS)).isEmpty();
  }

  @Test
  void columnsAndPartsHaveBounds() {
    for (int i = 0; i < 3 * FilterUses.MAX_COLUMNS; i++) {
      uses.filtered(Filter.equal("c" + i, 1), 1, 0);
    }
    assertThat(uses.lately(0)).hasSize(FilterUses.MAX_COLUMNS);
    long later = 3 * Rotating.LENGTH_NANOS;
    uses.filtered(Filter.equal("new", 1), 1, later);
    assertThat(uses.lately(later)).extracting(FilterColumn::column).containsExactly("new");
    Filter large = new Filter.Or(Collections.nCopies(9_000, Filter.equal("one", 1)));
    assertThat(FilterUses.columnsOf(large)).containsExactly("one");
  }
}
