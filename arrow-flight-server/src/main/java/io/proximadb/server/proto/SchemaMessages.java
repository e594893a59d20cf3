package io.proximadb.server.proto;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.EmbeddingModel;
import io.proximadb.model.FieldType;
import io.proximadb.model.FieldType.ListOf;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.FieldType.StructOf;
import io.proximadb.model.MetadataField;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorField;
import io.proximadb.model.VectorKind;
import io.proximadb.proto.v1.ListType;
import io.proximadb.proto.v1.ScalarType;
import io.proximadb.proto.v1.StructType;
import java.util.List;

/** Schemas to and from their messages. */
public final class SchemaMessages {
  /** Deepest nesting of a type: a message could be built to run a reader out of stack. */
  static final int MAX_TYPE_DEPTH = 32;

  private SchemaMessages() {}

  /**
   * Reads a schema.
   *
   * @throws InvalidArgumentException if a field is not set, unknown to this version, or breaks a
   *     rule of the model
   */
  public static CollectionSchema fromMessage(io.proximadb.proto.v1.CollectionSchema message) {
    CollectionSchema.Builder schema = CollectionSchema.builder();
    for (io.proximadb.proto.v1.MetadataField field : message.getMetadataFieldsList()) {
      MetadataField metadata = metadataField(field, 1);
      schema.metadata(metadata.name(), metadata.type());
    }
    message.getVectorFieldsList().forEach(field -> schema.vector(vectorField(field)));
    return schema.build();
  }

  /** Reads a vector field. */
  public static VectorField fromMessage(io.proximadb.proto.v1.VectorField message) {
    return vectorField(message);
  }

  /** Reads a metadata field. */
  public static MetadataField fromMessage(io.proximadb.proto.v1.MetadataField message) {
    return metadataField(message, 1);
  }

  /** Reads the type of a column. */
  public static Scalar fromMessage(ScalarType message, String field) {
    return scalar(message, field);
  }

  private static VectorField vectorField(io.proximadb.proto.v1.VectorField message) {
    String name = message.getName().isEmpty() ? VectorField.DEFAULT_NAME : message.getName();
    EmbeddingModel model =
        message.hasEmbeddingModel()
            ? new EmbeddingModel(
                message.getEmbeddingModel().getName(), message.getEmbeddingModel().getVersion())
            : null;
    return new VectorField(
        name,
        message.getDimension(),
        metric(message.getMetric(), name),
        model,
        message.getOptionalVector(),
        kind(message.getKind(), name));
  }

  private static VectorKind kind(io.proximadb.proto.v1.VectorKind message, String field) {
    return switch (message) {
      case VECTOR_KIND_UNSPECIFIED, VECTOR_KIND_DENSE -> VectorKind.DENSE;
      case VECTOR_KIND_SPARSE -> VectorKind.SPARSE;
      case UNRECOGNIZED ->
          throw new InvalidArgumentException(
              "Invalid kind of vector field '"
                  + field
                  + "' (expected one of "
                  + List.of(VectorKind.values())
                  + ")");
    };
  }

  private static Metric metric(io.proximadb.proto.v1.Metric message, String field) {
    return switch (message) {
      case METRIC_COSINE -> Metric.COSINE;
      case METRIC_EUCLIDEAN -> Metric.EUCLIDEAN;
      case METRIC_MANHATTAN -> Metric.MANHATTAN;
      case METRIC_DOT -> Metric.DOT;
      case METRIC_UNSPECIFIED, UNRECOGNIZED ->
          throw new InvalidArgumentException(
              "Invalid metric of vector field '"
                  + field
                  + "': "
                  + message
                  + " (expected one of "
                  + List.of(Metric.values())
                  + ")");
    };
  }

  private static MetadataField metadataField(
      io.proximadb.proto.v1.MetadataField message, int depth) {
    return new MetadataField(
        message.getName(), fieldType(message.getType(), message.getName(), depth));
  }

  private static FieldType fieldType(
      io.proximadb.proto.v1.FieldType message, String field, int depth) {
    if (depth > MAX_TYPE_DEPTH) {
      throw new InvalidArgumentException(
          "Invalid type of field '"
              + field
              + "': nested more than "
              + MAX_TYPE_DEPTH
              + " deep (expected at most that)");
    }
    return switch (message.getTypeCase()) {
      case SCALAR -> scalar(message.getScalar(), field);
      case LIST -> new ListOf(fieldType(message.getList().getElement(), field, depth + 1));
      case STRUCT ->
          new StructOf(
              message.getStruct().getFieldsList().stream()
                  .map(part -> metadataField(part, depth + 1))
                  .toList());
      case TYPE_NOT_SET ->
          throw new InvalidArgumentException(
              "Invalid type of field '" + field + "': not set (expected scalar, list or struct)");
    };
  }

