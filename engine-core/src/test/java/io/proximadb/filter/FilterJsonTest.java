package io.proximadb.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.Filter.Operator;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FilterJsonTest {

  private static Filter gt(String column, Object value) {
    return Filter.compare(column, Operator.GT, value);
  }

  static List<Arguments> forms() {
    Filter isNull = new Filter.IsNull("a");
    return List.of(
        Arguments.of("{}", Filter.alwaysTrue()),
        Arguments.of("{\"$not\": {}}", new Filter.AlwaysFalse()),
        Arguments.of("{\"a\": 1}", Filter.equal("a", 1)),
        Arguments.of("{\"a\": {\"$eq\": \"x\"}}", Filter.equal("a", "x")),
        Arguments.of("{\"a\": null}", isNull),
        Arguments.of("{\"a\": {\"$eq\": null}}", isNull),
        Arguments.of("{\"a\": {\"$ne\": null}}", Filter.not(isNull)),
        Arguments.of("{\"a\": {\"$exists\": false}}", isNull),
        Arguments.of("{\"a\": {\"$exists\": true}}", Filter.not(isNull)),
        Arguments.of("{\"a\": {\"$ne\": true}}", Filter.compare("a", Operator.NE, true)),
        Arguments.of(
            "{\"a\": {\"$gt\": 1, \"$gte\": 2, \"$lt\": 3, \"$lte\": 4}}",
            Filter.and(
                gt("a", 1),
                Filter.compare("a", Operator.GE, 2),
                Filter.compare("a", Operator.LT, 3),
                Filter.compare("a", Operator.LE, 4))),
        Arguments.of("{\"a\": {\"$in\": [1, null]}}", new Filter.In("a", Arrays.asList(1, null))),
        Arguments.of("{\"a\": {\"$nin\": [\"x\"]}}", Filter.not(new Filter.In("a", List.of("x")))),
        Arguments.of("{\"a\": {\"$contains\": 1.5}}", new Filter.Contains("a", 1.5)),
        Arguments.of("{\"a\": {\"$contains\": null}}", new Filter.Contains("a", null)),
        Arguments.of("{\"a\": {\"$startsWith\": \"\"}}", new Filter.StartsWith("a", "")),
        Arguments.of("{\"a\": {\"$not\": {\"$gt\": 1}}}", Filter.not(gt("a", 1))),
        Arguments.of("{\"$not\": {\"a\": 1}}", Filter.not(Filter.equal("a", 1))),
        Arguments.of(
            "{\"category\":\"noun.animal\",\"word_count\":{\"$gte\":2},"
                + "\"$or\":[{\"a.b\":1},{\"c\":2,\"d\":3}]}",
            Filter.and(
                Filter.equal("category", "noun.animal"),
                Filter.compare("word_count", Operator.GE, 2),
                Filter.or(
                    Filter.equal("a.b", 1),
                    Filter.and(Filter.equal("c", 2), Filter.equal("d", 3))))),
        Arguments.of("{\"$and\": [{\"a\": 1}]}", Filter.and(Filter.equal("a", 1))),
        Arguments.of("{\"a\": 9007199254740993}", Filter.equal("a", 9007199254740993L)),
        Arguments.of(
            "{\"a\": 9223372036854775808}", Filter.equal("a", BigInteger.ONE.shiftLeft(63))),
        Arguments.of("{\"a\": 0.1}", Filter.equal("a", 0.1)),
        Arguments.of("{\"a\": 1e400}", Filter.equal("a", new BigDecimal("1e400"))));
  }

  @ParameterizedTest
  @MethodSource("forms")
  void parses(String json, Filter expected) throws Exception {
    assertThat(FilterJson.parse(json)).isEqualTo(expected);
    if (!json.contains("1e400")) { // A plain tree holds it as an infinite double.
      assertThat(FilterJson.parse(new ObjectMapper().readTree(json))).isEqualTo(expected);
    }
  }

  static List<Arguments> mistakes() {
    String columnOperators =
        "(expected one of [$eq, $ne, $gt, $gte, $lt, $lte, $in, $nin, $exists, $contains,"
            + " $startsWith, $not]; a field of a struct is written \"column.field\")";
    return List.of(
        Arguments.of("", "Invalid filter: empty text (expected a JSON object)"),
        Arguments.of("  ", "Invalid filter: empty text (expected a JSON object)"),
        Arguments.of("[]", "Invalid filter: an empty array (expected an object)"),
        Arguments.of("null", "Invalid filter: null (expected an object)"),
        Arguments.of("\"a\"", "Invalid filter: \"a\" (expected an object)"),
        Arguments.of(
            "{} {}",
            "Invalid filter: text after the JSON object at line 1, column 4 (expected the end)"),
        Arguments.of(
            "{} x",
            "Invalid filter: Unrecognized token 'x': was expecting (JSON String, Number, Array,"
                + " Object or token 'null', 'true' or 'false') at line 1, column 4 (expected a JSON"
                + " object)"),
        Arguments.of("{\"a\": }", "Invalid filter at /a: Unexpected character ('}' (code 125))"),
        Arguments.of("{\"a\": NaN}", "Invalid filter at /a: Non-standard token 'NaN'"),
        Arguments.of("{\"a\": 1", "Invalid filter at /a: Unexpected end-of-input"),
        Arguments.of(
            "{\"a\": 1,\n \"a\": 2}",
            "Invalid filter at /a: Duplicate field 'a' at line 2, column 5 (expected a JSON"
                + " object)"),
        Arguments.of(
            "{\"b\": {\"$gt\": 1, \"$gt\": 2}}",
            "Invalid filter at /b/$gt: Duplicate field '$gt' at line 1, column 23"),
        Arguments.of(
            "{\"$xor\": []}",
            "Invalid filter at /$xor: no such operator here (expected a column or one of [$and,"
                + " $or, $not])"),
        Arguments.of(
            "{\"$eq\": 1}",
            "Invalid filter at /$eq: no such operator here (expected a column or one of [$and,"
                + " $or, $not])"),
        Arguments.of(
            "{\"\": 1}",
            "Invalid filter at /: an empty key (expected a column or one of [$and, $or, $not])"),
        Arguments.of(
            "{\"$and\": []}",
            "Invalid filter at /$and: an empty array (expected a non-empty array of filters)"),
        Arguments.of(
            "{\"$or\": {\"a\": 1}}",
            "Invalid filter at /$or: an object (expected a non-empty array of filters)"),
        Arguments.of(
            "{\"$or\": [{\"a\": 1}, 2]}", "Invalid filter at /$or/1: 2 (expected an object)"),
        Arguments.of("{\"$not\": [1]}", "Invalid filter at /$not: an array (expected an object)"),
        Arguments.of(
            "{\"a\": {}}",
            "Invalid filter at /a: an empty object (expected an object with at least one of [$eq,"),
        Arguments.of(
            "{\"a\": [1]}",
            "Invalid filter at /a: an array (expected a number, text, true or false, null, or an"
                + " object such as {\"$in\": [...]})"),
        Arguments.of(
            "{\"a\": {\"$regex\": \"x\"}}",
            "Invalid filter at /a/$regex: no such operator here " + columnOperators),
        Arguments.of(
            "{\"a\": {\"city\": \"x\"}}",
            "Invalid filter at /a/city: not an operator " + columnOperators),
        Arguments.of(
            "{\"$or\": [{\"a\": {\"$gt\": null}}]}",
            "Invalid filter at /$or/0/a/$gt: null (expected a number, text, true or false)"),
        Arguments.of(
            "{\"a\": {\"$lt\": {}}}",
            "Invalid filter at /a/$lt: an empty object (expected a number, text, true or false)"),
        Arguments.of(
            "{\"a\": {\"$in\": []}}",
            "Invalid filter at /a/$in: an empty array (expected a non-empty array of values)"),
        Arguments.of(
            "{\"a\": {\"$nin\": 1}}",
            "Invalid filter at /a/$nin: 1 (expected a non-empty array of values)"),
        Arguments.of(
            "{\"a\": {\"$in\": [1, [2]]}}",
            "Invalid filter at /a/$in/1: an array (expected a number, text, true or false)"),
        Arguments.of(
            "{\"a\": {\"$exists\": 1}}",
            "Invalid filter at /a/$exists: 1 (expected true or false)"),
        Arguments.of(
            "{\"a\": {\"$startsWith\": null}}",
            "Invalid filter at /a/$startsWith: null (expected text)"),
        Arguments.of(
            "{\"a\": {\"$not\": 1}}",
            "Invalid filter at /a/$not: 1 (expected an object with at least one of [$eq,"),
        Arguments.of(
            "{\"a/b~\": [\"" + "x".repeat(100) + "\"]}", "Invalid filter at /a~1b~0: an array"),
        Arguments.of(
            "{\"$and\": [\"" + "x".repeat(100) + "\"]}",
            "Invalid filter at /$and/0: \"" + "x".repeat(63) + "... (expected an object)"));
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void mistakesAreNamed(String json, String message) {
    assertThatThrownBy(() -> FilterJson.parse(json))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void depthIsLimitedWhileParsing() {
    String tooDeep = "Invalid filter: nested deeper than 64 levels";
    int allowed = Filter.MAX_DEPTH - 1;
    FilterJson.parse("{\"$not\":".repeat(allowed) + "{\"a\":1}" + "}".repeat(allowed));
    int more = allowed + 1;
    for (String json :
        List.of(
            "{\"$not\":".repeat(more) + "{\"a\":1}" + "}".repeat(more),
            "{\"$and\":[".repeat(more) + "{\"a\":1}" + "]}".repeat(more),
            "{\"a\":" + "{\"$not\":".repeat(more) + "{\"$gt\":1}" + "}".repeat(more + 1))) {
      assertThatThrownBy(() -> FilterJson.parse(json))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessage(tooDeep);
    }
    assertThatThrownBy(() -> FilterJson.parse("{\"a\":" + "[".repeat(100_000)))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("nesting depth");
  }

  @Test
  void sizeIsLimitedWhileParsing() {
    String tooLarge = "Invalid filter: more than 10000 conditions and values";
    String values = String.join(",", Collections.nCopies(Filter.MAX_SIZE, "1"));
    assertThatThrownBy(() -> FilterJson.parse("{\"a\":{\"$in\":[" + values + "]}}"))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessage(tooLarge);
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < Filter.MAX_SIZE; i++) {
      keys.add("\"a" + i + "\":{\"$exists\":false}");
    }
    assertThatThrownBy(() -> FilterJson.parse("{" + String.join(",", keys) + "}"))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessage(tooLarge);
    String longText = "{\"a\":\"" + "x".repeat(FilterJson.MAX_JSON_CHARS) + "\"}";
    assertThatThrownBy(() -> FilterJson.parse(longText))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessage("Invalid filter: text of 16777224 characters (expected at most 16777216)");
  }

  static List<Arguments> written() {
    return List.of(
        Arguments.of(Filter.alwaysTrue(), "{}"),
        Arguments.of(Filter.and(), "{}"),
        Arguments.of(new Filter.AlwaysFalse(), "{\"$not\":{}}"),
        Arguments.of(Filter.or(), "{\"$not\":{}}"),
        Arguments.of(Filter.equal("a", 1), "{\"a\":{\"$eq\":1}}"),
        Arguments.of(Filter.equal("a", null), "{\"a\":{\"$in\":[null]}}"),
        Arguments.of(new Filter.IsNull("a"), "{\"a\":{\"$exists\":false}}"),
        Arguments.of(Filter.equal("a", 0.1f), "{\"a\":{\"$eq\":0.10000000149011612}}"),
        Arguments.of(Filter.equal("a", Double.NaN), "{\"a\":{\"$eq\":\"NaN\"}}"),
        Arguments.of(
            Filter.equal("a", new BigDecimal("9007199254740993.0")),
            "{\"a\":{\"$eq\":9007199254740993}}"),
        Arguments.of(
            Filter.equal("a", LocalDate.of(2026, 1, 31)), "{\"a\":{\"$eq\":\"2026-01-31\"}}"),
        Arguments.of(gt("a", Instant.EPOCH), "{\"a\":{\"$gt\":\"1970-01-01T00:00:00Z\"}}"),
        Arguments.of(Filter.equal("a", new byte[] {1, 2}), "{\"a\":{\"$eq\":\"AQI=\"}}"),
        Arguments.of(
            Filter.and(new Filter.StartsWith("a", "x"), Filter.not(new Filter.Contains("b", 1L))),
            "{\"$and\":[{\"a\":{\"$startsWith\":\"x\"}},{\"$not\":{\"b\":{\"$contains\":1}}}]}"));
  }

  @ParameterizedTest
  @MethodSource("written")
  void writes(Filter filter, String json) {
    assertThat(FilterJson.write(filter)).isEqualTo(json);
  }

  @Test
  void refusesToWriteWhatWouldReadDifferently() {
    assertThatThrownBy(() -> FilterJson.write(Filter.equal("a", new BigDecimal("0.1"))))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessage(
            "Cannot write filter as JSON: 0.1 would read as the nearest double (expected a double"
                + " or a whole number)");
    assertThatThrownBy(() -> FilterJson.write(Filter.equal("$or", 1)))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessage("Cannot write filter as JSON: column '$or' would not read as a column");
    assertThatThrownBy(() -> FilterJson.write(Filter.equal("a", new AtomicInteger(1))))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessage(
            "Cannot write filter as JSON: 1 of class AtomicInteger (expected a value of a scalar"
                + " type)");
  }
}
