package io.proximadb.server.auth;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What every call of every port goes through first: who makes it, and not too many.
 *
 * @param keys that are asked for; empty to let everyone in
 * @param rates how many calls each may make
 * @param audit notes who was not let in
 */
public record Gate(Optional<ApiKeys> keys, RateLimits rates, Audit audit) {
  /** With an audit log of its own. */
  public Gate(Optional<ApiKeys> keys, RateLimits rates) {
    this(keys, rates, new Audit());
  }

  /**
   * Lets a call in.
   *
   * @param header what stands in {@code authorization}; null if there is no such header
   * @param from the door and, where it is known, the address that the call came from
   * @throws AccessException if it is not let in
   */
  public Caller enter(@Nullable String header, String from) {
    Caller caller = who(header, from);
    rates.count(caller);
    return caller;
  }

  /**
   * Who is behind a header now, which is not counted as a call: for what goes on after it was let
   * in, while keys end.
   *
   * @throws AccessException if its key does not open any more
   */
  public Caller who(@Nullable String header, String from) {
    if (keys.isEmpty()) {
      return Caller.ANYONE;
    }
    try {
      return keys.get().authenticate(header);
    } catch (AccessException e) {
      audit.unauthenticated(from, String.valueOf(e.getMessage()));
      throw e;
    }
  }

  /** The time after which a call may be made again in whole seconds, at least one. */
  public static long retryAfterSeconds(AccessException refusal) {
    return refusal.retryAfter().plusMillis(999).toSeconds();
  }
}
