package io.proximadb.server.auth;

import java.util.Locale;
import java.util.Optional;
import org.apache.arrow.flight.CallHeaders;
import org.apache.arrow.flight.CallInfo;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightServerMiddleware;
import org.apache.arrow.flight.RequestContext;

/**
 * Asks every call for {@code authorization: Bearer <key>} before anything else of it is looked at.
 * A refusal says whether the key is missing or unknown, never which key it was.
 */
public final class ApiKeyMiddleware implements FlightServerMiddleware {
  /** Under which a call's middleware is found. */
  public static final Key<ApiKeyMiddleware> KEY = Key.of("proximadb-api-key");

  /** The header that carries the key. */
  public static final String HEADER = "authorization";

  private static final String SCHEME = "bearer ";

  private final String keyName;

  private ApiKeyMiddleware(String keyName) {
    this.keyName = keyName;
  }

  /** Name of the key that the call came with. */
  public String keyName() {
    return keyName;
  }

  /** The middleware of a server that these keys open. */
  public static Factory<ApiKeyMiddleware> factory(ApiKeys keys) {
    return new KeyCheck(keys);
  }

  private record KeyCheck(ApiKeys keys) implements Factory<ApiKeyMiddleware> {
    @Override
    public ApiKeyMiddleware onCallStarted(
        CallInfo info, CallHeaders headers, RequestContext context) {
      String header = headers.get(HEADER);
      if (header == null || !header.toLowerCase(Locale.ROOT).startsWith(SCHEME)) {
        throw refused("no API key (expected the header 'authorization: Bearer <key>')");
      }
      Optional<String> name = keys.authenticate(header.substring(SCHEME.length()).strip());
      return new ApiKeyMiddleware(name.orElseThrow(() -> refused("unknown API key")));
    }

    private static FlightRuntimeException refused(String reason) {
      return CallStatus.UNAUTHENTICATED
          .withDescription("Cannot authenticate call: " + reason)
          .toRuntimeException();
    }
  }

  @Override
  public void onBeforeSendingHeaders(CallHeaders outgoing) {}

  @Override
  public void onCallCompleted(CallStatus status) {}

  @Override
  public void onCallErrored(Throwable error) {}
}
