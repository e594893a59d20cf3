package io.proximadb.spark.write;

import io.proximadb.error.InvalidArgumentException;
import java.util.Locale;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/** What an append does with rows whose ids are in the table already. */
enum OnExistingId {
  /** The new row takes the place of the old one. */
  REPLACE,
  /** The job fails. */
  ERROR,
  /** The old row stays, the new one is left out. */
  IGNORE;

  /** The write option. */
  static final String OPTION = "on-existing-id";

  /**
   * What a write asks for.
   *
   * @throws InvalidArgumentException if the option has another value
   */
  static OnExistingId of(CaseInsensitiveStringMap options) {
    String given = options.getOrDefault(OPTION, "replace");
    for (OnExistingId one : values()) {
      if (one.name().equals(given.toUpperCase(Locale.ROOT))) {
        return one;
      }
    }
    throw new InvalidArgumentException(
        "Invalid option '" + OPTION + "': '" + given + "' (expected replace, error or ignore)");
  }
}
