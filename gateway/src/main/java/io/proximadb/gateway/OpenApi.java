package io.proximadb.gateway;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.api.HttpRule;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.proximadb.server.ProximaFlightServer;
import io.proximadb.server.operations.Operation;
import io.proximadb.server.operations.Operations;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The REST side of the contract as an OpenAPI 3.1 document, made from the same descriptors that the
 * paths are made from, so that it has every method and every field.
 */
final class OpenApi {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Pattern PATH_FIELD = Pattern.compile("\\{([a-z_]+)}");
  private static final String SCHEMAS = "#/components/schemas/";
  private static final String ERROR = "Error";
  private static final String WHOLE_BODY = "*";

  private final Operations operations;
  private final ObjectNode document = MAPPER.createObjectNode();
  private final ObjectNode schemas;
  private final Set<String> described = new TreeSet<>();

  private OpenApi(Operations operations) {
    this.operations = operations;
    document.put("openapi", "3.1.0");
    document
        .putObject("info")
        .put("title", "ProximaDB")
        .put("version", ProximaFlightServer.version())
        .put(
            "description",
            "Collections of records with vectors: written, read and searched. The messages of gRPC"
                + " are the same, described field by field in proximadb/v1/*.proto.");
    document.putArray("security").addObject().putArray("key");
    ObjectNode components = document.putObject("components");
    components
        .putObject("securitySchemes")
        .putObject("key")
        .put("type", "http")
        .put("scheme", "bearer")
        .put("description", "An API key: authorization: Bearer pxk_...");
    this.schemas = components.putObject("schemas");
    ObjectNode error = schemas.putObject(ERROR).put("type", "object");
    error.put("description", "google.rpc.Status: ErrorInfo, BadRequest and RetryInfo in details");
    ObjectNode properties = error.putObject("properties");
    properties.putObject("code").put("type", "integer");
    properties.putObject("message").put("type", "string");
    properties.putObject("details").put("type", "array").putObject("items").put("type", "object");
  }

  /** The document of all methods. */
  static byte[] of(Operations operations) {
    OpenApi api = new OpenApi(operations);
    ObjectNode paths = api.document.putObject("paths");
    for (ServiceDescriptor service : ContractServices.descriptors()) {
      String tag = service.getName().substring(service.getName().lastIndexOf('.') + 1);
      service.getMethods().forEach(method -> api.add(paths, tag, method));
    }
    api.addImport(paths);
    return api.document.toPrettyString().getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }

  private void add(ObjectNode paths, String tag, MethodDescriptor<?, ?> method) {
    HttpRule rule = RestService.rule(method);
    String verb = rule.getPatternCase().name().toLowerCase(java.util.Locale.ROOT);
    String path =
        switch (rule.getPatternCase()) {
          case GET -> rule.getGet();
          case PUT -> rule.getPut();
          case POST -> rule.getPost();
          case DELETE -> rule.getDelete();
          case PATCH, CUSTOM, PATTERN_NOT_SET ->
              throw new IllegalArgumentException("a method without a path: " + method);
        };
    Operation<?, ?> operation =
        operations.named(Objects.requireNonNull(method.getBareMethodName(), "a name"));
    Descriptor request = operation.request().getDescriptorForType();
    ObjectNode node = paths.withObjectProperty(path).putObject(verb);
    node.put("operationId", operation.name())
        .put("summary", operation.description())
        .put("x-role", operation.role().name());
    node.putArray("tags").add(tag);
    Set<String> inPath = new TreeSet<>();
    ArrayNode parameters = node.putArray("parameters");
    for (Matcher matcher = PATH_FIELD.matcher(path); matcher.find(); ) {
      FieldDescriptor field = field(request, matcher.group(1));
      inPath.add(field.getName());
      parameter(parameters, field.getName(), "path", field).put("required", true);
    }
    if (!rule.getBody().equals(WHOLE_BODY)) {
      for (FieldDescriptor field : request.getFields()) {
        if (!inPath.contains(field.getName())
            && !field.getName().equals(rule.getBody())
            && field.getJavaType() != FieldDescriptor.JavaType.MESSAGE) {
          parameter(parameters, field.getJsonName(), "query", field);
        }
      }
    }
    if (!rule.getBody().isEmpty()) {
      Descriptor body =
          rule.getBody().equals(WHOLE_BODY)
              ? request
              : field(request, rule.getBody()).getMessageType();
      json(node.putObject("requestBody")).put("$ref", message(body));
    }
    ObjectNode responses = node.putObject("responses");
    json(responses.putObject("200").put("description", "The answer."))
        .put("$ref", message(operation.response().getDescriptorForType()));
    json(responses.putObject("default").put("description", "What went wrong."))
        .put("$ref", SCHEMAS + ERROR);
  }

