package io.proximadb.server.flight;

import io.proximadb.error.ErrorKind;
import io.proximadb.error.NotOwnerException;
import io.proximadb.error.ProximaException;
import io.proximadb.server.auth.AccessException;
import io.proximadb.server.auth.ApiKeyMiddleware;
import io.proximadb.server.auth.Gate;
import io.proximadb.server.proto.InvalidFieldException;
import io.proximadb.server.proto.PublicMessages;
import java.util.Optional;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.ErrorFlightMetadata;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.memory.OutOfMemoryException;

/**
 * Errors of the engine as Flight statuses. The message goes over unchanged; the exact kind, for
 * which Flight has fewer statuses, travels in the trailer {@value #KIND}.
 */
public final class FlightErrors {
  /** Trailer that names the {@link ErrorKind}. */
  public static final String KIND = "proximadb-error-kind";

  /** Trailer that names the field of the request that is wrong, where one is. */
  public static final String FIELD = "proximadb-error-field";

  /** Trailer that names the owner's address, where another server owns the collection. */
  public static final String OWNER = "proximadb-owner-address";

  private FlightErrors() {}

  /** The Flight error that stands for one of ours. */
  public static FlightRuntimeException of(ProximaException error) {
    ErrorFlightMetadata metadata = new ErrorFlightMetadata();
    metadata.insert(KIND, error.kind().name());
    if (error instanceof InvalidFieldException invalid) {
      metadata.insert(FIELD, invalid.field());
    }
    if (error instanceof NotOwnerException other) {
      other.address().ifPresent(address -> metadata.insert(OWNER, address));
    }
    if (error instanceof AccessException refusal && !refusal.retryAfter().isZero()) {
      metadata.insert(ApiKeyMiddleware.RETRY_AFTER, Long.toString(Gate.retryAfterSeconds(refusal)));
    }
    return status(error.kind())
        .withDescription(PublicMessages.of(error))
        .withMetadata(metadata)
        .withCause(error)
        .toRuntimeException();
  }

  /** The Flight error of a call that needed more Arrow memory than it may have. */
  static FlightRuntimeException of(OutOfMemoryException error, String what) {
    return CallStatus.RESOURCE_EXHAUSTED
        .withDescription(
            "Cannot "
                + what
                + ": a batch needs more memory than one call may have (ask for fewer rows or"
                + " columns)")
        .withCause(error)
        .toRuntimeException();
  }

  /** The kind that a Flight error was made of, if it was one of ours. */
  public static Optional<ErrorKind> kind(FlightRuntimeException error) {
    ErrorFlightMetadata metadata = error.status().metadata();
    String name = metadata == null || !metadata.containsKey(KIND) ? null : metadata.get(KIND);
    for (ErrorKind kind : ErrorKind.values()) {
      if (kind.name().equals(name)) {
        return Optional.of(kind);
      }
    }
    return Optional.empty();
  }

  /** The address of the server that owns the collection, if the error tells it. */
  public static Optional<String> owner(FlightRuntimeException error) {
    ErrorFlightMetadata metadata = error.status().metadata();
    return metadata == null || !metadata.containsKey(OWNER)
        ? Optional.empty()
        : Optional.ofNullable(metadata.get(OWNER));
  }

  private static CallStatus status(ErrorKind kind) {
    return switch (kind) {
      case INVALID_ARGUMENT -> CallStatus.INVALID_ARGUMENT;
      case NOT_FOUND -> CallStatus.NOT_FOUND;
      case ALREADY_EXISTS -> CallStatus.ALREADY_EXISTS;
      case RESOURCE_EXHAUSTED -> CallStatus.RESOURCE_EXHAUSTED;
      case CONFLICT, NOT_OWNER, UNAVAILABLE, CLOSED -> CallStatus.UNAVAILABLE;
      case UNSUPPORTED_VERSION -> CallStatus.UNIMPLEMENTED;
      case CORRUPT -> CallStatus.INTERNAL;
      case UNAUTHENTICATED -> CallStatus.UNAUTHENTICATED;
      case PERMISSION_DENIED -> CallStatus.UNAUTHORIZED;
    };
  }
}
