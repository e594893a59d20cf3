package io.proximadb.error;

import org.jspecify.annotations.Nullable;

/** Another engine owns the collection; the message names its address. */
public final class NotOwnerException extends ProximaException {
  public NotOwnerException(String message) {
    this(message, null);
  }

  public NotOwnerException(String message, @Nullable Throwable cause) {
    super(ErrorKind.NOT_OWNER, message, cause);
  }
}
