package io.proximadb.filter;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;

/**
 * Where a value lies among the keys of a column.
 *
 * <p>Every type that is ordered and fits 64 bits is compared by a key, a long of the same order:
 * whole numbers, days, microseconds and booleans (0, 1) are their own key, floating-point numbers
 * have {@link #ofDouble}. A value need not be one of the column's: 2.5 lies between the keys 2 and
 * 3 of a LONG column, and 1e300 beyond all of them. That is how numbers of different classes
 * compare exactly, without rounding either.
 *
 * @param floor the greatest key that is not greater than the value; undefined beyond
 * @param ceiling the smallest key that is not less than the value; undefined beyond
 * @param beyond -1 if the value is less than every key, 1 if it is greater, 0 otherwise
 */
record KeyPosition(long floor, long ceiling, int beyond) {
  static final KeyPosition BELOW_ALL = new KeyPosition(0, 0, -1);
  static final KeyPosition ABOVE_ALL = new KeyPosition(0, 0, 1);

  private static final BigDecimal MIN_LONG = BigDecimal.valueOf(Long.MIN_VALUE);
  private static final BigDecimal MAX_LONG = BigDecimal.valueOf(Long.MAX_VALUE);
  private static final BigDecimal MICROS_PER_SECOND = BigDecimal.valueOf(1_000_000);
  private static final int NANOS_TO_MICROS_SCALE = 3;

  static KeyPosition exactly(long key) {
    return new KeyPosition(key, key, 0);
  }

  /** True if the value is a key of the column. */
  boolean isKey() {
    return beyond == 0 && floor == ceiling;
  }

  /** The key of a floating-point number: -0 has that of 0, and NaN the greatest. */
  static long ofDouble(double value) {
    // Adding 0 turns -0 into 0; doubleToLongBits makes all NaNs one.
    long bits = Double.doubleToLongBits(value + 0.0);
    return bits ^ ((bits >> 63) & Long.MAX_VALUE);
  }

  /** The number that has this key. */
  static double toDouble(long key) {
    return Double.longBitsToDouble(key ^ ((key >> 63) & Long.MAX_VALUE));
  }

  /** Where a number lies among whole numbers. */
  static KeyPosition amongWhole(BigDecimal value) {
    if (value.compareTo(MIN_LONG) < 0) {
      return BELOW_ALL;
    }
    if (value.compareTo(MAX_LONG) > 0) {
      return ABOVE_ALL;
    }
    // 1e-999999999 must not be rounded by division: its divisor would fill the heap.
    if (value.precision() - (long) value.scale() <= 0) {
      return new KeyPosition(value.signum() < 0 ? -1 : 0, value.signum() > 0 ? 1 : 0, 0);
    }
    return new KeyPosition(
        value.setScale(0, RoundingMode.FLOOR).longValueExact(),
        value.setScale(0, RoundingMode.CEILING).longValueExact(),
        0);
  }

  /** Where a double lies among whole numbers; NaN is greater than all. */
  static KeyPosition amongWhole(double value) {
    if (Double.isNaN(value) || value == Double.POSITIVE_INFINITY) {
      return ABOVE_ALL;
    }
    return value == Double.NEGATIVE_INFINITY ? BELOW_ALL : amongWhole(new BigDecimal(value));
  }

  /** Where an instant lies among microseconds. */
  static KeyPosition amongMicros(Instant instant) {
    BigDecimal seconds = BigDecimal.valueOf(instant.getEpochSecond());
    return amongWhole(
        seconds
            .multiply(MICROS_PER_SECOND)
            .add(BigDecimal.valueOf(instant.getNano(), NANOS_TO_MICROS_SCALE)));
  }

  /** Where a number lies among floating-point numbers. */
  static KeyPosition amongDoubles(BigDecimal value) {
    double nearest = value.doubleValue();
    int order;
    if (Double.isInfinite(nearest)) {
      order = nearest > 0 ? 1 : -1;
    } else {
      order = new BigDecimal(nearest).compareTo(value);
    }
    double floor = order > 0 ? Math.nextDown(nearest) : nearest;
    double ceiling = order < 0 ? Math.nextUp(nearest) : nearest;
    return new KeyPosition(ofDouble(floor), ofDouble(ceiling), 0);
  }
}
