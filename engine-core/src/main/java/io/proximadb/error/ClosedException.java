package io.proximadb.error;

import org.jspecify.annotations.Nullable;

/** The engine or handle is closed. */
public final class ClosedException extends ProximaException {
  public ClosedException(String message) {
    this(message, null);
  }

  public ClosedException(String message, @Nullable Throwable cause) {
    super(ErrorKind.CLOSED, message, cause);
  }
}
