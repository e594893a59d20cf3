package io.proximadb.server.auth;

import io.proximadb.error.ErrorKind;
import io.proximadb.error.ProximaException;
import java.time.Duration;

/** A call is refused for who makes it, or for how many that one, or all together, make. */
public final class AccessException extends ProximaException {
  /** Work ends soon: when to come again after there was no room for more. */
  private static final Duration SOON = Duration.ofSeconds(1);

  private final Reason reason;
  private final Duration retryAfter;

  /** Why a call is refused. */
  public enum Reason {
    /** It has no key that opens. */
    UNAUTHENTICATED,
    /** Its key is not for that. */
    PERMISSION_DENIED,
    /** Its key makes too many calls a second. */
    RATE_LIMITED,
    /** Too many run at once. */
    TOO_MANY_CALLS
  }

  private AccessException(ErrorKind kind, Reason reason, String message, Duration retryAfter) {
    super(kind, message);
    this.reason = reason;
    this.retryAfter = retryAfter;
  }

  static AccessException unauthenticated(String reason) {
    return new AccessException(
        ErrorKind.UNAUTHENTICATED,
        Reason.UNAUTHENTICATED,
        "Cannot authenticate call: " + reason,
        Duration.ZERO);
  }

  static AccessException forbidden(String message) {
    return new AccessException(
        ErrorKind.PERMISSION_DENIED, Reason.PERMISSION_DENIED, message, Duration.ZERO);
  }

  static AccessException tooMany(String message, Duration retryAfter) {
    return new AccessException(
        ErrorKind.RESOURCE_EXHAUSTED, Reason.RATE_LIMITED, message, retryAfter);
  }

  /** There is no room for a call now. */
  public static AccessException busy(String message) {
    return new AccessException(ErrorKind.RESOURCE_EXHAUSTED, Reason.TOO_MANY_CALLS, message, SOON);
  }

  /** Why the call is refused. */
  public Reason reason() {
    return reason;
  }

  /** After what time the call may be made again; zero if that would not help. */
  public Duration retryAfter() {
    return retryAfter;
  }
}
