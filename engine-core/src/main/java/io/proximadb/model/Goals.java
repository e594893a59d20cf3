package io.proximadb.model;

import io.proximadb.error.InvalidArgumentException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What a collection is to reach, as its user states it; kept as properties of the table. {@code
 * docs/axis.md} says what follows from each.
 *
 * @param recall the share of the true answer that searches are to find which do not say themselves,
 *     above 0, at most 1
 * @param p99 the time within which 99 of 100 searches are to be answered, {@link #MIN_P99} to
 *     {@link #MAX_P99}
 * @param memoryBytes heap that the loaded indexes of the collection may take, at least {@value
 *     #MIN_MEMORY_BYTES}
 * @param freshness the time within which an acknowledged write is to be in the table, where every
 *     engine sees it, {@link #MIN_FRESHNESS} to {@link #MAX_FRESHNESS}
 */
public record Goals(
    OptionalDouble recall,
    Optional<Duration> p99,
    OptionalLong memoryBytes,
    Optional<Duration> freshness) {
  /** What all properties of AXIS begin with. */
  public static final String PREFIX = "proximadb.axis.";

  /** A number above 0, at most 1. */
  public static final String RECALL = PREFIX + "recall";

  /** Whole microseconds. */
  public static final String P99 = PREFIX + "p99-us";

  /** Whole bytes. */
  public static final String MEMORY = PREFIX + "memory-bytes";

  /** Whole milliseconds. */
  public static final String FRESHNESS = PREFIX + "freshness-ms";

  /** The properties that state goals. */
  public static final Set<String> PROPERTIES = Set.of(RECALL, P99, MEMORY, FRESHNESS);

  /** No goal at all. */
  public static final Goals NONE =
      new Goals(OptionalDouble.empty(), Optional.empty(), OptionalLong.empty(), Optional.empty());

  /** A search that reads one vector takes some microseconds. */
  public static final Duration MIN_P99 = Duration.ofNanos(10_000);

  /** Whoever waits longer wants a job. */
  public static final Duration MAX_P99 = Duration.ofMinutes(10);

  /** The index of the smallest file that gets one takes more. */
  public static final long MIN_MEMORY_BYTES = 1L << 20;

  /** A flush makes a commit, and commits take some tens of milliseconds. */
  public static final Duration MIN_FRESHNESS = Duration.ofMillis(100);

  public static final Duration MAX_FRESHNESS = Duration.ofDays(1);

  private static final long NANOS_A_MICRO = 1_000;

  public Goals {
    if (recall.isPresent() && !(recall.getAsDouble() > 0 && recall.getAsDouble() <= 1)) {
      throw invalid(RECALL, recall.getAsDouble(), "above 0, at most 1");
    }
    p99.ifPresent(
        time -> check(P99, time, MIN_P99, MAX_P99, time.toNanos() / NANOS_A_MICRO + " us"));
    if (memoryBytes.isPresent() && memoryBytes.getAsLong() < MIN_MEMORY_BYTES) {
      throw invalid(MEMORY, memoryBytes.getAsLong(), "at least " + MIN_MEMORY_BYTES);
    }
    freshness.ifPresent(
        time -> check(FRESHNESS, time, MIN_FRESHNESS, MAX_FRESHNESS, time.toMillis() + " ms"));
  }

  private static void check(
      String property, Duration time, Duration least, Duration most, String shown) {
    if (time.compareTo(least) < 0 || time.compareTo(most) > 0) {
      throw invalid(property, shown, least + " to " + most);
    }
  }

  private static InvalidArgumentException invalid(String property, Object value, String expected) {
    return new InvalidArgumentException(
        "Invalid goal "
            + property
            + ": '"
            + value
            + "' (expected "
            + expected
            + "; set it again or remove it)");
  }

  /** The same with another goal for recall. */
  public Goals withRecall(double share) {
    return new Goals(OptionalDouble.of(share), p99, memoryBytes, freshness);
  }

  /** The same with another goal for latency. */
  public Goals withP99(Duration time) {
    return new Goals(recall, Optional.of(time), memoryBytes, freshness);
  }

  /** The same with another budget of memory. */
  public Goals withMemoryBytes(long bytes) {
    return new Goals(recall, p99, OptionalLong.of(bytes), freshness);
  }

  /** The same with another goal for freshness. */
  public Goals withFreshness(Duration time) {
    return new Goals(recall, p99, memoryBytes, Optional.of(time));
  }

  /** True if nothing is asked for. */
  public boolean isNone() {
    return equals(NONE);
  }

  /** The properties of a table that state these goals. */
  public Map<String, String> properties() {
    Map<String, String> properties = new TreeMap<>();
    recall.ifPresent(share -> properties.put(RECALL, Double.toString(share)));
    p99.ifPresent(time -> properties.put(P99, Long.toString(time.toNanos() / NANOS_A_MICRO)));
    memoryBytes.ifPresent(bytes -> properties.put(MEMORY, Long.toString(bytes)));
    freshness.ifPresent(time -> properties.put(FRESHNESS, Long.toString(time.toMillis())));
    return properties;
  }

  /**
   * The goals that a table's properties state.
   *
   * @throws InvalidArgumentException naming the first property that does not parse or is out of
   *     range
   */
  public static Goals of(Map<String, String> properties) {
    return read(
        properties,
        (property, e) -> {
          throw e;
        });
  }

  /**
   * The same of a table that any program may have set properties of: those that make no sense are
   * told, and are no goals.
   *
   * @param problem gets the property, and what is wrong with it
   */
  public static Goals of(Map<String, String> properties, BiConsumer<String, String> problem) {
    return read(
        properties, (property, e) -> problem.accept(property, String.valueOf(e.getMessage())));
  }

  /** Adds one goal to others. */
  private interface Reading {
    Goals add(Goals goals, String text);
  }

  private static Goals read(
      Map<String, String> properties, BiConsumer<String, InvalidArgumentException> problem) {
    Goals goals = NONE;
    goals = read(goals, properties, RECALL, (to, text) -> to.withRecall(real(text)), problem);
    goals =
        read(goals, properties, P99, (to, text) -> to.withP99(micros(whole(P99, text))), problem);
    goals =
        read(
            goals,
            properties,
            MEMORY,
            (to, text) -> to.withMemoryBytes(whole(MEMORY, text)),
            problem);
    return read(
        goals,
        properties,
        FRESHNESS,
        (to, text) -> to.withFreshness(Duration.ofMillis(whole(FRESHNESS, text))),
        problem);
  }

  private static Goals read(
      Goals goals,
      Map<String, String> properties,
      String property,
      Reading reading,
      BiConsumer<String, InvalidArgumentException> problem) {
    String text = properties.get(property);
    if (text == null) {
      return goals;
    }
    try {
      return reading.add(goals, text.strip());
    } catch (InvalidArgumentException e) {
      problem.accept(property, e);
      return goals;
    }
  }

  private static double real(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw unparsed(RECALL, text, "a number above 0, at most 1", e);
    }
  }

  private static long whole(String property, String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw unparsed(property, text, "a whole number", e);
    }
  }

  private static Duration micros(long count) {
    // Beyond what is allowed anyway, a duration in nanoseconds would overflow.
    return count > MAX_P99.toSeconds() * 1_000_000
        ? MAX_P99.plusSeconds(1)
        : Duration.ofNanos(count * NANOS_A_MICRO);
  }

  private static InvalidArgumentException unparsed(
      String property, String text, String expected, @Nullable Throwable cause) {
    InvalidArgumentException invalid = invalid(property, text, expected);
    invalid.initCause(cause);
    return invalid;
  }
}
