package io.proximadb.error;

import org.jspecify.annotations.Nullable;

/** Stored bytes are damaged; the message names file, offset, expected and found value. */
public final class CorruptFileException extends ProximaException {
  public CorruptFileException(String message) {
    this(message, null);
  }

  public CorruptFileException(String message, @Nullable Throwable cause) {
    super(ErrorKind.CORRUPT, message, cause);
  }
}
