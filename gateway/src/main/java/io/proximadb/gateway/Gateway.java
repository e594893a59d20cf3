package io.proximadb.gateway;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.TlsKeyPair;
import com.linecorp.armeria.common.prometheus.PrometheusMeterRegistries;
import com.linecorp.armeria.common.util.BlockingTaskExecutor;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.docs.DocService;
import com.linecorp.armeria.server.encoding.EncodingService;
import com.linecorp.armeria.server.grpc.GrpcService;
import com.linecorp.armeria.server.grpc.GrpcServiceBuilder;
import com.linecorp.armeria.server.healthcheck.HealthCheckService;
import com.linecorp.armeria.server.prometheus.PrometheusExpositionService;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.StatusProto;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.handler.ssl.ClientAuth;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.UnavailableException;
import io.proximadb.server.auth.Gate;
import io.proximadb.server.operations.Operations;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * gRPC and REST/JSON on one port, over the operations of a server: the contract of {@code
 * proximadb/v1/service.proto}. Everything but health wants a key where the server asks for keys.
 */
public final class Gateway implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);

  /** Connections that may be open; an idle one costs some kilobytes. */
  private static final int MAX_CONNECTIONS = 10_000;

  /** Largest header list of a request: a key and some context, 16 KiB. */
  private static final int MAX_HEADER_BYTES = 16 << 10;

  /** Requests that one connection may have open; more wait at the client. */
  private static final int MAX_STREAMS_PER_CONNECTION = 256;

  /** A connection on which nothing happens for so long is closed. */
  private static final Duration IDLE_TIMEOUT = Duration.ofMinutes(5);

  private static final Duration SHUTDOWN_QUIET = Duration.ofMillis(50);

  private final Server server;
  private final BlockingTaskExecutor threads;
  private final GatewayOptions options;

  private Gateway(Server server, BlockingTaskExecutor threads, GatewayOptions options) {
    this.server = server;
    this.threads = threads;
    this.options = options;
  }

  /** A registry for what a server measures, to be shown at {@code /metrics}. */
  public static PrometheusMeterRegistry newMetrics() {
    return PrometheusMeterRegistries.newRegistry();
  }

  /**
   * Starts a gateway.
   *
   * @param gate what requests go through, shared with the server's other ports
   * @param metrics shown at {@code /metrics}
   * @throws UnavailableException if the port cannot be had
   * @throws InvalidArgumentException if the certificate cannot be used
   */
  public static Gateway start(
      Operations operations, Gate gate, PrometheusMeterRegistry metrics, GatewayOptions options) {
    BlockingTaskExecutor threads =
        BlockingTaskExecutor.builder()
            .numThreads(options.maxCalls())
            .threadNamePrefix("proximadb-gateway")
            .build();
    boolean started = false;
    try {
      Server server = build(operations, gate, metrics, options, threads);
      server.start().join();
      started = true;
      LOG.info("Gateway listens on {}:{}", options.host(), server.activeLocalPort());
      return new Gateway(server, threads, options);
    } catch (CompletionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new UnavailableException(
          "Cannot listen on " + options.host() + ":" + options.port() + ": " + cause.getMessage(),
          cause);
    } finally {
      if (!started) {
        threads.shutdown();
      }
    }
  }

  private static Server build(
      Operations operations,
      Gate gate,
      PrometheusMeterRegistry metrics,
      GatewayOptions options,
      BlockingTaskExecutor threads) {
    Admissions admissions = new Admissions(options.maxCalls(), options.maxBytesInFlight());
    watch(metrics, admissions);
    GateService gated =
        new GateService(
            gate, admissions, operations, new BrowserCheck(gate.keys().isEmpty(), options.host()));
    JsonErrors errors = new JsonErrors();
    HealthCheckService live = HealthCheckService.builder().build();
    HealthCheckService ready = HealthCheckService.builder().build();
    ServerBuilder builder =
        Server.builder()
            .maxRequestLength(options.maxRequestBytes())
            .requestTimeout(options.requestTimeout())
            .idleTimeout(IDLE_TIMEOUT)
            .maxNumConnections(MAX_CONNECTIONS)
            .http1MaxHeaderSize(MAX_HEADER_BYTES)
            .http2MaxHeaderListSize(MAX_HEADER_BYTES)
            .http2MaxStreamsPerConnection(MAX_STREAMS_PER_CONNECTION)
            .blockingTaskExecutor(threads, true)
            .gracefulShutdownTimeout(SHUTDOWN_QUIET, options.shutdownGrace())
            .meterRegistry(metrics)
            .errorHandler(errors)
            .disableServerHeader()
            // Mistakes of clients are told to them, and counted; they are not for the log.
            .unloggedExceptionsReportInterval(Duration.ZERO)
            .service("/health/live", live)
            .service("/health/ready", ready)
            .service(GrpcService.builder().enableHealthCheckService(true).build())
            .service(
                "/metrics",
                PrometheusExpositionService.of(metrics.getPrometheusRegistry()).decorate(gated))
            .service("/openapi.json", openApi(operations).decorate(gated))
            .serviceUnder("/docs", new DocService().decorate(gated))
            .service(
                contract(operations, options, threads),
                service -> service.decorate(gated).decorate(EncodingService.newDecorator()));
    for (RestService rest : RestService.of(operations, threads)) {
      builder.service(rest.route(), rest.decorate(gated).decorate(EncodingService.newDecorator()));
    }
    builder.service(ImportService.route(), new ImportService(operations, threads).decorate(gated));
    InetSocketAddress address = new InetSocketAddress(options.host(), options.port());
    if (options.tls() == null) {
      builder.http(address);
    } else {
      try {
        builder
            .https(address)
            .tls(TlsKeyPair.of(options.tls().key().toFile(), options.tls().certificate().toFile()));
        Path authority = options.tls().clientAuthority();
        if (authority != null) {
          checkReadable(authority);
          builder.tlsCustomizer(
              tls -> tls.trustManager(authority.toFile()).clientAuth(ClientAuth.REQUIRE));
        }
      } catch (IllegalArgumentException e) {
        throw new InvalidArgumentException(
            "Cannot read certificate or key (certificate="
                + options.tls().certificate()
                + ", key="
                + options.tls().key()
                + ")",
            e);
      }
    }
    return builder.build();
  }

  private static void checkReadable(Path authority) {
    if (!Files.isReadable(authority)) {
      throw new InvalidArgumentException(
          "Cannot read certificates that those of clients must be signed by: '"
              + authority
              + "' (expected a PEM file)");
    }
  }

  private static void watch(PrometheusMeterRegistry metrics, Admissions admissions) {
    Gauge.builder("proximadb.gateway.requests", admissions::open)
        .description("requests that are open")
        .register(metrics);
    Gauge.builder("proximadb.gateway.calls", admissions::running)
        .description("requests that are worked on")
        .register(metrics);
    Gauge.builder("proximadb.gateway.body.bytes", admissions::bytes)
        .description("bytes of requests in memory")
        .register(metrics);
  }

  private static HttpService openApi(Operations operations) {
    HttpData document = HttpData.wrap(OpenApi.of(operations));
    return (ctx, request) ->
        HttpResponse.of(
            ResponseHeaders.of(HttpStatus.OK, "content-type", MediaType.JSON_UTF_8.toString()),
            document);
  }

  private static GrpcService contract(
      Operations operations, GatewayOptions options, BlockingTaskExecutor threads) {
    GrpcServiceBuilder contract =
        GrpcService.builder()
            .jsonMarshallerFactory(service -> new JsonMessages())
            .maxRequestMessageLength((int) options.maxRequestBytes())
            .exceptionHandler(
                (ctx, status, cause, trailers) -> {
                  com.google.rpc.Status known = RpcErrors.known(cause);
                  if (known == null) {
                    return null;
                  }
                  RpcErrors.putTrailers(known, trailers);
                  return StatusProto.toStatusRuntimeException(known).getStatus();
                })
            .addService(ProtoReflectionServiceV1.newInstance());
    for (ServerServiceDefinition service : ContractServices.of(operations, threads)) {
      contract.addService(service);
    }
    return contract.build();
  }

  /** The port it listens on. */
  public int port() {
    return server.activeLocalPort();
  }

  /** Where clients reach it. */
  public String uri() {
    return (options.tls() == null ? "http://" : "https://") + options.host() + ":" + port();
  }

  /** Takes no more requests, lets those under way end within the grace, and cancels the rest. */
  @Override
  public void close() {
    server.stop().join();
    threads.shutdown();
  }
}
