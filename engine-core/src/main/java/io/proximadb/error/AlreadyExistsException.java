package io.proximadb.error;

import org.jspecify.annotations.Nullable;

/** The named collection or record exists already; nothing was written. */
public final class AlreadyExistsException extends ProximaException {
  public AlreadyExistsException(String message) {
    this(message, null);
  }

  public AlreadyExistsException(String message, @Nullable Throwable cause) {
    super(ErrorKind.ALREADY_EXISTS, message, cause);
  }
}
