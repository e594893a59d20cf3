package io.proximadb.server.auth;

import org.apache.arrow.flight.CallHeaders;
import org.apache.arrow.flight.CallInfo;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.ErrorFlightMetadata;
import org.apache.arrow.flight.FlightProducer.CallContext;
import org.apache.arrow.flight.FlightServerMiddleware;
import org.apache.arrow.flight.RequestContext;
import org.jspecify.annotations.Nullable;

/**
 * Asks every Flight call for {@code authorization: Bearer <key>} before anything else of it is
 * looked at, and counts it. A refusal says whether the key is missing, unknown or expired, never
 * which key it was.
 */
public final class ApiKeyMiddleware implements FlightServerMiddleware {
  /** Under which a call's middleware is found. */
  public static final Key<ApiKeyMiddleware> KEY = Key.of("proximadb-api-key");

  /** The header that carries the key. */
  public static final String HEADER = "authorization";

  /** The trailer of a call that came too early: seconds after which it may come again. */
  public static final String RETRY_AFTER = "retry-after";

  private final Gate gate;
  private final @Nullable String header;
  private final String method;
  private final Caller caller;

  private ApiKeyMiddleware(Gate gate, @Nullable String header, String method, Caller caller) {
    this.gate = gate;
    this.header = header;
    this.method = method;
    this.caller = caller;
  }

  /** Who makes a call; anyone where no keys are asked for. */
  public static Caller caller(CallContext context) {
    ApiKeyMiddleware middleware = context.getMiddleware(KEY);
    return middleware == null ? Caller.ANYONE : middleware.caller;
  }

  /** Asks who makes a call, again: for streams, which may outlive their keys. */
  @FunctionalInterface
  public interface Recheck {
    /**
     * The caller as its key is now.
     *
     * @throws AccessException if the key was revoked or has expired
     */
    Caller caller();
  }

  /** How to ask again who makes a call. */
  public static Recheck recheck(CallContext context) {
    ApiKeyMiddleware middleware = context.getMiddleware(KEY);
    return middleware == null
        ? () -> Caller.ANYONE
        : () -> middleware.gate.who(middleware.header, middleware.method);
  }

  /** The middleware of a server that these gates keep. */
  public static Factory<ApiKeyMiddleware> factory(Gate gate) {
    return new KeyCheck(gate);
  }

  private record KeyCheck(Gate gate) implements Factory<ApiKeyMiddleware> {
    @Override
    public ApiKeyMiddleware onCallStarted(
        CallInfo info, CallHeaders headers, RequestContext context) {
      String method = "Flight " + info.method();
      String header = headers.get(HEADER);
      try {
        return new ApiKeyMiddleware(gate, header, method, gate.enter(header, method));
      } catch (AccessException e) {
        ErrorFlightMetadata metadata = new ErrorFlightMetadata();
        metadata.insert("proximadb-error-kind", e.kind().name());
        if (!e.retryAfter().isZero()) {
          metadata.insert(RETRY_AFTER, Long.toString(Gate.retryAfterSeconds(e)));
        }
        throw (e.retryAfter().isZero() ? CallStatus.UNAUTHENTICATED : CallStatus.RESOURCE_EXHAUSTED)
            .withDescription(String.valueOf(e.getMessage()))
            .withMetadata(metadata)
            .toRuntimeException();
      }
    }
  }

  @Override
  public void onBeforeSendingHeaders(CallHeaders outgoing) {}

  @Override
  public void onCallCompleted(CallStatus status) {}

  @Override
  public void onCallErrored(Throwable error) {}
}
