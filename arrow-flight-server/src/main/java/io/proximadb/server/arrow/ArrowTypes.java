package io.proximadb.server.arrow;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.FieldType;
import io.proximadb.model.FieldType.ListOf;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.FieldType.StructOf;
import io.proximadb.model.MetadataField;
import io.proximadb.model.VectorField;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Which Arrow type stands for which type of ours.
 *
 * <p>Out of a collection there is one Arrow type for each type. Into a collection its relatives are
 * welcome too, as long as no value changes its meaning:
 *
 * <table>
 * <caption>Types</caption>
 * <tr><th>type<th>out<th>in, besides
 * <tr><td>BOOLEAN<td>Bool<td>
 * <tr><td>INT, LONG<td>Int32, Int64<td>Int8, Int16, UInt8, UInt16, UInt32; a value that does not fit
 *     is an error
 * <tr><td>FLOAT, DOUBLE<td>Float32, Float64<td>all integers
 * <tr><td>STRING<td>Utf8<td>LargeUtf8
 * <tr><td>BINARY<td>Binary<td>LargeBinary, FixedSizeBinary
 * <tr><td>DATE<td>Date32<td>Date64
 * <tr><td>TIMESTAMP<td>Timestamp(us, UTC)<td>any unit and zone, but not without a zone; nanoseconds
 *     are rounded down to microseconds
 * <tr><td>LIST<td>List<td>LargeList, FixedSizeList
 * <tr><td>STRUCT<td>Struct<td>
 * <tr><td>vector<td>FixedSizeList&lt;Float32&gt;<td>List&lt;Float32&gt;
 * </table>
 *
 * A column of Arrow's Null type fits every type: all its values are null.
 */
public final class ArrowTypes {
  /** Name of the child of every list; Arrow's own default differs between implementations. */
  static final String ELEMENT = "element";

  private static final String UTC = "UTC";

  private ArrowTypes() {}

  /** The field that a metadata column is sent as; nullable, as its parts are. */
  public static Field field(String name, FieldType type) {
    return field(name, type, true);
  }

  /** The field that a column which is never null is sent as. */
  static Field required(String name, Scalar type) {
    return field(name, type, false);
  }

  private static Field field(String name, FieldType type, boolean nullable) {
    return new Field(
        name,
        new org.apache.arrow.vector.types.pojo.FieldType(nullable, arrowType(type), null),
        children(type));
  }

  /** The field that a vector column is sent as; nullable if records may be without it. */
  public static Field field(VectorField vector) {
    return new Field(
        vector.name(),
        new org.apache.arrow.vector.types.pojo.FieldType(
            vector.optional(), new ArrowType.FixedSizeList(vector.dimension()), null),
        List.of(required(ELEMENT, Scalar.FLOAT)));
  }

  private static List<Field> children(FieldType type) {
    if (type instanceof ListOf list) {
      return List.of(field(ELEMENT, list.element()));
    }
    if (type instanceof StructOf struct) {
      return struct.fields().stream().map(field -> field(field.name(), field.type())).toList();
    }
    return List.of();
  }

