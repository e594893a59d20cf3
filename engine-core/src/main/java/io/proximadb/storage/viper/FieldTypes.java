package io.proximadb.storage.viper;

import io.proximadb.model.FieldType;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.MetadataField;
import org.apache.iceberg.types.Type;

/** Iceberg types as the types of metadata values. */
final class FieldTypes {
  private FieldTypes() {}

  static FieldType of(Type type) {
    if (type.isListType()) {
      return new FieldType.ListOf(of(type.asListType().elementType()));
    }
    if (type.isStructType()) {
      return new FieldType.StructOf(
          type.asStructType().fields().stream()
              .map(field -> new MetadataField(field.name(), of(field.type())))
              .toList());
    }
    return scalar(type);
  }

  static Scalar scalar(Type type) {
    return switch (type.typeId()) {
      case BOOLEAN -> Scalar.BOOLEAN;
      case INTEGER -> Scalar.INT;
      case LONG -> Scalar.LONG;
      case FLOAT -> Scalar.FLOAT;
      case DOUBLE -> Scalar.DOUBLE;
      case STRING -> Scalar.STRING;
      case BINARY -> Scalar.BINARY;
      case DATE -> Scalar.DATE;
      case TIMESTAMP -> Scalar.TIMESTAMP;
      default -> throw new IllegalArgumentException("Invalid type: " + type);
    };
  }
}
