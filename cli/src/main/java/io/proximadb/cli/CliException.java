package io.proximadb.cli;

/** A command cannot go on, for a reason that its message explains to the user. */
public final class CliException extends RuntimeException {
  public CliException(String message) {
    super(message);
  }

  public CliException(String message, Throwable cause) {
    super(message, cause);
  }
}
