package io.proximadb.error;

import org.jspecify.annotations.Nullable;

/** The request is wrong and will stay wrong; nothing was written. */
public final class InvalidArgumentException extends ProximaException {
  public InvalidArgumentException(String message) {
    this(message, null);
  }

  public InvalidArgumentException(String message, @Nullable Throwable cause) {
    super(ErrorKind.INVALID_ARGUMENT, message, cause);
  }
}
