package io.proximadb.error;

import org.jspecify.annotations.Nullable;

/** A commit was sent and its outcome could not be found out; files of the attempt are kept. */
public final class CommitStateUnknownException extends ProximaException {
  public CommitStateUnknownException(String message) {
    this(message, null);
  }

  public CommitStateUnknownException(String message, @Nullable Throwable cause) {
    super(ErrorKind.UNAVAILABLE, message, cause);
  }
}
