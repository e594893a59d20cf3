package io.proximadb.bench;

/**
 * What a figure has to reach.
 *
 * @param kind on which side of the limit it has to be
 * @param limit in the figure's unit
 */
public record Bar(Kind kind, double limit) {
  /** On which side of the limit a figure has to be. */
  public enum Kind {
    AT_LEAST(">="),
    ABOVE(">"),
    AT_MOST("<="),
    BELOW("<");

    private final String sign;

    Kind(String sign) {
      this.sign = sign;
    }
  }

  /** Bigger is better. */
  public static Bar atLeast(double limit) {
    return new Bar(Kind.AT_LEAST, limit);
  }

  /** Bigger is better, and the limit itself too little. */
  public static Bar above(double limit) {
    return new Bar(Kind.ABOVE, limit);
  }

  /** Smaller is better. */
  public static Bar atMost(double limit) {
    return new Bar(Kind.AT_MOST, limit);
  }

  /** Smaller is better, and the limit itself too much. */
  public static Bar below(double limit) {
    return new Bar(Kind.BELOW, limit);
  }

  /** True if a value reaches the bar. */
  public boolean isReachedBy(double value) {
    return switch (kind) {
      case AT_LEAST -> value >= limit;
      case ABOVE -> value > limit;
      case AT_MOST -> value <= limit;
      case BELOW -> value < limit;
    };
  }

  @Override
  public String toString() {
    return kind.sign + " " + Report.format(limit);
  }
}
