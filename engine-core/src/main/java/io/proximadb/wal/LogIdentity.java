package io.proximadb.wal;

import io.proximadb.error.InvalidArgumentException;
import java.util.UUID;

/**
 * Whose log something is: what is left of an engine's identity when its home is lost and copies of
 * its log are not.
 *
 * @param engineId the engine
 * @param incarnation the highest that is known, from 0
 */
public record LogIdentity(UUID engineId, long incarnation) {
  public LogIdentity {
    if (incarnation < 0) {
      throw new InvalidArgumentException(
          "Invalid incarnation: " + incarnation + " (expected 0 or more)");
    }
  }
}
