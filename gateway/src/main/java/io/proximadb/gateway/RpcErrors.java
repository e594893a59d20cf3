package io.proximadb.gateway;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.proximadb.error.ErrorKind;
import io.proximadb.error.NotOwnerException;
import io.proximadb.error.ProximaException;
import io.proximadb.server.auth.AccessException;
import io.proximadb.server.auth.Gate;
import io.proximadb.server.proto.InvalidFieldException;
import io.proximadb.server.proto.PublicMessages;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Errors as {@link Status}: the code of gRPC, the message, an {@link ErrorInfo} with reason and
 * hint, and a {@link BadRequest} that names the field where one is wrong.
 */
final class RpcErrors {
  private static final Logger LOG = LoggerFactory.getLogger(RpcErrors.class);

  /** Whose reasons they are. */
  static final String DOMAIN = "proximadb";

  /** Reason of a body that is not the JSON of its message. */
  static final String MALFORMED_JSON = "MALFORMED_JSON";

  /** Reason of a request that is larger than what is taken in. */
  static final String TOO_LARGE = "REQUEST_TOO_LARGE";

  /** Message grammar: what would have been right stands in parentheses at the end. */
  private static final Pattern EXPECTED = Pattern.compile("\\(([^()]*expected.*)\\)$");

  private RpcErrors() {}

  /** The error of one of ours. */
  static Status of(ProximaException error) {
    String message = PublicMessages.of(error);
    Duration retry = retryAfter(error);
    Status.Builder status =
        status(
            code(error.kind()),
            error instanceof AccessException refusal
                ? refusal.reason().name()
                : error.kind().name(),
            message,
            hint(error.kind(), message),
            error instanceof NotOwnerException other ? other.address().orElse("") : "")
            .toBuilder();
    if (error instanceof InvalidFieldException invalid) {
      status.addDetails(Any.pack(violation(invalid.field(), message)));
    }
    if (retry != null) {
      status.addDetails(Any.pack(RetryInfo.newBuilder().setRetryDelay(retry).build()));
    }
    return status.build();
  }

  private static @Nullable Duration retryAfter(ProximaException error) {
    return error instanceof AccessException refusal && !refusal.retryAfter().isZero()
        ? Duration.newBuilder().setSeconds(Gate.retryAfterSeconds(refusal)).build()
        : null;
  }

  /** The error of a request whose field is not what it should be. */
  static Status invalid(String reason, @Nullable String field, String message, String hint) {
    Status.Builder status = status(Code.INVALID_ARGUMENT, reason, message, hint).toBuilder();
    if (field != null) {
      status.addDetails(Any.pack(violation(field, message)));
    }
    return status.build();
  }

  private static BadRequest violation(String field, String message) {
    return BadRequest.newBuilder()
        .addFieldViolations(
            BadRequest.FieldViolation.newBuilder().setField(field).setDescription(message))
        .build();
  }

  /** An error with its reason and what to do about it. */
  static Status status(Code code, String reason, String message, String hint) {
    return status(code, reason, message, hint, "");
  }

  private static Status status(
      Code code, String reason, String message, String hint, String owner) {
    ErrorInfo.Builder info = ErrorInfo.newBuilder().setReason(reason).setDomain(DOMAIN);
    if (!hint.isEmpty()) {
      info.putMetadata("hint", hint);
    }
    if (!owner.isEmpty()) {
      info.putMetadata("owner", owner);
    }
    return Status.newBuilder()
        .setCode(code.getNumber())
        .setMessage(message)
        .addDetails(Any.pack(info.build()))
        .build();
  }

  /** The error of something that nobody expected; what it was is in the log alone. */
  static Status internal(String what, Throwable cause) {
    LOG.error("Cannot answer {}", what, cause);
    return status(
        Code.INTERNAL,
        "INTERNAL",
        "Cannot answer: an internal error",
        "the server's log has what happened");
  }

  /** The error of one that was foreseen, whose client is to be told; null for others. */
  static @Nullable Status known(Throwable error) {
    if (error instanceof ProximaException || error instanceof RefusedException) {
      return of("call", error);
    }
    // What the library takes for an error of its own.
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof InvalidProtocolBufferException) {
        return invalid(
            "MALFORMED_MESSAGE",
            null,
            "Invalid request: its bytes are not its message",
            "expected the message of the contract");
      }
    }
    return null;
  }

  /** The error of any exception. */
  static Status of(String what, Throwable error) {
    if (error instanceof RefusedException refused) {
      return refused.status();
    }
    if (error instanceof StatusRuntimeException made) {
      Status status = StatusProto.fromThrowable(made);
      return status == null ? internal(what, error) : status;
    }
    return error instanceof ProximaException known ? of(known) : internal(what, error);
  }

  /** The same for gRPC. */
  static StatusRuntimeException exception(String what, Throwable error) {
    return StatusProto.toStatusRuntimeException(of(what, error));
  }

  /** The details of an error, for the trailers of a gRPC answer. */
  static void putTrailers(Status status, Metadata trailers) {
    Metadata own = StatusProto.toStatusRuntimeException(status).getTrailers();
    if (own != null) {
      trailers.merge(own);
    }
  }

  private static String hint(ErrorKind kind, String message) {
    Matcher expected = EXPECTED.matcher(message);
    if (expected.find()) {
      return expected.group(1);
    }
    return switch (kind) {
      case INVALID_ARGUMENT -> "fix the request";
      case NOT_FOUND -> "ListCollections tells which collections there are";
      case ALREADY_EXISTS -> "choose another name or id, or upsert";
      case CONFLICT -> "read again, and decide again";
      case NOT_OWNER -> "send the write to the owner";
      case RESOURCE_EXHAUSTED -> "retry later, or with less";
      case UNAVAILABLE, CLOSED -> "retry";
      case UNSUPPORTED_VERSION -> "use a newer version";
      case CORRUPT -> "tell the server's operator; damaged data was not served";
      case UNAUTHENTICATED -> "send 'authorization: Bearer <key>'";
      case PERMISSION_DENIED -> "use a key with the role";
    };
  }

  private static Code code(ErrorKind kind) {
    return switch (kind) {
      case INVALID_ARGUMENT -> Code.INVALID_ARGUMENT;
      case NOT_FOUND -> Code.NOT_FOUND;
      case ALREADY_EXISTS -> Code.ALREADY_EXISTS;
      case CONFLICT -> Code.ABORTED;
      case NOT_OWNER, UNAVAILABLE, CLOSED -> Code.UNAVAILABLE;
      case RESOURCE_EXHAUSTED -> Code.RESOURCE_EXHAUSTED;
      case UNSUPPORTED_VERSION -> Code.UNIMPLEMENTED;
      case CORRUPT -> Code.DATA_LOSS;
      case UNAUTHENTICATED -> Code.UNAUTHENTICATED;
      case PERMISSION_DENIED -> Code.PERMISSION_DENIED;
    };
  }
}
