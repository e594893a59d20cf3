package io.proximadb.gateway;

import com.google.rpc.Code;
import com.google.rpc.Status;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import com.linecorp.armeria.server.DecoratingHttpServiceFunction;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.netty.util.AttributeKey;
import io.proximadb.server.auth.AccessException;
import io.proximadb.server.auth.Caller;
import io.proximadb.server.auth.Gate;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;

/**
 * What every request goes through before anything else of it is looked at: who makes it, not too
 * many of one key, not too many at once. What exceeds a limit is refused at once, not queued.
 */
final class GateService implements DecoratingHttpServiceFunction {
  private static final AttributeKey<Caller> CALLER =
      AttributeKey.valueOf(GateService.class, "CALLER");

  /** Makes room for another request when this one has ended. */
  private static final AttributeKey<CompletableFuture<Void>> RELEASED =
      AttributeKey.valueOf(GateService.class, "RELEASED");

  private final Gate gate;
  private final int maxCalls;
  private final Semaphore calls;

  GateService(Gate gate, int maxCalls) {
    this.gate = gate;
    this.maxCalls = maxCalls;
    this.calls = new Semaphore(maxCalls);
  }

  /** Who makes a request that came through. */
  static Caller caller(ServiceRequestContext ctx) {
    return Objects.requireNonNull(ctx.attr(CALLER), "every request goes through the gate");
  }

  /** Requests that are under way. */
  int running() {
    return maxCalls - calls.availablePermits();
  }

  @Override
  public HttpResponse serve(HttpService delegate, ServiceRequestContext ctx, HttpRequest request)
      throws Exception {
    Caller caller;
    try {
      caller = gate.enter(request.headers().get(HttpHeaderNames.AUTHORIZATION));
    } catch (AccessException e) {
      return refuse(request, RpcErrors.of(e));
    }
    if (!calls.tryAcquire()) {
      return refuse(
          request,
          RpcErrors.status(
              Code.RESOURCE_EXHAUSTED,
              "TOO_MANY_CALLS",
              "Cannot take call: too many run at once (limit=" + maxCalls + ")",
              "retry later"));
    }
    ctx.setAttr(CALLER, caller);
    // The log ends once, however the request does.
    CompletableFuture<Void> released = ctx.log().whenComplete().thenRun(calls::release);
    ctx.setAttr(RELEASED, released);
    return delegate.serve(ctx, request);
  }

  private static HttpResponse refuse(HttpRequest request, Status error) {
    MediaType type = request.contentType();
    boolean isGrpc =
        type != null
            && type.type().equals("application")
            && (type.subtype().equals("grpc") || type.subtype().startsWith("grpc+"));
    if (!isGrpc) {
      return JsonErrors.response(error);
    }
    ResponseHeadersBuilder trailersOnly =
        ResponseHeaders.builder(HttpStatus.OK)
            .endOfStream(true)
            .contentType(type)
            .add("grpc-status", Integer.toString(error.getCode()))
            .add("grpc-message", percentEncoded(error.getMessage()))
            .add(
                "grpc-status-details-bin",
                Base64.getEncoder().withoutPadding().encodeToString(error.toByteArray()));
    return HttpResponse.of(trailersOnly.build());
  }

  private static String percentEncoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