  private static Scalar scalar(ScalarType message, String field) {
    return switch (message) {
      case SCALAR_TYPE_BOOLEAN -> Scalar.BOOLEAN;
      case SCALAR_TYPE_INT -> Scalar.INT;
      case SCALAR_TYPE_LONG -> Scalar.LONG;
      case SCALAR_TYPE_FLOAT -> Scalar.FLOAT;
      case SCALAR_TYPE_DOUBLE -> Scalar.DOUBLE;
      case SCALAR_TYPE_STRING -> Scalar.STRING;
      case SCALAR_TYPE_BINARY -> Scalar.BINARY;
      case SCALAR_TYPE_DATE -> Scalar.DATE;
      case SCALAR_TYPE_TIMESTAMP -> Scalar.TIMESTAMP;
      case SCALAR_TYPE_UNSPECIFIED, UNRECOGNIZED ->
          throw new InvalidArgumentException(
              "Invalid type of field '"
                  + field
                  + "': "
                  + message
                  + " (expected one of "
                  + List.of(Scalar.values())
                  + ")");
    };
  }

  /** The message of a schema. */
  public static io.proximadb.proto.v1.CollectionSchema toMessage(CollectionSchema schema) {
    var message = io.proximadb.proto.v1.CollectionSchema.newBuilder();
    schema.allVectorFields().forEach(field -> message.addVectorFields(toMessage(field)));
    schema.plainFields().forEach(field -> message.addMetadataFields(toMessage(field)));
    return message.build();
  }

  private static io.proximadb.proto.v1.VectorField toMessage(VectorField field) {
    var message =
        io.proximadb.proto.v1.VectorField.newBuilder()
            .setName(field.name())
            .setDimension(field.dimension())
            .setMetric(toMessage(field.metric()))
            .setOptionalVector(field.optional())
            .setKind(
                field.isSparse()
                    ? io.proximadb.proto.v1.VectorKind.VECTOR_KIND_SPARSE
                    : io.proximadb.proto.v1.VectorKind.VECTOR_KIND_DENSE);
    field
        .model()
        .ifPresent(
            model ->
                message.setEmbeddingModel(
                    io.proximadb.proto.v1.EmbeddingModel.newBuilder()
                        .setName(model.name())
                        .setVersion(model.version())));
    return message.build();
  }

  private static io.proximadb.proto.v1.Metric toMessage(Metric metric) {
    return switch (metric) {
      case COSINE -> io.proximadb.proto.v1.Metric.METRIC_COSINE;
      case EUCLIDEAN -> io.proximadb.proto.v1.Metric.METRIC_EUCLIDEAN;
      case MANHATTAN -> io.proximadb.proto.v1.Metric.METRIC_MANHATTAN;
      case DOT -> io.proximadb.proto.v1.Metric.METRIC_DOT;
    };
  }

  private static io.proximadb.proto.v1.MetadataField toMessage(MetadataField field) {
    return io.proximadb.proto.v1.MetadataField.newBuilder()
        .setName(field.name())
        .setType(toMessage(field.type()))
        .build();
  }

  private static io.proximadb.proto.v1.FieldType toMessage(FieldType type) {
    var message = io.proximadb.proto.v1.FieldType.newBuilder();
    if (type instanceof ListOf list) {
      message.setList(ListType.newBuilder().setElement(toMessage(list.element())));
    } else if (type instanceof StructOf struct) {
      StructType.Builder parts = StructType.newBuilder();
      struct.fields().forEach(field -> parts.addFields(toMessage(field)));
      message.setStruct(parts);
    } else {
      message.setScalar(toMessage((Scalar) type));
    }
    return message.build();
  }

  private static ScalarType toMessage(Scalar type) {
    return switch (type) {
      case BOOLEAN -> ScalarType.SCALAR_TYPE_BOOLEAN;
      case INT -> ScalarType.SCALAR_TYPE_INT;
      case LONG -> ScalarType.SCALAR_TYPE_LONG;
      case FLOAT -> ScalarType.SCALAR_TYPE_FLOAT;
      case DOUBLE -> ScalarType.SCALAR_TYPE_DOUBLE;
      case STRING -> ScalarType.SCALAR_TYPE_STRING;
      case BINARY -> ScalarType.SCALAR_TYPE_BINARY;
      case DATE -> ScalarType.SCALAR_TYPE_DATE;
      case TIMESTAMP -> ScalarType.SCALAR_TYPE_TIMESTAMP;
    };
  }
}
