package io.proximadb.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.proximadb.ProximaEngine;
import io.proximadb.server.EngineAccess;
import io.proximadb.server.ProximaFlightServer;
import io.proximadb.server.ServerOptions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Flight and gateway over an engine, on free ports of loopback, and clients of them. */
final class RunningGateway implements AutoCloseable {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Duration TIMEOUT = Duration.ofMinutes(1);

  private final ProximaFlightServer flight;
  private final PrometheusMeterRegistry registry;
  private final Gateway gateway;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final List<ManagedChannel> channels = new ArrayList<>();
  private final String adminKey;

  private RunningGateway(
      ProximaFlightServer flight, PrometheusMeterRegistry registry, Gateway gateway) {
    this.flight = flight;
    this.registry = registry;
    this.gateway = gateway;
    this.adminKey = flight.newAdminKey().orElse("");
  }

  static RunningGateway secured(ProximaEngine engine, Path folder) {
    return start(
        EngineAccess.of(engine),
        ServerOptions.secured(folder.resolve("keys.json")),
        GatewayOptions.DEFAULT_MAX_REQUEST_BYTES,
        GatewayOptions.DEFAULT_MAX_CALLS);
  }

  static RunningGateway start(
      EngineAccess engine, ServerOptions options, long maxRequestBytes, int maxCalls) {
    return start(
        engine,
        options,
        maxRequestBytes,
        Math.max(maxRequestBytes, GatewayOptions.DEFAULT_MAX_BYTES_IN_FLIGHT),
        maxCalls);
  }

  static RunningGateway start(
      EngineAccess engine,
      ServerOptions options,
      long maxRequestBytes,
      long maxBytesInFlight,
      int maxCalls) {
    PrometheusMeterRegistry registry = Gateway.newMetrics();
    ServerMetrics metrics = new ServerMetrics(registry);
    ServerOptions free = options.listeningOn("127.0.0.1", 0);
    ProximaFlightServer flight = ProximaFlightServer.start(engine, free, metrics);
    Gateway gateway =
        Gateway.start(
            flight.operations(),
            flight.gate(),
            registry,
            GatewayOptions.beside(free, 0).withLimits(maxRequestBytes, maxBytesInFlight, maxCalls));
    return new RunningGateway(flight, registry, gateway);
  }

  ProximaFlightServer flight() {
    return flight;
  }

  Gateway gateway() {
    return gateway;
  }

  String adminKey() {
    return adminKey;
  }

  /** An answer over HTTP. */
  record Answer(int status, String text, HttpResponse<String> response) {
    JsonNode json() {
      try {
        return MAPPER.readTree(text);
      } catch (IOException e) {
        throw new AssertionError("not JSON: " + text, e);
      }
    }

    /** Of the error's detail of that kind, if the answer is an error. */
    JsonNode detail(String type) {
      for (JsonNode detail : json().path("details")) {
        if (detail.path("@type").asText().endsWith("google.rpc." + type)) {
          return detail;
        }
      }
      return MAPPER.missingNode();
    }

    String reason() {
      return detail("ErrorInfo").path("reason").asText();
    }

    String field() {
      return detail("BadRequest").path("fieldViolations").path(0).path("field").asText();
    }
  }

  /** A request with the administrator's key. */
  Answer call(String method, String path, String body) {
    return call(method, path, body, "authorization", "Bearer " + adminKey);
  }

  Answer post(String path, String body) {
    return call("POST", path, body);
  }

  Answer get(String path) {
    return call("GET", path, "");
  }

  /**
   * A request with headers.
   *
   * @param headers names and values
   */
  Answer call(String method, String path, String body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(gateway.uri() + path))
            .timeout(TIMEOUT)
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (!body.isEmpty() && !List.of(headers).contains("content-type")) {
      request.header("content-type", "application/json");
    }
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      HttpResponse<String> response = http.send(request.build(), BodyHandlers.ofString());
      return new Answer(response.statusCode(), response.body(), response);
    } catch (IOException e) {
      throw new AssertionError("no answer to " + method + " " + path, e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** A connection of gRPC; null for one without a key. */
  ManagedChannel channel(String authorization) {
    return channelTo(gateway.port(), authorization);
  }

  /** The same to any of the server's ports. */
  ManagedChannel channelTo(int port, String authorization) {
    NettyChannelBuilder builder = NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext();
    if (authorization != null) {
      Metadata headers = new Metadata();
      headers.put(
          Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), authorization);
      builder.intercept(MetadataUtils.newAttachHeadersInterceptor(headers));
    }
    ManagedChannel channel = builder.build();
    channels.add(channel);
    return channel;
  }

  @Override
  public void close() {
    channels.forEach(ManagedChannel::shutdownNow);
    gateway.close();
    flight.close();
    registry.close();
  }
}
