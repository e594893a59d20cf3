package io.proximadb.gateway;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.proximadb.ProximaEngine;
import io.proximadb.api.EngineOptions;
import io.proximadb.error.ErrorKind;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.ProximaException;
import io.proximadb.error.UnavailableException;
import io.proximadb.server.EngineAccess;
import io.proximadb.server.ProximaFlightServer;
import io.proximadb.server.ServerOptions;
import io.proximadb.server.auth.RateLimits;
import io.proximadb.server.flight.FlightLimits;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Runs an engine, its Flight server and its gateway until the process is told to stop; then calls
 * under way end, everything acknowledged is flushed, and the process ends.
 */
@Command(
    name = "proximadb-server",
    mixinStandardHelpOptions = true,
    description = "Serves a warehouse over Arrow Flight, gRPC and REST.")
public final class ServerMain implements Callable<Integer> {
  private static final int FAILURE = 1;

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "Settings by these names, without dashes; the environment (PROXIMADB_GATEWAY_PORT) and"
              + " the command line come first. Also in PROXIMADB_CONFIG.")
  private @Nullable Path config;

  @Option(
      names = "--print-config",
      description = "Show the settings that hold and where each comes from, and end.")
  private boolean printConfig;

  @Option(
      names = "--warehouse",
      paramLabel = "DIR",
      description = "Folder of the warehouse, or its URI with --home and --keys-file. Must be set.")
  private String warehouse = "";

  @Option(
      names = "--catalog-property",
      paramLabel = "KEY=VALUE",
      description = "Property of the Iceberg catalog; may stand several times.")
  private Map<String, String> catalog = new LinkedHashMap<>();

  @Option(
      names = "--home",
      paramLabel = "DIR",
      description = "Folder of the engine's log. Default: <warehouse>/_proximadb/engine")
  private @Nullable Path home;

  @Option(
      names = "--host",
      paramLabel = "HOST",
      defaultValue = ServerOptions.DEFAULT_HOST,
      description = "Address to listen on. Default: ${DEFAULT-VALUE}")
  private String host = ServerOptions.DEFAULT_HOST;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "Port of Flight; 0 for any that is free. Default: ${DEFAULT-VALUE}")
  private int port = ServerOptions.DEFAULT_PORT;

  @Option(
      names = "--port-file",
      paramLabel = "FILE",
      description = "File to write Flight's port to once the server listens.")
  private @Nullable Path portFile;

  @Option(
      names = "--gateway-port",
      paramLabel = "PORT",
      description =
          "Port of gRPC and REST; 0 for any that is free. Default: "
              + GatewayOptions.DEFAULT_PORT
              + ", or 0 where --port is 0")
  private @Nullable Integer gatewayPort;

  @Option(
      names = "--gateway-port-file",
      paramLabel = "FILE",
      description = "File to write the gateway's port to once the server listens.")
  private @Nullable Path gatewayPortFile;

  @Option(names = "--insecure", description = "Ask for no API keys; on loopback only.")
  private boolean insecure;

  @Option(
      names = "--keys-file",
      paramLabel = "FILE",
      description =
          "Hashes of the API keys, made at the first start."
              + " Default: <warehouse>/_proximadb/server/keys.json")
  private @Nullable Path keysFile;

  @Option(
      names = "--tls-certificate",
      paramLabel = "FILE",
      description = "PEM file of the certificate chain; talks TLS, with --tls-key.")
  private @Nullable Path tlsCertificate;

  @Option(
      names = "--tls-key",
      paramLabel = "FILE",
      description = "PEM file of the certificate's private key, PKCS #8.")
  private @Nullable Path tlsKey;

  @Option(
      names = "--tls-client-authority",
      paramLabel = "FILE",
      description =
          "PEM file of the certificates that those of clients must be signed by, on both ports;"
              + " health included. With --tls-certificate.")
  private @Nullable Path tlsClientAuthority;

  @Option(
      names = "--max-message-bytes",
      paramLabel = "BYTES",
      description = "Largest batch taken in. Default: ${DEFAULT-VALUE}")
  private int maxMessageBytes = FlightLimits.DEFAULT_MAX_MESSAGE_BYTES;

  @Option(
      names = "--max-arrow-bytes",
      paramLabel = "BYTES",
      description = "Most Arrow memory of all calls together. Default: ${DEFAULT-VALUE}")
  private long maxArrowBytes = FlightLimits.DEFAULT_MAX_ARROW_BYTES;

  @Option(
      names = "--max-request-bytes",
      paramLabel = "BYTES",
      description = "Largest request of gRPC and REST. Default: ${DEFAULT-VALUE}")
  private long maxRequestBytes = GatewayOptions.DEFAULT_MAX_REQUEST_BYTES;

  @Option(
      names = "--max-bytes-in-flight",
      paramLabel = "BYTES",
      description =
          "Most bytes of requests of gRPC and REST in memory, of all together; at least one"
              + " request's. Default: ${DEFAULT-VALUE}")
  private long maxBytesInFlight = GatewayOptions.DEFAULT_MAX_BYTES_IN_FLIGHT;

  @Option(
      names = "--max-calls",
      paramLabel = "N",
      description =
          "Requests of gRPC and REST that run at once; more are refused. Default: ${DEFAULT-VALUE}")
  private int maxCalls = GatewayOptions.DEFAULT_MAX_CALLS;

  @Option(
      names = "--max-calls-per-second",
      paramLabel = "N",
      description = "Calls that a key may make, over all ports. Default: ${DEFAULT-VALUE}")
  private int maxCallsPerSecond = RateLimits.DEFAULT_CALLS_A_SECOND;

  @Option(
      names = "--shutdown-grace-seconds",
      paramLabel = "N",
      description = "How long calls may take to end at the end. Default: ${DEFAULT-VALUE}")
  private int shutdownGraceSeconds = (int) ServerOptions.DEFAULT_SHUTDOWN_GRACE.toSeconds();

  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return new CommandLine(new ServerMain())
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> {
              if (!(failure instanceof ProximaException known)) {
                throw failure;
              }
              command.getErr().println(known.getMessage());
              return known.kind() == ErrorKind.INVALID_ARGUMENT
                  ? CommandLine.ExitCode.USAGE
                  : FAILURE;
            });
  }

  @Override
  public Integer call() throws InterruptedException {
    CommandLine line = Objects.requireNonNull(spec, "set by picocli").commandLine();
    Map<String, String> environment = System.getenv();
    String named = environment.get(ServerConfiguration.PREFIX + "CONFIG");
    Path file = config == null && named != null ? Path.of(named) : config;
    ServerConfiguration configuration =
        ServerConfiguration.of(line.getParseResult(), file, environment);
    if (printConfig) {
      line.getOut().print(configuration.print());
      line.getOut().flush();
      return CommandLine.ExitCode.OK;
    }
    ServerMain configured = new ServerMain();
    try {
      new CommandLine(configured).parseArgs(configuration.arguments());
    } catch (CommandLine.ParameterException e) {
      throw new InvalidArgumentException(
          "Invalid settings: " + e.getMessage() + " (expected those of --help)", e);
    }
    return configured.run(line.getOut());
  }

  private int run(PrintWriter out) throws InterruptedException {
    ServerOptions options = serverOptions();
    GatewayOptions gatewayOptions =
        GatewayOptions.beside(options, gatewayPort())
            .withLimits(maxRequestBytes, Math.max(maxBytesInFlight, maxRequestBytes), maxCalls);
    PrometheusMeterRegistry registry = Gateway.newMetrics();
    ServerMetrics metrics = new ServerMetrics(registry);
    EndSignals signals = EndSignals.listen();
    try (ProximaEngine engine = ProximaEngine.open(engineOptions());
        ProximaFlightServer server =
            ProximaFlightServer.start(EngineAccess.of(engine), options, metrics);
        Gateway gateway =
            Gateway.start(server.operations(), server.gate(), registry, gatewayOptions)) {
      metrics.watch(engine);
      metrics.watch(server.operations());
      announce(out, server, gateway);
      signals.await();
    } finally {
      signals.ended();
      registry.close();
    }
    return CommandLine.ExitCode.OK;
  }

  private int gatewayPort() {
    if (gatewayPort != null) {
      return gatewayPort;
    }
    return port == 0 ? 0 : GatewayOptions.DEFAULT_PORT;
  }

  private void announce(PrintWriter out, ProximaFlightServer server, Gateway gateway) {
    server
        .newAdminKey()
        .ifPresent(key -> out.println("API key of the administrator, shown only now: " + key));
    out.println("Listening on " + server.location().getUri());
    out.println("Listening on " + gateway.uri());
    out.flush();
    if (gatewayPortFile != null) {
      writePort(gatewayPortFile, gateway.port());
    }
    if (portFile != null) {
      writePort(portFile, server.port());
    }
  }

  /** Writes the file whole or not at all: somebody waits for it to appear. */
  private static void writePort(Path file, int port) {
    Path draft = file.resolveSibling(file.getFileName() + ".tmp");
    try {
      Files.writeString(draft, Integer.toString(port));
      Files.move(draft, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UnavailableException("Cannot write port file '" + file + "': " + e.getMessage(), e);
    }
  }

  private EngineOptions engineOptions() {
    EngineOptions options =
        isUri()
            ? EngineOptions.of(Map.of("warehouse", warehouse))
            : EngineOptions.local(Path.of(warehouse));
    for (Map.Entry<String, String> property : catalog.entrySet()) {
      options = options.withCatalogProperty(property.getKey(), property.getValue());
    }
    if (home != null) {
      options = options.withHome(home);
    }
    return port == 0 ? options : options.withAddress(host + ":" + port);
  }

  private ServerOptions serverOptions() {
    if (warehouse.isEmpty()) {
      throw new InvalidArgumentException(
          "Invalid options: no --warehouse (expected a folder, or a URI)");
    }
    ServerOptions options = insecure ? ServerOptions.insecure() : ServerOptions.secured(keysFile());
    if ((tlsCertificate == null) != (tlsKey == null)) {
      throw new InvalidArgumentException(
          "Invalid TLS options: one of --tls-certificate and --tls-key (expected both or none)");
    }
    if (tlsCertificate != null && tlsKey != null) {
      options =
          tlsClientAuthority == null
              ? options.withTls(tlsCertificate, tlsKey)
              : options.withTls(tlsCertificate, tlsKey, tlsClientAuthority);
    } else if (tlsClientAuthority != null) {
      throw new InvalidArgumentException(
          "Invalid TLS options: --tls-client-authority without --tls-certificate (expected both)");
    }
    return options
        .listeningOn(host, port)
        .withCallsASecond(maxCallsPerSecond)
        .withShutdownGrace(Duration.ofSeconds(shutdownGraceSeconds))
        .withLimits(
            FlightLimits.defaults()
                .withMaxMessageBytes(maxMessageBytes)
                .withMaxArrowBytes(maxArrowBytes));
  }

  private Path keysFile() {
    if (keysFile != null) {
      return keysFile;
    }
    if (isUri()) {
      throw new InvalidArgumentException(
          "Invalid options: no --keys-file (expected one, the warehouse is not a folder)");
    }
    return Path.of(warehouse, "_proximadb", "server", "keys.json");
  }

  private boolean isUri() {
    return warehouse.contains("://");
  }
}
