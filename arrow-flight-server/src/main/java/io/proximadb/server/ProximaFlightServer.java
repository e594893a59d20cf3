package io.proximadb.server;

import io.grpc.netty.NettyServerBuilder;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.UnavailableException;
import io.proximadb.server.auth.ApiKeyMiddleware;
import io.proximadb.server.auth.ApiKeys;
import io.proximadb.server.auth.Gate;
import io.proximadb.server.auth.RateLimits;
import io.proximadb.server.flight.BrokenStreams;
import io.proximadb.server.flight.FlightLimits;
import io.proximadb.server.flight.ProximaFlightProducer;
import io.proximadb.server.flight.StreamStart;
import io.proximadb.server.operations.Operations;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.arrow.flight.FlightServer;
import org.apache.arrow.flight.Location;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An engine behind an Arrow Flight port. Started by {@link #start}, stopped by {@link #close}; the
 * engine is its caller's and stays open.
 */
public final class ProximaFlightServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ProximaFlightServer.class);

  /** A connection that is silent for so long is asked whether it is alive. */
  private static final Duration KEEP_ALIVE = Duration.ofMinutes(1);

  /** Clients may ask as often; those that ask more are cut off. */
  private static final Duration MIN_CLIENT_KEEP_ALIVE = Duration.ofSeconds(10);

  /** How long threads may take to notice that their calls are gone. */
  private static final Duration THREAD_GRACE = Duration.ofSeconds(10);

  private final FlightServer server;
  private final ExecutorService threads;
  private final BufferAllocator allocator;
  private final Duration shutdownGrace;
  private final Optional<String> newAdminKey;
  private final Gate gate;
  private final Operations operations;

  private ProximaFlightServer(
      FlightServer server,
      Gate gate,
      Operations operations,
      ExecutorService threads,
      BufferAllocator allocator,
      Duration shutdownGrace,
      Optional<String> newAdminKey) {
    this.server = server;
    this.threads = threads;
    this.allocator = allocator;
    this.shutdownGrace = shutdownGrace;
    this.newAdminKey = newAdminKey;
    this.gate = gate;
    this.operations = operations;
  }

  /**
   * Starts a server.
   *
   * @throws UnavailableException if the port cannot be had
   * @throws InvalidArgumentException if the certificate cannot be used
   */
  public static ProximaFlightServer start(EngineAccess engine, ServerOptions options) {
    return start(engine, options, Operations.Observer.NONE);
  }

  /**
   * The same, telling of every operation.
   *
   * @throws UnavailableException if the port cannot be had
   * @throws InvalidArgumentException if the certificate cannot be used
   */
  public static ProximaFlightServer start(
      EngineAccess engine, ServerOptions options, Operations.Observer observer) {
    Optional<ApiKeys.Opened> keys = options.keys().map(ApiKeys::open);
    if (keys.isPresent() && options.tls() == null && !options.isLoopback()) {
      LOG.warn("API keys and data travel in clear on {}: set a TLS certificate", options.host());
    }
    ExecutorService threads = Executors.newCachedThreadPool(threadFactory());
    BufferAllocator allocator = new RootAllocator(options.limits().maxArrowBytes());
    Gate gate = new Gate(keys.map(ApiKeys.Opened::keys), new RateLimits(options.callsASecond()));
    ProximaFlightProducer producer =
        new ProximaFlightProducer(
            engine, allocator, options.limits(), threads, version(), gate, observer);
    boolean started = false;
    try {
      FlightServer server = build(producer, options, gate, threads, allocator).start();
      started = true;
      LOG.info("Flight server listens on {}", server.getLocation());
      return new ProximaFlightServer(
          server,
          gate,
          producer.operations(),
          threads,
          allocator,
          options.shutdownGrace(),
          keys.flatMap(ApiKeys.Opened::newAdminKey));
    } catch (IOException e) {
      throw new UnavailableException(
          "Cannot listen on " + options.host() + ":" + options.port() + ": " + e.getMessage(), e);
    } finally {
      if (!started) {
        producer.operations().close();
        threads.shutdown();
        allocator.close();
      }
    }
  }

  private static FlightServer build(
      ProximaFlightProducer producer,
      ServerOptions options,
      Gate gate,
      ExecutorService threads,
      BufferAllocator allocator) {
    ServerOptions.Tls tls = options.tls();
    FlightLimits limits = options.limits();
    FlightServer.Builder builder =
        FlightServer.builder(
                allocator,
                tls == null
                    ? Location.forGrpcInsecure(options.host(), options.port())
                    : Location.forGrpcTls(options.host(), options.port()),
                producer)
            .executor(threads)
            .maxInboundMessageSize(limits.maxMessageBytes())
            .setMaxHeaderListSize(FlightLimits.MAX_HEADER_BYTES)
            .backpressureThreshold(FlightLimits.SEND_WINDOW_BYTES);
    Consumer<NettyServerBuilder> transport = ProximaFlightServer::configure;
    builder.transportHint("grpc.builderConsumer", transport);
    builder.middleware(StreamStart.KEY, StreamStart.factory());
    builder.middleware(ApiKeyMiddleware.KEY, ApiKeyMiddleware.factory(gate));
    if (tls != null) {
      try {
        builder.useTls(tls.certificate().toFile(), tls.key().toFile());
        if (tls.clientAuthority() != null) {
          builder.useMTlsClientVerification(tls.clientAuthority().toFile());
        }
      } catch (IOException e) {
        throw new InvalidArgumentException(
            "Cannot read certificate or key (certificate="
                + tls.certificate()
                + ", key="
                + tls.key()
                + ", client authority="
                + tls.clientAuthority()
                + ")",
            e);
      }
    }
    return builder.build();
  }

  private static void configure(NettyServerBuilder transport) {
    transport
        .intercept(new BrokenStreams())
        .maxConcurrentCallsPerConnection(FlightLimits.MAX_CALLS_PER_CONNECTION)
        .keepAliveTime(KEEP_ALIVE.toSeconds(), TimeUnit.SECONDS)
        .permitKeepAliveTime(MIN_CLIENT_KEEP_ALIVE.toSeconds(), TimeUnit.SECONDS)
        .permitKeepAliveWithoutCalls(true);
  }

  private static ThreadFactory threadFactory() {
    AtomicInteger number = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, "proximadb-flight-" + number.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  /** The version of this build; "development" when it does not run from a jar. */
  public static String version() {
    String version = ProximaFlightServer.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }

  /** The port it listens on. */
  public int port() {
    return server.getPort();
  }

  /** Where clients reach it. */
  public Location location() {
    return server.getLocation();
  }

  /** The admin key in clear, if this start made it. Show it to the operator; it is not stored. */
  public Optional<String> newAdminKey() {
    return newAdminKey;
  }

  /** What every call goes through first, for other doors of the same server. */
  public Gate gate() {
    return gate;
  }

  /** What the server does by name, for other doors of it; closed with this one. */
  public Operations operations() {
    return operations;
  }

  /** Bytes of Arrow memory in use. */
  public long arrowBytes() {
    return allocator.getAllocatedMemory();
  }

  /**
   * Takes no more calls, lets those under way end within the grace, cancels the rest and gives all
   * memory back.
   *
   * @throws IllegalStateException if a call leaked Arrow memory
   */
  @Override
  public void close() {
    boolean interrupted = false;
    try {
      server.shutdown();
      server.awaitTermination(shutdownGrace.toMillis(), TimeUnit.MILLISECONDS);
      server.close();
      threads.shutdown();
      if (!threads.awaitTermination(THREAD_GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("Calls still run {} after they were cancelled", THREAD_GRACE);
      }
    } catch (InterruptedException e) {
      interrupted = true;
      threads.shutdownNow();
    } finally {
      operations.close();
      allocator.close();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
