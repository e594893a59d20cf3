package io.proximadb.server.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.FieldType;
import io.proximadb.model.FieldType.ListOf;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.FieldType.StructOf;
import io.proximadb.model.MetadataField;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorField;
import io.proximadb.server.Samples;
import java.util.List;
import java.util.stream.Stream;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ArrowTypesTest {
  static Stream<FieldType> everyType() {
    return Stream.concat(
        Stream.of(Scalar.values()),
        Stream.of(
            new ListOf(Scalar.STRING),
            new ListOf(new ListOf(Scalar.TIMESTAMP)),
            new ListOf(Samples.ADDRESS),
            Samples.ADDRESS,
            new StructOf(List.of(new MetadataField("inner", Samples.ADDRESS)))));
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void everyTypeSurvivesTheWayOutAndIn(FieldType type) {
    Field field = ArrowTypes.field("f", type);

    assertThat(field.isNullable()).isTrue();
    assertThat(ArrowTypes.fieldType(field)).isEqualTo(type);
    assertThat(ArrowTypes.fits(field, type)).isTrue();
  }

  static Stream<Arguments> relatives() {
    return Stream.of(
        Arguments.of(new ArrowType.Int(8, true), Scalar.INT),
        Arguments.of(new ArrowType.Int(16, true), Scalar.INT),
        Arguments.of(new ArrowType.Int(8, false), Scalar.INT),
        Arguments.of(new ArrowType.Int(16, false), Scalar.INT),
        Arguments.of(new ArrowType.Int(32, false), Scalar.LONG),
        Arguments.of(ArrowType.LargeUtf8.INSTANCE, Scalar.STRING),
        Arguments.of(ArrowType.LargeBinary.INSTANCE, Scalar.BINARY),
        Arguments.of(new ArrowType.FixedSizeBinary(16), Scalar.BINARY),
        Arguments.of(new ArrowType.Date(DateUnit.MILLISECOND), Scalar.DATE),
        Arguments.of(new ArrowType.Timestamp(TimeUnit.SECOND, "UTC"), Scalar.TIMESTAMP),
        Arguments.of(new ArrowType.Timestamp(TimeUnit.NANOSECOND, "+02:00"), Scalar.TIMESTAMP));
  }

  @ParameterizedTest
  @MethodSource("relatives")
  void relativesComeInAsTheTypeThatHoldsTheirValues(ArrowType arrow, FieldType type) {
    assertThat(ArrowTypes.fieldType(Field.nullable("f", arrow))).isEqualTo(type);
  }

  static Stream<ArrowType> strangers() {
    return Stream.of(
        new ArrowType.Int(64, false),
        new ArrowType.FloatingPoint(FloatingPointPrecision.HALF),
        new ArrowType.Timestamp(TimeUnit.MICROSECOND, null),
        new ArrowType.Time(TimeUnit.MICROSECOND, 64),
        new ArrowType.Decimal(10, 2, 128),
        new ArrowType.Duration(TimeUnit.SECOND),
        ArrowType.Utf8View.INSTANCE);
  }

  @ParameterizedTest
  @MethodSource("strangers")
  void strangersAreRefusedByName(ArrowType arrow) {
    Field field = Field.nullable("odd_one", arrow);

    assertThatThrownBy(() -> ArrowTypes.fieldType(field))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("Unsupported Arrow type of column 'odd_one': " + arrow);
    for (Scalar type : Scalar.values()) {
      assertThat(ArrowTypes.fits(field, type)).as("%s as %s", arrow, type).isFalse();
    }
  }

  @Test
  void dictionaryEncodedColumnsAreRefused() {
    Field field =
        new Field(
            "f",
            new org.apache.arrow.vector.types.pojo.FieldType(
                true, new ArrowType.Utf8(), new DictionaryEncoding(1, false, null)),
            null);

    assertThat(ArrowTypes.fits(field, Scalar.STRING)).isFalse();
    assertThatThrownBy(() -> ArrowTypes.fieldType(field))
        .hasMessageContaining("dictionary-encoded");
  }

  @Test
  void numbersWidenAndNothingElseDoes() {
    for (Scalar source : Scalar.values()) {
      for (Scalar target : Scalar.values()) {
        boolean integral = source == Scalar.INT || source == Scalar.LONG;
        boolean floating = source == Scalar.FLOAT || source == Scalar.DOUBLE;
        boolean toFloating = target == Scalar.FLOAT || target == Scalar.DOUBLE;
        boolean toIntegral = target == Scalar.INT || target == Scalar.LONG;
        boolean expected =
            source == target
                || (integral && (toIntegral || toFloating))
                || (floating && toFloating);
        assertThat(ArrowTypes.fits(ArrowTypes.field("f", source), target))
            .as("%s as %s", source, target)
            .isEqualTo(expected);
      }
    }
  }

  @Test
  void structsFitByFieldNameAndListsByElement() {
    Field part = ArrowTypes.field("f", new StructOf(List.of(Samples.ADDRESS.fields().get(0))));
    Field other =
        ArrowTypes.field("f", new StructOf(List.of(new MetadataField("zip", Scalar.STRING))));

    assertThat(ArrowTypes.fits(part, Samples.ADDRESS)).isTrue();
    assertThat(ArrowTypes.fits(other, Samples.ADDRESS)).isFalse();
    assertThat(
            ArrowTypes.fits(ArrowTypes.field("f", new ListOf(Scalar.INT)), new ListOf(Scalar.LONG)))
        .isTrue();
    assertThat(
            ArrowTypes.fits(
                ArrowTypes.field("f", new ListOf(Scalar.STRING)), new ListOf(Scalar.LONG)))
        .isFalse();
  }

  @Test
  void nothingButNullsFitsEverything() {
    Field nulls = Field.nullable("f", ArrowType.Null.INSTANCE);

    assertThat(everyType()).allMatch(type -> ArrowTypes.fits(nulls, type));
  }

  @Test
  void vectorsAreListsOfFixedSizeWithoutNulls() {
    Field field = ArrowTypes.field(new VectorField("v", 3, Metric.DOT));

    assertThat(field.getType()).isEqualTo(new ArrowType.FixedSizeList(3));
    assertThat(field.isNullable()).isFalse();
    assertThat(field.getChildren().get(0).isNullable()).isFalse();
    assertThat(ArrowTypes.isFloat32(field.getChildren().get(0))).isTrue();
  }
}
