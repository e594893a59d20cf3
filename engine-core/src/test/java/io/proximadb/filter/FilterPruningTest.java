package io.proximadb.filter;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.filter.Filter.Operator;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Or;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The projections themselves; that they are safe is the property test's matter. */
class FilterPruningTest {

  private static String project(Filter filter) {
    return FilterPruning.toExpression(filter, RandomFilters.SCHEMA).toString();
  }

  static List<Arguments> projections() {
    Filter lessThanFive = Filter.compare("small", Operator.LT, 5);
    return List.of(
        Arguments.of(Filter.alwaysTrue(), "true"),
        Arguments.of(Filter.not(Filter.alwaysTrue()), "false"),
        Arguments.of(lessThanFive, "(not_null(ref(name=\"small\")) and ref(name=\"small\") <= 4)"),
        Arguments.of(
            Filter.not(lessThanFive),
            "(not_null(ref(name=\"small\")) and ref(name=\"small\") >= 5)"),
        Arguments.of(
            Filter.compare("small", Operator.LT, 3_000_000_000L), "not_null(ref(name=\"small\"))"),
        Arguments.of(Filter.compare("small", Operator.GT, 1e300), "false"),
        Arguments.of(Filter.compare("big", Operator.NE, 1), "not_null(ref(name=\"big\"))"),
        Arguments.of(Filter.equal("big", new BigDecimal("2.5")), "false"),
        Arguments.of(Filter.equal("big", null), "false"),
        Arguments.of(Filter.not(Filter.equal("big", null)), "false"),
        Arguments.of(Filter.equal("flag", true), "ref(name=\"flag\") == true"),
        Arguments.of(
            Filter.compare("score", Operator.GT, 1.5),
            "((not_null(ref(name=\"score\")) and ref(name=\"score\") >= 1.5000000000000002) or"
                + " is_nan(ref(name=\"score\")))"),
        Arguments.of(
            Filter.equal("ratio", 0),
            "((not_null(ref(name=\"ratio\")) and ref(name=\"ratio\") >= -0.0) and"
                + " ref(name=\"ratio\") <= 0.0)"),
        Arguments.of(
            Filter.compare("ratio", Operator.LT, 0.7),
            "(not_null(ref(name=\"ratio\")) and ref(name=\"ratio\") <= 0.7)"),
        Arguments.of(Filter.equal("ratio", 0.7), "false"),
        Arguments.of(Filter.equal("score", "NaN"), "is_nan(ref(name=\"score\"))"),
        Arguments.of(
            Filter.compare("at", Operator.GE, Instant.EPOCH.plusNanos(1)),
            "(not_null(ref(name=\"at\")) and ref(name=\"at\") >= 1)"),
        Arguments.of(Filter.compare("word", Operator.GT, "m"), "ref(name=\"word\") > \"m\""),
        Arguments.of(new Filter.StartsWith("word", "m"), "ref(name=\"word\") startsWith \"\"m\"\""),
        Arguments.of(
            Filter.not(new Filter.StartsWith("word", "m")),
            "ref(name=\"word\") notStartsWith \"\"m\"\""),
        Arguments.of(new Filter.Contains("word", "m"), "not_null(ref(name=\"word\"))"),
        Arguments.of(new Filter.In("small", List.of(1, 2)), "ref(name=\"small\") in (1, 2)"),
        Arguments.of(new Filter.In("ratio", List.of(0, 0.7)), "ref(name=\"ratio\") in (-0.0, 0.0)"),
        Arguments.of(
            new Filter.In("score", List.of("NaN", 2.5, 1e300)),
            "(ref(name=\"score\") in (2.5, 1.0E300) or is_nan(ref(name=\"score\")))"),
        Arguments.of(
            Filter.not(new Filter.In("small", List.of(1, 2))), "not_null(ref(name=\"small\"))"),
        Arguments.of(Filter.not(new Filter.In("small", Arrays.asList(1, null))), "false"),
        Arguments.of(Filter.not(new Filter.IsNull("small")), "not_null(ref(name=\"small\"))"),
        Arguments.of(new Filter.IsNull("address"), "true"),
        Arguments.of(Filter.equal("address.zip", 1), "true"),
        Arguments.of(Filter.equal("raw", new byte[] {1}), "true"),
        Arguments.of(Filter.not(new Filter.Contains("numbers", 1)), "true"),
        Arguments.of(
            Filter.not(Filter.or(new Filter.IsNull("small"), new Filter.IsNull("big"))),
            "(not_null(ref(name=\"small\")) and not_null(ref(name=\"big\")))"));
  }

  @ParameterizedTest
  @MethodSource("projections")
  void projects(Filter filter, String expected) {
    assertThat(project(filter)).isEqualTo(expected);
  }

  @Test
  void longListsBecomeRanges() {
    List<Object> numbers = new ArrayList<>(IntStream.rangeClosed(1, 500).boxed().toList());
    assertThat(project(new Filter.In("small", numbers)))
        .contains(">= 1")
        .contains("<= 500")
        .doesNotContain(" in ");
    List<Object> words = IntStream.range(100, 600).mapToObj(i -> (Object) ("w" + i)).toList();
    assertThat(project(new Filter.In("word", words)))
        .contains(">= \"w100\"")
        .contains("<= \"w599\"")
        .doesNotContain(" in ");
  }

  @Test
  void wideFiltersStayShallow() {
    // A chain of ten thousand would overflow the stack of Iceberg's visitors.
    Filter wide = new Filter.Or(Collections.nCopies(4_999, Filter.equal("word", "x")));
    Expression expression = FilterPruning.toExpression(wide, RandomFilters.SCHEMA);
    assertThat(depth(expression)).isLessThan(20);
  }

  private static int depth(Expression expression) {
    if (expression instanceof Or or) {
      return 1 + Math.max(depth(or.left()), depth(or.right()));
    }
    return 1;
  }

  @Test
  void halvesOfSurrogatePairsAreComparedAsStored() {
    assertThat(project(Filter.equal("word", "\ud83d"))).isEqualTo("ref(name=\"word\") == \"?\"");
  }
}
