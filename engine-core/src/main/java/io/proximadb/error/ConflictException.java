package io.proximadb.error;

import org.jspecify.annotations.Nullable;

/** A concurrent writer won the race; nothing of this attempt is visible. */
public final class ConflictException extends ProximaException {
  public ConflictException(String message) {
    this(message, null);
  }

  public ConflictException(String message, @Nullable Throwable cause) {
    super(ErrorKind.CONFLICT, message, cause);
  }
}
