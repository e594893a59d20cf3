package io.proximadb.error;

import org.jspecify.annotations.Nullable;

/** This engine's ownership of the collection was taken over; its writes are refused from now on. */
public final class FencedException extends ProximaException {
  public FencedException(String message) {
    this(message, null);
  }

  public FencedException(String message, @Nullable Throwable cause) {
    super(ErrorKind.NOT_OWNER, message, cause);
  }
}
