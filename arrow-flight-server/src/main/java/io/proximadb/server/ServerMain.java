package io.proximadb.server;

import io.proximadb.ProximaEngine;
import io.proximadb.api.EngineOptions;
import io.proximadb.error.ErrorKind;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.ProximaException;
import io.proximadb.error.UnavailableException;
import io.proximadb.server.flight.EngineAccess;
import io.proximadb.server.flight.FlightLimits;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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
 * Runs an engine and its Flight server until the process is told to stop; then calls under way end,
 * everything acknowledged is flushed, and the process ends.
 */
@Command(
    name = "proximadb-server",
    mixinStandardHelpOptions = true,
    description = "Serves a warehouse over Arrow Flight.")
public final class ServerMain implements Callable<Integer> {
  private static final int FAILURE = 1;

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--warehouse",
      required = true,
      paramLabel = "DIR",
      description = "Folder of the warehouse, or its URI with --home and --keys-file.")
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
      description = "Port to listen on; 0 for any that is free. Default: ${DEFAULT-VALUE}")
  private int port = ServerOptions.DEFAULT_PORT;

  @Option(
      names = "--port-file",
      paramLabel = "FILE",
      description = "File to write the port to once the server listens.")
  private @Nullable Path portFile;

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
      names = "--max-message-bytes",
      paramLabel = "BYTES",
      description = "Largest batch taken in. Default: ${DEFAULT-VALUE}")
  private int maxMessageBytes = FlightLimits.DEFAULT_MAX_MESSAGE_BYTES;

  @Option(
      names = "--max-arrow-bytes",
      paramLabel = "BYTES",
      description = "Most Arrow memory of all calls together. Default: ${DEFAULT-VALUE}")
  private long maxArrowBytes = FlightLimits.DEFAULT_MAX_ARROW_BYTES;

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
    ServerOptions options = serverOptions();
    EndSignals signals = EndSignals.listen();
    try (ProximaEngine engine = ProximaEngine.open(engineOptions());
        ProximaFlightServer server = ProximaFlightServer.start(EngineAccess.of(engine), options)) {
      announce(server);
      signals.await();
    } finally {
      signals.ended();
    }
    return CommandLine.ExitCode.OK;
  }

  private void announce(ProximaFlightServer server) {
    PrintWriter out = Objects.requireNonNull(spec, "set by picocli").commandLine().getOut();
    server
        .newAdminKey()
        .ifPresent(key -> out.println("API key of the administrator, shown only now: " + key));
    out.println("Listening on " + server.location().getUri());
    out.flush();
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
    ServerOptions options = insecure ? ServerOptions.insecure() : ServerOptions.secured(keysFile());
    if ((tlsCertificate == null) != (tlsKey == null)) {
      throw new InvalidArgumentException(
          "Invalid TLS options: one of --tls-certificate and --tls-key (expected both or none)");
    }
    if (tlsCertificate != null && tlsKey != null) {
      options = options.withTls(tlsCertificate, tlsKey);
    }
    return options
        .listeningOn(host, port)
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
