package io.proximadb.client;

import io.proximadb.error.ErrorKind;
import io.proximadb.error.NotOwnerException;
import io.proximadb.error.ProximaException;
import io.proximadb.error.UnavailableException;
import io.proximadb.server.flight.FlightErrors;
import java.util.Optional;
import org.apache.arrow.flight.FlightRuntimeException;

/** Flight errors as the exceptions that the engine itself would have thrown. */
final class ClientErrors {
  private ClientErrors() {}

  /** The engine's error that a status was made of; the Flight error itself if it was none. */
  static RuntimeException translate(FlightRuntimeException error) {
    Optional<ErrorKind> kind = FlightErrors.kind(error);
    if (kind.equals(Optional.of(ErrorKind.NOT_OWNER))) {
      return new NotOwnerException(
          String.valueOf(error.getMessage()), FlightErrors.owner(error).orElse(""));
    }
    return kind.isPresent()
        ? new ProximaException(kind.get(), String.valueOf(error.getMessage()), error)
        : error;
  }

  /** Closes a part of a connection whose close is declared to throw anything. */
  static void close(AutoCloseable resource) {
    try {
      resource.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("Cannot close call to server: interrupted", e);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new UnavailableException("Cannot close call to server: " + e.getMessage(), e);
    }
  }
}
