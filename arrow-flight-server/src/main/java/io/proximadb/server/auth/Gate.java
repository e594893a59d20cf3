package io.proximadb.server.auth;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What every call of every port goes through first: who makes it, and not too many.
 *
 * @param keys that are asked for; empty to let everyone in
 * @param rates how many calls each may make
 */
public record Gate(Optional<ApiKeys> keys, RateLimits rates) {
  /**
   * Lets a call in.
   *
   * @param header what stands in {@code authorization}; null if there is no such header
   * @throws AccessException if it is not let in
   */
  public Caller enter(@Nullable String header) {
    Caller caller = keys.isPresent() ? keys.get().authenticate(header) : Caller.ANYONE;
    rates.count(caller);
    return caller;
  }

  /** The time after which a call may be made again in whole seconds, at least one. */
  public static long retryAfterSeconds(AccessException refusal) {
    return refusal.retryAfter().plusMillis(999).toSeconds();
  }
}
