package io.proximadb.server.proto;

import io.proximadb.error.ErrorKind;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.ProximaException;
import java.util.function.Supplier;

/** A field of a request is wrong: the same error, and which field it is. */
public final class InvalidFieldException extends ProximaException {
  private final String field;

  private InvalidFieldException(String field, InvalidArgumentException error) {
    super(ErrorKind.INVALID_ARGUMENT, String.valueOf(error.getMessage()), error);
    this.field = field;
  }

  /** The field's path in the request, {@code records[3].vector}. */
  public String field() {
    return field;
  }

  /**
   * Reads a field.
   *
   * @throws InvalidFieldException if what it holds is not valid
   */
  public static <T> T at(String field, Supplier<T> reading) {
    try {
      return reading.get();
    } catch (InvalidArgumentException e) {
      throw new InvalidFieldException(field, e);
    }
  }

  /** Tells that a field holds something else than is expected. */
  public static InvalidFieldException of(String field, String message) {
    return new InvalidFieldException(field, new InvalidArgumentException(message));
  }
}
