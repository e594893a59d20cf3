package io.proximadb.storage.viper;

import io.proximadb.error.InvalidArgumentException;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.types.Types.ListType;
import org.apache.iceberg.types.Types.NestedField;
import org.apache.iceberg.types.Types.TimestampType;
import org.apache.parquet.format.ConvertedType;
import org.apache.parquet.format.DateType;
import org.apache.parquet.format.FieldRepetitionType;
import org.apache.parquet.format.LogicalType;
import org.apache.parquet.format.MicroSeconds;
import org.apache.parquet.format.SchemaElement;
import org.apache.parquet.format.StringType;
import org.apache.parquet.format.TimeUnit;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Type.Repetition;
import org.apache.parquet.schema.Types;
import org.jspecify.annotations.Nullable;

/** Iceberg columns as Parquet columns, and those as the elements of a footer. */
final class ParquetSchemas {
  /** As Iceberg's own writers call it. */
  private static final String ROOT = "table";

  private static final String LIST = "list";
  private static final String ELEMENT = "element";

  private ParquetSchemas() {}

  /** The Parquet schema of these columns, in this order, with Iceberg's field ids. */
  static MessageType messageType(List<NestedField> columns) {
    return new MessageType(
        ROOT, columns.stream().map(column -> type(column, column.name())).toList());
  }

  private static Type type(NestedField field, String name) {
    Repetition repetition = field.isOptional() ? Repetition.OPTIONAL : Repetition.REQUIRED;
    return switch (field.type().typeId()) {
      case BOOLEAN -> primitive(field, name, PrimitiveTypeName.BOOLEAN, null);
      case INTEGER -> primitive(field, name, PrimitiveTypeName.INT32, null);
      case LONG -> primitive(field, name, PrimitiveTypeName.INT64, null);
      case FLOAT -> primitive(field, name, PrimitiveTypeName.FLOAT, null);
      case DOUBLE -> primitive(field, name, PrimitiveTypeName.DOUBLE, null);
      case BINARY -> primitive(field, name, PrimitiveTypeName.BINARY, null);
      case STRING ->
          primitive(field, name, PrimitiveTypeName.BINARY, LogicalTypeAnnotation.stringType());
      case DATE ->
          primitive(field, name, PrimitiveTypeName.INT32, LogicalTypeAnnotation.dateType());
      case TIMESTAMP ->
          primitive(
              field,
              name,
              PrimitiveTypeName.INT64,
              LogicalTypeAnnotation.timestampType(
                  ((TimestampType) field.type()).shouldAdjustToUTC(),
                  LogicalTypeAnnotation.TimeUnit.MICROS));
      case LIST -> {
        ListType list = field.type().asListType();
        NestedField element = list.fields().get(0);
        yield Types.buildGroup(repetition)
            .addField(Types.repeatedGroup().addField(type(element, ELEMENT)).named(LIST))
            .as(LogicalTypeAnnotation.listType())
            .id(field.fieldId())
            .named(name);
      }
      case STRUCT ->
          new GroupType(
                  repetition,
                  name,
                  field.type().asStructType().fields().stream()
                      .map(child -> type(child, child.name()))
                      .toList())
              .withId(field.fieldId());
      default ->
          throw new InvalidArgumentException(
              "Invalid type of column '" + name + "': " + field.type() + " (not a ProximaDB type)");
    };
  }

  private static PrimitiveType primitive(
      NestedField field,
      String name,
      PrimitiveTypeName type,
      @Nullable LogicalTypeAnnotation annotation) {
    return Types.primitive(type, field.isOptional() ? Repetition.OPTIONAL : Repetition.REQUIRED)
        .as(annotation)
        .id(field.fieldId())
        .named(name);
  }

  /** The schema as a footer states it: depth first, parents before children. */
  static List<SchemaElement> elements(MessageType schema) {
    List<SchemaElement> elements = new ArrayList<>();
    elements.add(new SchemaElement(schema.getName()).setNum_children(schema.getFieldCount()));
    schema.getFields().forEach(field -> add(field, elements));
    return elements;
  }

  private static void add(Type type, List<SchemaElement> elements) {
    SchemaElement element = new SchemaElement(type.getName());
    element.setRepetition_type(FieldRepetitionType.valueOf(type.getRepetition().name()));
    if (type.getId() != null) {
      element.setField_id(type.getId().intValue());
    }
    annotate(element, type.getLogicalTypeAnnotation());
    elements.add(element);
    if (type.isPrimitive()) {
      element.setType(physicalType(type.asPrimitiveType()));
      return;
    }
    GroupType group = type.asGroupType();
    element.setNum_children(group.getFieldCount());
    group.getFields().forEach(child -> add(child, elements));
  }

  /** The physical type as the footer names it. */
  static org.apache.parquet.format.Type physicalType(PrimitiveType type) {
    return switch (type.getPrimitiveTypeName()) {
      case BINARY -> org.apache.parquet.format.Type.BYTE_ARRAY;
      case BOOLEAN -> org.apache.parquet.format.Type.BOOLEAN;
      case INT32 -> org.apache.parquet.format.Type.INT32;
      case INT64 -> org.apache.parquet.format.Type.INT64;
      case FLOAT -> org.apache.parquet.format.Type.FLOAT;
      case DOUBLE -> org.apache.parquet.format.Type.DOUBLE;
      case INT96, FIXED_LEN_BYTE_ARRAY -> throw new AssertionError(type);
    };
  }

  private static void annotate(SchemaElement element, @Nullable LogicalTypeAnnotation annotation) {
    if (annotation == null) {
      return;
    }
    if (annotation instanceof TimestampLogicalTypeAnnotation timestamp) {
      element.setLogicalType(
          LogicalType.TIMESTAMP(
              new org.apache.parquet.format.TimestampType(
                  timestamp.isAdjustedToUTC(), TimeUnit.MICROS(new MicroSeconds()))));
      if (timestamp.isAdjustedToUTC()) {
        element.setConverted_type(ConvertedType.TIMESTAMP_MICROS);
      }
    } else if (annotation.equals(LogicalTypeAnnotation.stringType())) {
      element.setConverted_type(ConvertedType.UTF8);
      element.setLogicalType(LogicalType.STRING(new StringType()));
    } else if (annotation.equals(LogicalTypeAnnotation.dateType())) {
      element.setConverted_type(ConvertedType.DATE);
      element.setLogicalType(LogicalType.DATE(new DateType()));
    } else if (annotation.equals(LogicalTypeAnnotation.listType())) {
      element.setConverted_type(ConvertedType.LIST);
      element.setLogicalType(LogicalType.LIST(new org.apache.parquet.format.ListType()));
    } else {
      throw new AssertionError(annotation);
    }
  }
}
