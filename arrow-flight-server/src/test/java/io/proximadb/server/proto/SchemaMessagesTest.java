package io.proximadb.server.proto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorField;
import io.proximadb.proto.v1.CollectionSchema;
import io.proximadb.proto.v1.FieldType;
import io.proximadb.proto.v1.ListType;
import io.proximadb.proto.v1.MetadataField;
import io.proximadb.proto.v1.ScalarType;
import io.proximadb.proto.v1.StructType;
import io.proximadb.server.Samples;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class SchemaMessagesTest {
  private static final io.proximadb.proto.v1.VectorField VECTOR =
      io.proximadb.proto.v1.VectorField.newBuilder()
          .setDimension(4)
          .setMetric(io.proximadb.proto.v1.Metric.METRIC_COSINE)
          .build();

  @Test
  void everyTypeSurvives() {
    assertThat(SchemaMessages.fromMessage(SchemaMessages.toMessage(Samples.EVERYTHING)))
        .isEqualTo(Samples.EVERYTHING);
  }

  @ParameterizedTest
  @EnumSource(Metric.class)
  void everyMetricSurvives(Metric metric) {
    var schema = io.proximadb.model.CollectionSchema.builder().vector(2, metric).build();
    assertThat(SchemaMessages.fromMessage(SchemaMessages.toMessage(schema))).isEqualTo(schema);
  }

  @Test
  void vectorsWithoutNameHaveTheDefaultOne() {
    assertThat(
            SchemaMessages.fromMessage(
                    CollectionSchema.newBuilder().addVectorFields(VECTOR).build())
                .defaultVectorField()
                .name())
        .isEqualTo(VectorField.DEFAULT_NAME);
  }

  static Stream<Arguments> refused() {
    CollectionSchema valid = CollectionSchema.newBuilder().addVectorFields(VECTOR).build();
    FieldType deep = scalar(ScalarType.SCALAR_TYPE_INT);
    for (int i = 0; i < SchemaMessages.MAX_TYPE_DEPTH; i++) {
      deep = FieldType.newBuilder().setList(ListType.newBuilder().setElement(deep)).build();
    }
    return Stream.of(
        Arguments.of(CollectionSchema.getDefaultInstance(), "number of vector fields: 0"),
        Arguments.of(
            CollectionSchema.newBuilder().addVectorFields(VECTOR.toBuilder().clearMetric()).build(),
            "Invalid metric of vector field 'vector': METRIC_UNSPECIFIED (expected one of [COSINE"),
        Arguments.of(
            CollectionSchema.newBuilder()
                .addVectorFields(VECTOR.toBuilder().setMetricValue(99))
                .build(),
            "Invalid metric of vector field 'vector': UNRECOGNIZED"),
        Arguments.of(
            CollectionSchema.newBuilder()
                .addVectorFields(VECTOR.toBuilder().setDimension(-1))
                .build(),
            "Invalid dimension of vector field 'vector': -1"),
        Arguments.of(
            with(valid, "f", FieldType.getDefaultInstance()), "type of field 'f': not set"),
        Arguments.of(
            with(valid, "f", scalar(ScalarType.SCALAR_TYPE_UNSPECIFIED)),
            "Invalid type of field 'f': SCALAR_TYPE_UNSPECIFIED"),
        Arguments.of(
            with(
                valid,
                "f",
                FieldType.newBuilder().setStruct(StructType.getDefaultInstance()).build()),
            "Invalid struct type: no fields"),
        Arguments.of(with(valid, "f", deep), "nested more than 32 deep"),
        Arguments.of(
            with(valid, "1st", scalar(ScalarType.SCALAR_TYPE_INT)), "Invalid field name: '1st'"),
        Arguments.of(
            with(valid, "id", scalar(ScalarType.SCALAR_TYPE_INT)), "Invalid field name: 'id'"));
  }

  private static FieldType scalar(ScalarType type) {
    return FieldType.newBuilder().setScalar(type).build();
  }

  private static CollectionSchema with(CollectionSchema schema, String name, FieldType type) {
    return schema.toBuilder()
        .addMetadataFields(MetadataField.newBuilder().setName(name).setType(type))
        .build();
  }

  @ParameterizedTest
  @MethodSource("refused")
  void whatBreaksARuleIsRefused(CollectionSchema message, String reason) {
    assertThatThrownBy(() -> SchemaMessages.fromMessage(message))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining(reason);
  }
}
