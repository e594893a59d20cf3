package io.proximadb.error;

import org.jspecify.annotations.Nullable;

/**
 * The root of every exception ProximaDB throws on purpose.
 *
 * <p>Messages follow one grammar: {@code Cannot <verb> <object>: <reason> (<name>=<value>, ...)} or
 * {@code Invalid <thing>: <value> (expected ...)}. They never hold a secret.
 */
public class ProximaException extends RuntimeException {
  private final ErrorKind kind;

  public ProximaException(ErrorKind kind, String message) {
    this(kind, message, null);
  }

  public ProximaException(ErrorKind kind, String message, @Nullable Throwable cause) {
    super(message);
    this.kind = kind;
    if (cause != null) {
      // One without a cause may still be given one.
      initCause(cause);
    }
  }

  /** What the caller can do about it. */
  public ErrorKind kind() {
    return kind;
  }
}
