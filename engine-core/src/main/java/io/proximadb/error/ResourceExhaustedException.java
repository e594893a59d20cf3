package io.proximadb.error;

import org.jspecify.annotations.Nullable;

/** A stated limit was reached; the message names the limit and its setting. */
public final class ResourceExhaustedException extends ProximaException {
  public ResourceExhaustedException(String message) {
    this(message, null);
  }

  public ResourceExhaustedException(String message, @Nullable Throwable cause) {
    super(ErrorKind.RESOURCE_EXHAUSTED, message, cause);
  }
}
