package io.proximadb.bench;

/** The data of a benchmark is not on this machine; the message says where to get it. */
public final class MissingDataException extends RuntimeException {
  public MissingDataException(String message) {
    super(message);
  }
}
