package io.proximadb.error;

import org.jspecify.annotations.Nullable;

/** The named collection, namespace, record or snapshot does not exist. */
public final class NotFoundException extends ProximaException {
  public NotFoundException(String message) {
    this(message, null);
  }

  public NotFoundException(String message, @Nullable Throwable cause) {
    super(ErrorKind.NOT_FOUND, message, cause);
  }
}
