package io.proximadb.error;

import org.jspecify.annotations.Nullable;

/**
 * A file was written by a version that is too old or too new to be read; the message names both.
 */
public final class UnsupportedVersionException extends ProximaException {
  public UnsupportedVersionException(String message) {
    this(message, null);
  }

  public UnsupportedVersionException(String message, @Nullable Throwable cause) {
    super(ErrorKind.UNSUPPORTED_VERSION, message, cause);
  }
}
