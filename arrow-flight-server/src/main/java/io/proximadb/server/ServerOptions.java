package io.proximadb.server;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.server.auth.RateLimits;
import io.proximadb.server.flight.FlightLimits;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a server. Immutable.
 *
 * @param host name or address to listen on
 * @param port port to listen on; 0 for any that is free
 * @param keysFile where the hashes of the API keys are, made at the first start; null for a server
 *     that asks for no key, which listens on loopback only
 * @param tls certificate and private key, or null to talk in clear
 * @param limits bounds of what clients can ask for at once
 * @param callsASecond that each key may make, over all ports
 * @param shutdownGrace how long calls under way may take to end when the server is closed
 */
public record ServerOptions(
    String host,
    int port,
    @Nullable Path keysFile,
    @Nullable Tls tls,
    FlightLimits limits,
    int callsASecond,
    Duration shutdownGrace) {
  /** The port that Flight servers use by custom. */
  public static final int DEFAULT_PORT = 8_815;

  /** Loopback: a server is open to others only when told so. */
  public static final String DEFAULT_HOST = "127.0.0.1";

  public static final Duration DEFAULT_SHUTDOWN_GRACE = Duration.ofSeconds(5);

  private static final int MAX_PORT = 65_535;

  /**
   * How to prove to clients which server this is.
   *
   * @param certificate PEM file of the certificate chain
   * @param key PEM file of its private key, PKCS #8
   * @param clientAuthority PEM file of the certificates that those of clients must be signed by, on
   *     every port; null to ask clients for none
   */
  public record Tls(Path certificate, Path key, @Nullable Path clientAuthority) {}

  public ServerOptions {
    if (port < 0 || port > MAX_PORT) {
      throw new InvalidArgumentException(
          "Invalid port: " + port + " (expected 0 to " + MAX_PORT + ")");
    }
    if (keysFile == null && !isLoopback(host)) {
      throw new InvalidArgumentException(
          "Invalid host of a server without API keys: '"
              + host
              + "' (expected a loopback address; drop --insecure to listen elsewhere)");
    }
  }

  /** A server on loopback that asks for keys. */
  public static ServerOptions secured(Path keysFile) {
    return new ServerOptions(
        DEFAULT_HOST,
        DEFAULT_PORT,
        keysFile,
        null,
        FlightLimits.defaults(),
        RateLimits.DEFAULT_CALLS_A_SECOND,
        DEFAULT_SHUTDOWN_GRACE);
  }

  /** A server on loopback that everyone on this machine may use. */
  public static ServerOptions insecure() {
    return new ServerOptions(
        DEFAULT_HOST,
        DEFAULT_PORT,
        null,
        null,
        FlightLimits.defaults(),
        RateLimits.DEFAULT_CALLS_A_SECOND,
        DEFAULT_SHUTDOWN_GRACE);
  }

  /**
   * The same listening elsewhere.
   *
   * @throws InvalidArgumentException if the server asks for no keys and the host is not loopback
   */
  public ServerOptions listeningOn(String newHost, int newPort) {
    return new ServerOptions(newHost, newPort, keysFile, tls, limits, callsASecond, shutdownGrace);
  }

  public ServerOptions withTls(Path certificate, Path key) {
    return new ServerOptions(
        host, port, keysFile, new Tls(certificate, key, null), limits, callsASecond, shutdownGrace);
  }

  /**
   * The same asking clients for certificates, too, beside their keys.
   *
   * @param authority PEM file of the certificates that those of clients must be signed by
   */
  public ServerOptions withTls(Path certificate, Path key, Path authority) {
    return new ServerOptions(
        host,
        port,
        keysFile,
        new Tls(certificate, key, authority),
        limits,
        callsASecond,
        shutdownGrace);
  }

  public ServerOptions withLimits(FlightLimits newLimits) {
    return new ServerOptions(host, port, keysFile, tls, newLimits, callsASecond, shutdownGrace);
  }

  /** Other bounds of how many calls each key may make. */
  public ServerOptions withCallsASecond(int calls) {
    return new ServerOptions(host, port, keysFile, tls, limits, calls, shutdownGrace);
  }

  public ServerOptions withShutdownGrace(Duration grace) {
    return new ServerOptions(host, port, keysFile, tls, limits, callsASecond, grace);
  }

  /** The key file, if the server asks for keys. */
  public Optional<Path> keys() {
    return Optional.ofNullable(keysFile);
  }

  /** True if only this machine can reach the host. */
  public boolean isLoopback() {
    return isLoopback(host);
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new InvalidArgumentException(
          "Invalid host: '" + host + "' (expected a name or address of this machine)", e);
    }
  }
}
