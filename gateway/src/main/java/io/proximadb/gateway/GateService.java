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
import io.proximadb.error.ProximaException;
import io.proximadb.server.auth.Caller;
import io.proximadb.server.auth.Gate;
import io.proximadb.server.auth.Role;
import io.proximadb.server.operations.Operations;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * What every request goes through before its body is looked at: who makes it, not too many of one
 * key, not too many at once, whether that one may. Its body is counted as it comes. What exceeds a
 * limit is refused at once, not queued.
 */
final class GateService implements DecoratingHttpServiceFunction {
  private static final AttributeKey<Admissions.Admission> ADMISSION =
      AttributeKey.valueOf(GateService.class, "ADMISSION");

  /** Makes room for another request when this one has ended. */
  private static final AttributeKey<CompletableFuture<Void>> RELEASED =
      AttributeKey.valueOf(GateService.class, "RELEASED");

  private final Gate gate;
  private final Admissions admissions;
  private final Operations operations;
  private final BrowserCheck browsers;

  GateService(Gate gate, Admissions admissions, Operations operations, BrowserCheck browsers) {
    this.gate = gate;
    this.admissions = admissions;
    this.operations = operations;
    this.browsers = browsers;
  }

  /** What a request holds that came through. */
  static Admissions.Admission admission(ServiceRequestContext ctx) {
    return Objects.requireNonNull(ctx.attr(ADMISSION), "every request goes through the gate");
  }

  /** Who makes a request that came through. */
  static Caller caller(ServiceRequestContext ctx) {
    return admission(ctx).caller();
  }

  @Override
  public HttpResponse serve(HttpService delegate, ServiceRequestContext ctx, HttpRequest request)
      throws Exception {
    Admissions.Admission admission;
    try {
      browsers.check(request.headers());
      Caller caller =
          gate.enter(
              request.headers().get(HttpHeaderNames.AUTHORIZATION),
              "gateway from " + ctx.remoteAddress());
      check(ctx, caller);
      admission = admissions.admit(caller);
    } catch (ProximaException e) {
      return refuse(request, RpcErrors.of(e));
    } catch (RefusedException e) {
      return refuse(request, e.status());
    }
    ctx.setAttr(ADMISSION, admission);
    // The log ends once, however the request does.
    CompletableFuture<Void> released = ctx.log().whenComplete().thenRun(admission::end);
    ctx.setAttr(RELEASED, released);
    return delegate.serve(ctx, request.peekData(data -> admission.receive(data.length())));
  }

  /** Whether the caller may, as far as that can be known before the body is read. */
  private void check(ServiceRequestContext ctx, Caller caller) {
    RestService rest = ctx.config().service().as(RestService.class);
    if (rest != null) {
      operations.admit(rest.operation(), caller, rest.collection(ctx));
      return;
    }
    if (ctx.config().service().as(ImportService.class) != null) {
      operations.admit(
          ImportService.operation(ctx), caller, Optional.of(ImportService.collection(ctx)));
      return;
    }
    String path = ctx.path();
    if (path.startsWith("/metrics")) {
      caller.checkServer(Role.READ);
    } else if (path.startsWith("/" + ContractServices.PACKAGE)) {
      String name = path.substring(path.lastIndexOf('/') + 1);
      if (operations.has(name)) {
        operations.admit(name, caller, Optional.empty());
      }
    }
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

  /** A refusal of a page in a browser that is not this server's. */
  static RefusedException foreign(String reason) {
    return new RefusedException(
        RpcErrors.status(
            Code.PERMISSION_DENIED,
            "FOREIGN_PAGE",
            "Cannot take request: " + reason,
            "start the server without --insecure, and send a key"));
  }
}