  /** The one path that is no method of the contract. */
  private void addImport(ObjectNode paths) {
    Operation<?, ?> operation = operations.named("UpsertRecords");
    Descriptor request = operation.request().getDescriptorForType();
    ObjectNode node = paths.withObjectProperty(ImportService.PATH).putObject("post");
    node.put("operationId", ImportService.NAME)
        .put("summary", "writes a record of each line, and tells how far it is")
        .put("x-role", operation.role().name());
    node.putArray("tags").add("RecordsService");
    ArrayNode parameters = node.putArray("parameters");
    parameter(parameters, "collection", "path", field(request, "collection")).put("required", true);
    ObjectNode mode = parameters.addObject().put("name", "mode").put("in", "query");
    mode.putObject("schema").put("type", "string").putArray("enum").add("upsert").add("insert");
    lines(node.putObject("requestBody"))
        .put("$ref", message(field(request, "records").getMessageType()));
    ObjectNode responses = node.putObject("responses");
    ObjectNode told =
        lines(
            responses
                .putObject("200")
                .put(
                    "description",
                    "How far it is after each unit; the last line has done or error."));
    ObjectNode properties = told.put("type", "object").putObject("properties");
    properties.putObject("records").put("type", "integer").put("format", "int64");
    properties.putObject("sequence").put("type", "string").put("format", "int64");
    properties.putObject("line").put("type", "integer").put("format", "int64");
    properties.putObject("done").put("type", "boolean");
    properties.putObject("error").put("$ref", SCHEMAS + ERROR);
    json(responses.putObject("default").put("description", "What is wrong with the first unit."))
        .put("$ref", SCHEMAS + ERROR);
  }

  private static ObjectNode lines(ObjectNode of) {
    return of.putObject("content").putObject(ImportService.LINES.toString()).putObject("schema");
  }

  private static ObjectNode json(ObjectNode of) {
    return of.putObject("content").putObject("application/json").putObject("schema");
  }

  private ObjectNode parameter(
      ArrayNode parameters, String name, String where, FieldDescriptor field) {
    ObjectNode parameter = parameters.addObject().put("name", name).put("in", where);
    property(parameter.putObject("schema"), field);
    return parameter;
  }

  private static FieldDescriptor field(Descriptor request, String name) {
    return Objects.requireNonNull(request.findFieldByName(name), "the contract's own field");
  }

  /** Where the schema of a message stands, which is described if it was not. */
  private String message(Descriptor message) {
    String name = message.getFullName().replaceFirst("^proximadb\\.v1\\.", "");
    if (described.add(name)) {
      ObjectNode schema = schemas.putObject(name).put("type", "object");
      schema.put("additionalProperties", false);
      ObjectNode properties = schema.putObject("properties");
      message
          .getFields()
          .forEach(field -> property(properties.putObject(field.getJsonName()), field));
    }
    return SCHEMAS + name;
  }

  private void property(ObjectNode schema, FieldDescriptor field) {
    if (field.isMapField()) {
      schema.put("type", "object");
      single(schema.putObject("additionalProperties"), field.getMessageType().findFieldByNumber(2));
    } else if (field.isRepeated()) {
      schema.put("type", "array");
      single(schema.putObject("items"), field);
    } else {
      single(schema, field);
    }
  }

  private void single(ObjectNode schema, FieldDescriptor field) {
    switch (field.getJavaType()) {
      case INT -> schema.put("type", "integer").put("format", "int32");
      case LONG -> {
        if (JsonWriter.isText(field)) {
          schema.put("type", "string").put("format", "int64").put("pattern", "^-?[0-9]+$");
        } else {
          schema.put("type", "integer").put("format", "int64");
        }
      }
      case FLOAT -> schema.put("type", "number").put("format", "float");
      case DOUBLE -> schema.put("type", "number").put("format", "double");
      case BOOLEAN -> schema.put("type", "boolean");
      case STRING -> schema.put("type", "string");
      case ENUM -> {
        ArrayNode values = schema.put("type", "string").putArray("enum");
        field.getEnumType().getValues().stream()
            .map(EnumValueDescriptor::getName)
            .forEach(values::add);
      }
      case MESSAGE -> {
        switch (field.getMessageType().getFullName()) {
          case "google.protobuf.Timestamp" ->
              schema.put("type", "string").put("format", "date-time");
          case "google.protobuf.Struct" -> schema.put("type", "object");
          case "google.protobuf.ListValue" -> schema.put("type", "array");
          case "google.protobuf.Value" -> schema.put("description", "any JSON");
          default -> schema.put("$ref", message(field.getMessageType()));
        }
      }
      case BYTE_STRING ->
          throw new IllegalArgumentException("the contract has no bytes: " + field.getFullName());
    }
  }
}
