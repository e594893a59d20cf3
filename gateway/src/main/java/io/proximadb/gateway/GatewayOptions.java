package io.proximadb.gateway;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.server.ServerOptions;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a gateway. Immutable.
 *
 * @param host name or address to listen on
 * @param port port to listen on; 0 for any that is free
 * @param tls certificate and private key, or null to talk in clear
 * @param maxRequestBytes largest request taken in
 * @param maxBytesInFlight most bytes of requests in memory, of all together; more are refused
 * @param maxCalls requests that run at once; more are refused
 * @param requestTimeout after what time a request is given up, its body's way here included
 * @param shutdownGrace how long requests under way may take to end when the gateway is closed
 */
public record GatewayOptions(
    String host,
    int port,
    ServerOptions.@Nullable Tls tls,
    long maxRequestBytes,
    long maxBytesInFlight,
    int maxCalls,
    Duration requestTimeout,
    Duration shutdownGrace) {
  /** Beside Flight's. */
  public static final int DEFAULT_PORT = 8_816;

  /** 64 MiB: 3,000 vectors of 768 floats as text; more goes over Flight. */
  public static final long DEFAULT_MAX_REQUEST_BYTES = 64L << 20;

  /** 256 MiB: as messages, requests take up to some times as much. */
  public static final long DEFAULT_MAX_BYTES_IN_FLIGHT = 256L << 20;

  /** Requests are bound by cores; what waits behind them waits better at the client. */
  public static final int DEFAULT_MAX_CALLS = 128;

  /** An optimization of a large collection takes minutes. */
  public static final Duration DEFAULT_REQUEST_TIMEOUT = Duration.ofMinutes(10);

  private static final int MAX_PORT = 65_535;
  private static final int MAX_CALLS = 10_000;

  public GatewayOptions {
    check("port", port, 0, MAX_PORT);
    check("number of bytes of a request", maxRequestBytes, 1 << 10, 1L << 30);
    check("number of bytes in flight", maxBytesInFlight, maxRequestBytes, 1L << 40);
    check("number of calls", maxCalls, 1, MAX_CALLS);
  }

  private static void check(String what, long value, long least, long most) {
    if (value < least || value > most) {
      throw new InvalidArgumentException(
          "Invalid " + what + ": " + value + " (expected " + least + " to " + most + ")");
    }
  }

  /** Beside a Flight server: the same host, certificate and grace. */
  public static GatewayOptions beside(ServerOptions server, int port) {
    return new GatewayOptions(
        server.host(),
        port,
        server.tls(),
        DEFAULT_MAX_REQUEST_BYTES,
        DEFAULT_MAX_BYTES_IN_FLIGHT,
        DEFAULT_MAX_CALLS,
        DEFAULT_REQUEST_TIMEOUT,
        server.shutdownGrace());
  }

  /** Other bounds of what is taken in. */
  public GatewayOptions withLimits(long requestBytes, long bytesInFlight, int calls) {
    return new GatewayOptions(
        host, port, tls, requestBytes, bytesInFlight, calls, requestTimeout, shutdownGrace);
  }
}
