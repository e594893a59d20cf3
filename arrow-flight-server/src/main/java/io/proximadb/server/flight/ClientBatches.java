package io.proximadb.server.flight;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.ProximaException;
import java.util.function.Supplier;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.memory.OutOfMemoryException;

/** Reading of batches that clients made. */
final class ClientBatches {
  private ClientBatches() {}

  /**
   * Reads something of a stream. Decoding trusts the lengths and offsets that clients send; what it
   * throws over those that lie is of many kinds, and the client's mistake.
   *
   * @throws InvalidArgumentException for these
   */
  static <T> T decoded(Supplier<T> read) {
    try {
      return read.get();
    } catch (ProximaException | FlightRuntimeException | OutOfMemoryException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new InvalidArgumentException("Invalid batch: " + e.getMessage(), e);
    }
  }
}