  private static ArrowType arrowType(FieldType type) {
    if (type instanceof Scalar scalar) {
      return switch (scalar) {
        case BOOLEAN -> ArrowType.Bool.INSTANCE;
        case INT -> new ArrowType.Int(32, true);
        case LONG -> new ArrowType.Int(64, true);
        case FLOAT -> new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE);
        case DOUBLE -> new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
        case STRING -> ArrowType.Utf8.INSTANCE;
        case BINARY -> ArrowType.Binary.INSTANCE;
        case DATE -> new ArrowType.Date(DateUnit.DAY);
        case TIMESTAMP -> new ArrowType.Timestamp(TimeUnit.MICROSECOND, UTC);
      };
    }
    return type instanceof ListOf ? ArrowType.List.INSTANCE : ArrowType.Struct.INSTANCE;
  }

  /**
   * The type whose values an Arrow field's values become.
   *
   * @throws InvalidArgumentException if there is none
   */
  public static FieldType fieldType(Field field) {
    return convert(field)
        .orElseThrow(
            () ->
                new InvalidArgumentException(
                    "Unsupported Arrow type of column '"
                        + field.getName()
                        + "': "
                        + describe(field)));
  }

  private static Optional<FieldType> convert(Field field) {
    if (field.getDictionary() != null) {
      return Optional.empty();
    }
    ArrowType type = field.getType();
    return switch (type.getTypeID()) {
      case Bool -> Optional.of(Scalar.BOOLEAN);
      case Int -> integer((ArrowType.Int) type);
      case FloatingPoint -> floating((ArrowType.FloatingPoint) type);
      case Utf8, LargeUtf8 -> Optional.of(Scalar.STRING);
      case Binary, LargeBinary, FixedSizeBinary -> Optional.of(Scalar.BINARY);
      case Date -> Optional.of(Scalar.DATE);
      case Timestamp ->
          Optional.of(type)
              .filter(timestamp -> ((ArrowType.Timestamp) timestamp).getTimezone() != null)
              .map(timestamp -> Scalar.TIMESTAMP);
      case List, LargeList, FixedSizeList ->
          convert(field.getChildren().get(0)).map(element -> new ListOf(element));
      case Struct -> struct(field);
      default -> Optional.empty();
    };
  }

  private static Optional<FieldType> integer(ArrowType.Int type) {
    if (type.getBitWidth() < 32 || (type.getBitWidth() == 32 && type.getIsSigned())) {
      return Optional.of(Scalar.INT);
    }
    return type.getBitWidth() == 32 || type.getIsSigned()
        ? Optional.of(Scalar.LONG)
        : Optional.empty();
  }

  private static Optional<FieldType> floating(ArrowType.FloatingPoint type) {
    return switch (type.getPrecision()) {
      case SINGLE -> Optional.of(Scalar.FLOAT);
      case DOUBLE -> Optional.of(Scalar.DOUBLE);
      case HALF -> Optional.empty();
    };
  }

  private static Optional<FieldType> struct(Field field) {
    List<Optional<MetadataField>> fields =
        field.getChildren().stream()
            .map(child -> convert(child).map(type -> new MetadataField(child.getName(), type)))
            .toList();
    return fields.stream().allMatch(Optional::isPresent)
        ? Optional.of(new StructOf(fields.stream().map(Optional::orElseThrow).toList()))
        : Optional.empty();
  }

  /** True if values of an Arrow field may become values of a type; single ones may still fail. */
  static boolean fits(Field source, FieldType target) {
    if (source.getDictionary() != null) {
      return false;
    }
    if (source.getType() instanceof ArrowType.Null) {
      return true;
    }
    if (target instanceof ListOf list) {
      return isList(source.getType()) && fits(source.getChildren().get(0), list.element());
    }
    if (target instanceof StructOf struct) {
      return source.getType() instanceof ArrowType.Struct
          && source.getChildren().stream()
              .allMatch(
                  child ->
                      struct.fields().stream()
                          .anyMatch(
                              field ->
                                  field.name().equals(child.getName())
                                      && fits(child, field.type())));
    }
    return convert(source)
        .filter(type -> type == target || (isNumber(type) && isWidening(type, target)))
        .isPresent();
  }

  private static boolean isWidening(FieldType source, FieldType target) {
    boolean integral = source == Scalar.INT || source == Scalar.LONG;
    return integral ? isNumber(target) : target == Scalar.FLOAT || target == Scalar.DOUBLE;
  }

  private static boolean isNumber(FieldType type) {
    return type == Scalar.INT
        || type == Scalar.LONG
        || type == Scalar.FLOAT
        || type == Scalar.DOUBLE;
  }

  static boolean isList(ArrowType type) {
    return type instanceof ArrowType.List
        || type instanceof ArrowType.LargeList
        || type instanceof ArrowType.FixedSizeList;
  }

  static boolean isFloat32(Field field) {
    return field.getDictionary() == null
        && field.getType() instanceof ArrowType.FloatingPoint floating
        && floating.getPrecision() == FloatingPointPrecision.SINGLE;
  }

  /** An Arrow type as messages name it. */
  static String describe(Field field) {
    String children =
        field.getChildren().isEmpty()
            ? ""
            : "<"
                + String.join(", ", field.getChildren().stream().map(ArrowTypes::describe).toList())
                + ">";
    return (field.getDictionary() == null ? "" : "dictionary-encoded ")
        + field.getType()
        + children;
  }
}
