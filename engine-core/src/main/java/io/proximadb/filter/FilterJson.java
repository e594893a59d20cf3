package io.proximadb.filter;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.proximadb.error.InvalidArgumentException;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * The JSON form of filters.
 *
 * <pre>{@code
 * {"category": "noun.animal",
 *  "word_count": {"$gte": 2, "$lt": 5},
 *  "$or": [{"tags": {"$contains": "wild"}}, {"address.city": {"$in": ["Bern", "Basel"]}}]}
 * }</pre>
 *
 * <table>
 * <caption>Grammar</caption>
 * <tr><th>form<th>meaning
 * <tr><td>{@code {}}<td>every row
 * <tr><td>several keys in one object<td>all of them
 * <tr><td>{@code "column": value}<td>the same as {@code $eq}
 * <tr><td>{@code $eq}, {@code $ne}<td>equal, not equal; with {@code null}: is NULL, is not NULL
 * <tr><td>{@code $gt}, {@code $gte}, {@code $lt}, {@code $lte}<td>order
 * <tr><td>{@code $in}, {@code $nin}<td>equal to one, to none of the values of an array
 * <tr><td>{@code $exists}<td>{@code true}: is not NULL, {@code false}: is NULL
 * <tr><td>{@code $contains}<td>a list has the element, a text has the part
 * <tr><td>{@code $startsWith}<td>a text has the prefix
 * <tr><td>{@code $and}, {@code $or}<td>all, one of an array of filters
 * <tr><td>{@code $not}<td>negates a filter or, below a column, its conditions
 * </table>
 *
 * <p>Only {@code $eq} and {@code $ne} give {@code null} a meaning of its own, because SQL's would
 * be of no use there. Everything else is SQL's three-valued logic: {@code {"a": {"$ne": 1}}} does
 * not pass rows whose {@code a} is NULL, and {@code {"a": {"$nin": [1, null]}}} passes none at all.
 *
 * <p>A number with a fraction or an exponent is read as the nearest double, whole numbers exactly.
 * Dates and timestamps are ISO-8601 text, binary is Base64, see {@link BoundFilter}.
 */
public final class FilterJson {
  /** Longest text: room for {@link Filter#MAX_SIZE} values as long as the longest id. */
  public static final int MAX_JSON_CHARS = 16 << 20;

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private FilterJson() {}

  /**
   * Reads a filter.
   *
   * @throws InvalidArgumentException if the text is not JSON or not a filter; the message names the
   *     place as a JSON pointer
   */
  public static Filter parse(String json) {
    if (json.length() > MAX_JSON_CHARS) {
      throw new InvalidArgumentException(
          "Invalid filter: text of "
              + json.length()
              + " characters (expected at most "
              + MAX_JSON_CHARS
              + ")");
    }
    return parse(tree(json));
  }

  private static JsonNode tree(String json) {
    try (JsonParser parser = MAPPER.createParser(json)) {
      JsonNode tree = parser.readValueAsTree();
      if (tree == null) {
        throw new InvalidArgumentException("Invalid filter: empty text (expected a JSON object)");
      }
      if (parser.nextToken() != null) {
        throw new InvalidArgumentException(
            "Invalid filter: text after the JSON object"
                + place(parser.currentTokenLocation())
                + " (expected the end)");
      }
      return tree;
    } catch (JsonProcessingException e) {
      String path =
          e.getProcessor() instanceof JsonParser parser
              ? parser.getParsingContext().pathAsPointer().toString()
              : "";
      throw new InvalidArgumentException(
          JsonFilterReader.at(path)
              + e.getOriginalMessage()
              + place(e.getLocation())
              + " (expected a JSON object)",
          e);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read a filter from memory", e);
    }
  }

  private static String place(@Nullable JsonLocation location) {
    return location == null
        ? ""
        : " at line " + location.getLineNr() + ", column " + location.getColumnNr();
  }

  /**
   * Reads a filter from parsed JSON, in which duplicate keys can no longer be seen.
   *
   * @throws InvalidArgumentException if it is not a filter; the message names the place as a JSON
   *     pointer
   */
  public static Filter parse(JsonNode json) {
    return new JsonFilterReader().read(json, "", 1);
  }

  /**
   * Writes a filter as JSON that reads as a filter of the same meaning; number classes and nesting
   * may differ.
   *
   * @throws InvalidArgumentException if the filter is deeper than {@link Filter#MAX_DEPTH} or
   *     larger than {@link Filter#MAX_SIZE}, or has a value or a column name that JSON filters
   *     cannot express
   */
  public static String write(Filter filter) {
    return new JsonFilterWriter().write(filter, 1).toString();
  }
}
