package io.proximadb.server.auth;

import io.proximadb.error.ErrorKind;
import io.proximadb.error.ProximaException;
import java.time.Duration;

/** A call is refused for who makes it, or for how many that one makes. */
public final class AccessException extends ProximaException {
  private final Duration retryAfter;

  private AccessException(ErrorKind kind, String message, Duration retryAfter) {
    super(kind, message);
    this.retryAfter = retryAfter;
  }

  static AccessException unauthenticated(String reason) {
    return new AccessException(
        ErrorKind.UNAUTHENTICATED, "Cannot authenticate call: " + reason, Duration.ZERO);
  }

  static AccessException forbidden(String message) {
    return new AccessException(ErrorKind.PERMISSION_DENIED, message, Duration.ZERO);
  }

  static AccessException tooMany(String message, Duration retryAfter) {
    return new AccessException(ErrorKind.RESOURCE_EXHAUSTED, message, retryAfter);
  }

  /** After what time the call may be made again; zero if that would not help. */
  public Duration retryAfter() {
    return retryAfter;
  }
}
