package io.proximadb.gateway;

import com.google.api.AnnotationsProto;
import com.google.api.HttpRule;
import com.google.protobuf.DescriptorProtos.MethodOptions;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.ExtensionRegistry;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.HttpStatusException;
import com.linecorp.armeria.server.Route;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.grpc.ServiceDescriptor;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import io.proximadb.server.operations.Operation;
import io.proximadb.server.operations.Operations;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One method of the contract as REST: the path, method and body that its {@code google.api.http}
 * option names. The body is read as a message while it is parsed, see {@link JsonReader}; what it
 * says of fields that the path has does not count.
 */
final class RestService implements HttpService {
  private static final String COLLECTION = "collection";
  private static final String WHOLE_BODY = "*";

  private final Operations operations;
  private final Operation<?, ?> operation;
  private final HttpMethod method;
  private final String path;
  private final String body;
  private final Executor threads;

  private RestService(
      Operations operations,
      Operation<?, ?> operation,
      HttpMethod method,
      String path,
      String body,
      Executor threads) {
    this.operations = operations;
    this.operation = operation;
    this.method = method;
    this.path = path;
    this.body = body;
    this.threads = threads;
  }

  /** All methods of the contract. */
  static List<RestService> of(Operations operations, Executor threads) {
    List<RestService> services = new ArrayList<>();
    for (ServiceDescriptor service : ContractServices.descriptors()) {
      service
          .getMethods()
          .forEach(
              method -> {
                HttpRule rule = rule(method);
                String name = Objects.requireNonNull(method.getBareMethodName(), "a name");
                services.add(of(operations, operations.named(name), rule, threads));
              });
    }
    return services;
  }

  private static RestService of(
      Operations operations, Operation<?, ?> operation, HttpRule rule, Executor threads) {
    return switch (rule.getPatternCase()) {
      case GET -> of(operations, operation, rule, HttpMethod.GET, rule.getGet(), threads);
      case PUT -> of(operations, operation, rule, HttpMethod.PUT, rule.getPut(), threads);
      case POST -> of(operations, operation, rule, HttpMethod.POST, rule.getPost(), threads);
      case DELETE -> of(operations, operation, rule, HttpMethod.DELETE, rule.getDelete(), threads);
      case PATCH, CUSTOM, PATTERN_NOT_SET ->
          throw new IllegalArgumentException("a method without a path: " + operation.name());
    };
  }

  private static RestService of(
      Operations operations,
      Operation<?, ?> operation,
      HttpRule rule,
      HttpMethod method,
      String path,
      Executor threads) {
    return new RestService(operations, operation, method, path, rule.getBody(), threads);
  }

  /** The path and so on of a method. */
  static HttpRule rule(io.grpc.MethodDescriptor<?, ?> method) {
    MethodDescriptor descriptor =
        ((ProtoMethodDescriptorSupplier)
                Objects.requireNonNull(method.getSchemaDescriptor(), "generated"))
            .getMethodDescriptor();
    ExtensionRegistry registry = ExtensionRegistry.newInstance();
    AnnotationsProto.registerAllExtensions(registry);
    try {
      return MethodOptions.parseFrom(descriptor.getOptions().toByteString(), registry)
          .getExtension(AnnotationsProto.http);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError("generated", e);
    }
  }

  /** Name of the operation. */
  String operation() {
    return operation.name();
  }

  /** Where requests come in. */
  Route route() {
    return Route.builder().methods(method).path(path).build();
  }

  /** The collection that a request's path names; empty where paths have none. */
  Optional<String> collection(ServiceRequestContext ctx) {
    return Optional.ofNullable(ctx.pathParams().get(COLLECTION));
  }

  @Override
  public HttpResponse serve(ServiceRequestContext ctx, HttpRequest request) {
    MediaType type = request.contentType();
    return HttpResponse.of(
        BodyCollector.collect(request)
            .thenCompose(content -> answer(ctx, type, content))
            .exceptionally(failure -> JsonErrors.failure(ctx.path(), failure)));
  }

  private CompletableFuture<HttpResponse> answer(
      ServiceRequestContext ctx, @Nullable MediaType type, HttpData content) {
    CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
    if (!content.isEmpty() && (type == null || !type.is(MediaType.JSON))) {
      throw HttpStatusException.of(HttpStatus.UNSUPPORTED_MEDIA_TYPE);
    }
    GateService.admission(ctx)
        .work(
            threads,
            () -> {
              try {
                answer.complete(run(ctx, content));
              } catch (RuntimeException | IOException | Error e) {
                // Whatever it is, somebody waits for the answer.
                answer.completeExceptionally(e);
              }
            });
    return answer;
  }

  private HttpResponse run(ServiceRequestContext ctx, HttpData content) throws IOException {
    Message answer = operations.run(operation.name(), GateService.caller(ctx), read(ctx, content));
    ByteArrayOutputStream text =
        new ByteArrayOutputStream(Math.max(256, answer.getSerializedSize()));
    JsonWriter.write(answer, text);
    return HttpResponse.of(
        ResponseHeaders.of(HttpStatus.OK, "content-type", MediaType.JSON_UTF_8.toString()),
        HttpData.wrap(text.toByteArray()));
  }

  private Message read(ServiceRequestContext ctx, HttpData content) throws IOException {
    Message.Builder request = operation.request().newBuilderForType();
    if (!body.isEmpty() && !content.isEmpty()) {
      if (body.equals(WHOLE_BODY)) {
        JsonReader.merge(content.toInputStream(), request);
      } else {
        FieldDescriptor part = field(request, body);
        Message.Builder inner = request.newBuilderForField(part);
        JsonReader.merge(content.toInputStream(), inner);
        request.setField(part, inner.build());
      }
    }
    for (Map.Entry<String, String> parameter : ctx.queryParams()) {
      query(request, parameter.getKey(), parameter.getValue());
    }
    // The path comes last: it is what the caller's role was asked for.
    ctx.pathParams()
        .forEach(
            (name, value) -> {
              FieldDescriptor field = field(request, name);
              request.clearField(field);
              JsonReader.set(request, field, value);
            });
    return request.build();
  }

  private static FieldDescriptor field(Message.Builder request, String name) {
    return Objects.requireNonNull(
        JsonReader.field(request.getDescriptorForType(), name), "the contract's own field");
  }

  private void query(Message.Builder request, String name, String value) {
    FieldDescriptor field = JsonReader.field(request.getDescriptorForType(), name);
    if (field == null || body.equals(WHOLE_BODY)) {
      throw new RefusedException(
          RpcErrors.invalid(
              "INVALID_ARGUMENT",
              name,
              "Invalid parameter '"
                  + name
                  + "' of the query (expected none, or fields of the request)",
              body.isEmpty() ? "use a field's name" : "send fields in the body"));
    }
    if (!field.isRepeated() && request.hasField(field)) {
      request.clearField(field);
    }
    JsonReader.set(request, field, value);
  }
}
