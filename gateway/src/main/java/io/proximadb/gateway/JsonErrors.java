package io.proximadb.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.CancellationException;
import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.stream.ClosedStreamException;
import com.linecorp.armeria.server.HttpStatusException;
import com.linecorp.armeria.server.RequestTimeoutException;
import com.linecorp.armeria.server.ServerErrorHandler;
import com.linecorp.armeria.server.ServiceConfig;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.grpc.StatusRuntimeException;
import io.proximadb.error.ProximaException;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** Errors over HTTP: a {@link Status} as JSON, with the status code that fits. */
final class JsonErrors implements ServerErrorHandler {
  private static final int BAD_REQUEST = 400;
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer()
          .usingTypeRegistry(
              JsonFormat.TypeRegistry.newBuilder()
                  .add(ErrorInfo.getDescriptor())
                  .add(BadRequest.getDescriptor())
                  .add(RetryInfo.getDescriptor())
                  .build());

  /** The answer to a request that a service failed to look at. */
  @Override
  public HttpResponse onServiceException(ServiceRequestContext ctx, Throwable cause) {
    return failure(ctx.path(), cause);
  }

  /** The answer to a request that ended so. */
  static HttpResponse failure(String what, Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof ProximaException
        || cause instanceof RefusedException
        || cause instanceof StatusRuntimeException) {
      return response(RpcErrors.of(what, cause));
    }
    if (cause instanceof ClosedStreamException
        || cause instanceof CancellationException
        || cause instanceof java.util.concurrent.CancellationException) {
      // The client is gone; nobody reads it.
      return response(
          RpcErrors.status(Code.CANCELLED, "CANCELLED", "Cannot answer: the client is gone", ""));
    }
    if (cause instanceof ContentTooLargeException) {
      return response(HttpStatus.REQUEST_ENTITY_TOO_LARGE, tooLarge());
    }
    if (cause instanceof RequestTimeoutException) {
      return response(
          RpcErrors.status(
              Code.DEADLINE_EXCEEDED,
              "DEADLINE_EXCEEDED",
              "Cannot answer: it takes too long",
              "ask for less"));
    }
    if (cause instanceof HttpStatusException refused) {
      if (refused.httpStatus().equals(HttpStatus.REQUEST_ENTITY_TOO_LARGE)) {
        return response(HttpStatus.REQUEST_ENTITY_TOO_LARGE, tooLarge());
      }
      return response(
          refused.httpStatus(), forStatus(refused.httpStatus(), what, refused.getCause()));
    }
    return response(RpcErrors.internal(what, cause));
  }

  /** The answer to a request that no service gets. */
  @Override
  public AggregatedHttpResponse renderStatus(
      @Nullable ServiceRequestContext ctx,
      ServiceConfig config,
      @Nullable RequestHeaders headers,
      HttpStatus status,
      @Nullable String description,
      @Nullable Throwable cause) {
    Status error =
        status.equals(HttpStatus.REQUEST_ENTITY_TOO_LARGE)
            ? tooLarge()
            : forStatus(status, headers == null ? "request" : headers.path(), cause);
    return AggregatedHttpResponse.of(headers(status, error), HttpData.ofUtf8(json(error)));
  }

  private static Status tooLarge() {
    return RpcErrors.status(
        Code.RESOURCE_EXHAUSTED,
        RpcErrors.TOO_LARGE,
        "Cannot take request: it is too large",
        "send it in parts, or over Flight");
  }

  /** What stands behind a bare status code. */
  static Status forStatus(HttpStatus status, String path, @Nullable Throwable cause) {
    if (status.code() == BAD_REQUEST) {
      return RpcErrors.invalid(
          RpcErrors.MALFORMED_JSON,
          null,
          "Invalid request: " + reason(cause),
          "send a JSON object with 'content-type: application/json'");
    }
    String message =
        "Cannot answer "
            + path.replaceAll("\\?.*", "")
            + ": "
            + status.reasonPhrase().toLowerCase(Locale.ROOT);
    return switch (status.code()) {
      case 404 ->
          RpcErrors.status(Code.NOT_FOUND, "NO_SUCH_PATH", message, "docs/server.md has the paths");
      case 405 ->
          RpcErrors.status(
              Code.UNIMPLEMENTED,
              "METHOD_NOT_ALLOWED",
              message,
              "docs/server.md has the method of each path");
      case 415 ->
          RpcErrors.status(
              Code.INVALID_ARGUMENT,
              "UNSUPPORTED_MEDIA_TYPE",
              message,
              "send 'content-type: application/json'");
      case 503 -> RpcErrors.status(Code.UNAVAILABLE, "UNAVAILABLE", message, "retry");
      default ->
          RpcErrors.status(
              status.isServerError() ? Code.INTERNAL : Code.INVALID_ARGUMENT,
              "HTTP_" + status.code(),
              message,
              "");
    };
  }

  /** The innermost reason, which is the parser's; its first line, without places in source code. */
  private static String reason(@Nullable Throwable cause) {
    Throwable innermost = cause;
    while (innermost != null && innermost.getCause() != null) {
      innermost = innermost.getCause();
    }
    String message =
        innermost instanceof JsonProcessingException parser
            ? parser.getOriginalMessage().replaceAll(" \\(start marker at .*", "")
            : innermost == null ? null : innermost.getMessage();
    return message == null ? "its body cannot be read" : message.lines().findFirst().orElse("");
  }

  /** The answer that tells an error. */
  static HttpResponse response(Status error) {
    return response(httpStatus(error), error);
  }

  private static HttpResponse response(HttpStatus status, Status error) {
    return HttpResponse.of(headers(status, error), HttpData.ofUtf8(json(error)));
  }

  private static ResponseHeaders headers(HttpStatus status, Status error) {
    var headers = ResponseHeaders.builder(status).contentType(MediaType.JSON_UTF_8);
    for (Any detail : error.getDetailsList()) {
      if (detail.is(RetryInfo.class)) {
        try {
          headers.addLong(
              "retry-after", detail.unpack(RetryInfo.class).getRetryDelay().getSeconds());
        } catch (InvalidProtocolBufferException e) {
          throw new AssertionError("made here", e);
        }
      }
    }
    if (status.equals(HttpStatus.UNAUTHORIZED)) {
      headers.add("www-authenticate", "Bearer");
    }
    return headers.build();
  }

  static String json(Status error) {
    try {
      // The printer escapes quotes, as if text went into a page.
      return MAPPER.readTree(PRINTER.print(error)).toPrettyString();
    } catch (InvalidProtocolBufferException | JsonProcessingException e) {
      throw new AssertionError("details are of registered types", e);
    }
  }

  private static HttpStatus httpStatus(Status error) {
    Code code = Code.forNumber(error.getCode());
    if (code == null) {
      return HttpStatus.INTERNAL_SERVER_ERROR;
    }
    return switch (code) {
      case OK -> HttpStatus.OK;
      case INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE -> HttpStatus.BAD_REQUEST;
      case UNAUTHENTICATED -> HttpStatus.UNAUTHORIZED;
      case PERMISSION_DENIED -> HttpStatus.FORBIDDEN;
      case NOT_FOUND -> HttpStatus.NOT_FOUND;
      case ALREADY_EXISTS, ABORTED -> HttpStatus.CONFLICT;
      case RESOURCE_EXHAUSTED -> HttpStatus.TOO_MANY_REQUESTS;
      case CANCELLED -> HttpStatus.valueOf(499);
      case UNIMPLEMENTED -> HttpStatus.NOT_IMPLEMENTED;
      case UNAVAILABLE -> HttpStatus.SERVICE_UNAVAILABLE;
      case DEADLINE_EXCEEDED -> HttpStatus.GATEWAY_TIMEOUT;
      case UNKNOWN, INTERNAL, DATA_LOSS, UNRECOGNIZED -> HttpStatus.INTERNAL_SERVER_ERROR;
    };
  }
}
