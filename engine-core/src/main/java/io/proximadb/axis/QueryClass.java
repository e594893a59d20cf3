package io.proximadb.axis;

import io.proximadb.model.IndexDefinition;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Searches that are measured together.
 *
 * @param field the vector field; empty for searches of several
 * @param way how they were answered
 * @param index that answered, where one did
 * @param answers how many hits were asked for, the upper bound of a class
 * @param rows how many rows could be in the answer
 * @param wantedPerMille the recall asked for, in thousandths; {@link #BY_HAND} where an effort was
 *     set instead
 */
record QueryClass(
    String field,
    Way way,
    @Nullable IndexDefinition index,
    int answers,
    Selectivity rows,
    int wantedPerMille) {
  static final int BY_HAND = 0;

  /** Sizes of answers, those that indexes are calibrated for and all above. */
  private static final int[] SIZES = {10, 100, Integer.MAX_VALUE};

  /** All that finds no place of its own. */
  static final QueryClass OTHERS =
      new QueryClass("", Way.OTHERS, null, Integer.MAX_VALUE, Selectivity.UNKNOWN, BY_HAND);

  /** How searches are answered. */
  enum Way {
    INDEX("index"),
    EXACT_INDEX("exact index"),
    EXACT("every row compared"),
    CLUSTERS("nearest clusters"),
    BATCH("several at once"),
    HYBRID("hybrid"),
    GROUPED("grouped"),
    OTHERS("others");

    private final String words;

    Way(String words) {
      this.words = words;
    }

    /** True if one search is timed at a time, and answered by one field. */
    boolean isSingle() {
      return mayMiss() || this == EXACT_INDEX || this == EXACT;
    }

    /** True if an answer may lack rows. */
    boolean mayMiss() {
      return this == INDEX || this == CLUSTERS;
    }
  }

  /** Searches of another kind, without a class of rows. */
  static QueryClass of(Way way) {
    return new QueryClass("", way, null, Integer.MAX_VALUE, Selectivity.UNKNOWN, BY_HAND);
  }

  /** The class of a number of hits. */
  static int sizeFor(int k) {
    for (int size : SIZES) {
      if (k <= size) {
        return size;
      }
    }
    return Integer.MAX_VALUE;
  }

  /** The recall asked for, as it is compared with goals. */
  static int perMille(double recall) {
    return (int) Math.round(1_000 * recall);
  }

  String wayInWords() {
    return index == null
        ? way.words
        : String.format(Locale.ROOT, "index '%s' (%s)", index.name(), index.type());
  }
}
