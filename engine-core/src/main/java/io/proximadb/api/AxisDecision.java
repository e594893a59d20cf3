package io.proximadb.api;

/**
 * Something that was decided about a field.
 *
 * @param atMillis when, since 1970
 * @param field its name
 * @param outcome {@code BEGUN}, {@code DONE}, {@code ROLLED_BACK} or {@code CANCELLED}
 * @param from the strategy before
 * @param to the strategy that was decided for
 * @param reason in words
 * @param predicted of it
 * @param measured of it, as far as it was
 */
public record AxisDecision(
    long atMillis,
    String field,
    String outcome,
    String from,
    String to,
    String reason,
    AxisFigures predicted,
    AxisFigures measured) {
  /** A migration began. */
  public static final String BEGUN = "BEGUN";

  /** The strategy serves all searches. */
  public static final String DONE = "DONE";

  /** It was measured to be worse than what serves, which goes on. */
  public static final String ROLLED_BACK = "ROLLED_BACK";

  /** Something else is wanted. */
  public static final String CANCELLED = "CANCELLED";
}
