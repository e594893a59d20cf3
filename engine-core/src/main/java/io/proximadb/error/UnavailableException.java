package io.proximadb.error;

import org.jspecify.annotations.Nullable;

/** The disk, the store or the catalog did not do its part; the request may be retried. */
public final class UnavailableException extends ProximaException {
  public UnavailableException(String message) {
    this(message, null);
  }

  public UnavailableException(String message, @Nullable Throwable cause) {
    super(ErrorKind.UNAVAILABLE, message, cause);
  }
}
