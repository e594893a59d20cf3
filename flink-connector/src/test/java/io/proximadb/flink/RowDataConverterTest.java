package io.proximadb.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.MetadataField;
import io.proximadb.model.Metric;
import io.proximadb.model.RecordValidator;
import io.proximadb.model.Row;
import io.proximadb.model.SparseVector;
import io.proximadb.model.VectorRecord;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowDataConverterTest {
  private static final CollectionSchema SCHEMA =
      CollectionSchema.builder()
          .vector(2, Metric.EUCLIDEAN)
          .metadata("flag", FieldType.Scalar.BOOLEAN)
          .metadata("small", FieldType.Scalar.INT)
          .metadata("big", FieldType.Scalar.LONG)
          .metadata("real", FieldType.Scalar.DOUBLE)
          .metadata("text", FieldType.Scalar.STRING)
          .metadata("bytes", FieldType.Scalar.BINARY)
          .metadata("day", FieldType.Scalar.DATE)
          .metadata("at", FieldType.Scalar.TIMESTAMP)
          .metadata("tags", new FieldType.ListOf(FieldType.Scalar.STRING))
          .metadata(
              "place",
              new FieldType.StructOf(
                  List.of(
                      new MetadataField("city", FieldType.Scalar.STRING),
                      new MetadataField("zip", FieldType.Scalar.LONG))))
          .build();

  private static RowType rowType(DataTypes.Field... fields) {
    return (RowType) DataTypes.ROW(fields).getLogicalType();
  }

  private static RowType withColumn(String name, DataType type) {
    return rowType(
        DataTypes.FIELD("id", DataTypes.STRING()),
        DataTypes.FIELD("vector", DataTypes.ARRAY(DataTypes.FLOAT())),
        DataTypes.FIELD(name, type));
  }

  private static final RowType ALL =
      rowType(
          DataTypes.FIELD(
              "place",
              DataTypes.ROW(
                  DataTypes.FIELD("zip", DataTypes.INT()),
                  DataTypes.FIELD("city", DataTypes.STRING()))),
          DataTypes.FIELD("tags", DataTypes.ARRAY(DataTypes.STRING())),
          DataTypes.FIELD("at", DataTypes.TIMESTAMP_LTZ(6)),
          DataTypes.FIELD("day", DataTypes.DATE()),
          DataTypes.FIELD("bytes", DataTypes.BYTES()),
          DataTypes.FIELD("text", DataTypes.STRING()),
          DataTypes.FIELD("real", DataTypes.FLOAT()),
          DataTypes.FIELD("big", DataTypes.SMALLINT()),
          DataTypes.FIELD("small", DataTypes.TINYINT()),
          DataTypes.FIELD("flag", DataTypes.BOOLEAN()),
          DataTypes.FIELD("expires_at", DataTypes.TIMESTAMP_LTZ(3)),
          DataTypes.FIELD("vector", DataTypes.ARRAY(DataTypes.FLOAT())),
          DataTypes.FIELD("id", DataTypes.STRING()));

  @Test
  void aSparseVectorArrivesAsARowOfIndicesAndValues() {
    CollectionSchema schema = CollectionSchema.builder().sparse("terms", 100, Metric.DOT).build();
    DataType sparse =
        DataTypes.ROW(
            DataTypes.FIELD("indices", DataTypes.ARRAY(DataTypes.INT())),
            DataTypes.FIELD("values", DataTypes.ARRAY(DataTypes.FLOAT())));
    RowType type =
        rowType(DataTypes.FIELD("id", DataTypes.STRING()), DataTypes.FIELD("terms", sparse));
    GenericRowData row =
        GenericRowData.of(
            StringData.fromString("a"),
            GenericRowData.of(
                new GenericArrayData(new int[] {3, 70}),
                new GenericArrayData(new float[] {0.5f, 2})));
    VectorRecord record = RowDataConverter.of(type, schema).toRecord(row);
    Row stored = new RecordValidator(schema).toRow(record, 1, 1);
    assertThat(SparseVector.ofStruct(stored.metadata()[0]))
        .isEqualTo(SparseVector.of(new int[] {3, 70}, new float[] {0.5f, 2}));
    assertThatThrownBy(
            () -> RowDataConverter.of(rowType(DataTypes.FIELD("id", DataTypes.STRING())), schema))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("no column for vector field 'terms'");
  }

  @Test
  void everyTypeArrivesByName() {
    GenericRowData row =
        GenericRowData.of(
            GenericRowData.of(8_000, StringData.fromString("Z\u00fcrich")),
            new GenericArrayData(new Object[] {StringData.fromString("a"), null}),
            TimestampData.fromInstant(Instant.parse("2026-01-02T03:04:05.678901Z")),
            20_000,
            new byte[] {1, 2},
            StringData.fromString("t"),
            1.5f,
            (short) 7,
            (byte) 3,
            true,
            TimestampData.fromInstant(Instant.parse("2030-01-01T00:00:00.001Z")),
            new GenericArrayData(new float[] {1, 2}),
            StringData.fromString("x"));
    VectorRecord record = RowDataConverter.of(ALL, SCHEMA).toRecord(row);
    Row checked = new RecordValidator(SCHEMA).toRow(record, 1, 1);
    assertThat(record.vectors().get("vector")).containsExactly(1, 2);
    assertThat(record.expiresAt()).isEqualTo(Instant.parse("2030-01-01T00:00:00.001Z"));
    assertThat(checked.metadata())
        .containsExactly(
            true,
            3,
            7L,
            1.5,
            "t",
            new byte[] {1, 2},
            LocalDate.ofEpochDay(20_000),
            Instant.parse("2026-01-02T03:04:05.678901Z"),
            Arrays.asList("a", null),
            Map.of("city", "Z\u00fcrich", "zip", 8_000L));
  }

  @Test
  void nullsStayNulls() {
    GenericRowData row = new GenericRowData(ALL.getFieldCount());
    row.setField(11, new GenericArrayData(new float[] {1, 2}));
    row.setField(12, StringData.fromString("x"));
    VectorRecord record = RowDataConverter.of(ALL, SCHEMA).toRecord(row);
    assertThat(new RecordValidator(SCHEMA).toRow(record, 1, 1).metadata()).containsOnlyNulls();
    assertThat(record.expiresAt()).isNull();
  }

  @Test
  void recordSharesNothingWithARowThatIsUsedAgain() {
    byte[] bytes = {1};
    float[] vector = {1, 2};
    GenericRowData row =
        GenericRowData.of(StringData.fromString("x"), new GenericArrayData(vector), bytes);
    RowDataConverter converter =
        RowDataConverter.of(withColumn("bytes", DataTypes.BYTES()), SCHEMA);
    VectorRecord record = converter.toRecord(row);
    bytes[0] = 9;
    assertThat((byte[]) record.metadata().get("bytes")).containsExactly(1);
  }

  @Test
  void doubleVectorsNeedACast() {
    RowType type =
        rowType(
            DataTypes.FIELD("id", DataTypes.STRING()),
            DataTypes.FIELD("vector", DataTypes.ARRAY(DataTypes.DOUBLE())));
    assertThatThrownBy(() -> RowDataConverter.of(type, SCHEMA))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessage(
            "Invalid type of column 'vector': ARRAY<DOUBLE> (expected ARRAY<FLOAT>; CAST(vector AS"
                + " ARRAY<FLOAT>) narrows numbers)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "small | BIGINT",
        "big | DOUBLE",
        "real | DECIMAL(10, 2)",
        "text | INT",
        "at | TIMESTAMP(6)",
        "day | STRING",
        "tags | STRING",
        "tags | ARRAY<INT>",
        "place | ROW<city STRING, country STRING>",
        "expires_at | TIMESTAMP(3)",
        "nowhere | STRING"
      })
  void typesThatDoNotFitAreRefused(String column, String type) {
    assertThatThrownBy(() -> RowDataConverter.of(withColumn(column, dataType(type)), SCHEMA))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("'" + column)
        .hasMessageContaining("expected");
  }

  private static DataType dataType(String type) {
    return switch (type) {
      case "BIGINT" -> DataTypes.BIGINT();
      case "DOUBLE" -> DataTypes.DOUBLE();
      case "DECIMAL(10, 2)" -> DataTypes.DECIMAL(10, 2);
      case "INT" -> DataTypes.INT();
      case "TIMESTAMP(6)" -> DataTypes.TIMESTAMP(6);
      case "TIMESTAMP(3)" -> DataTypes.TIMESTAMP(3);
      case "ARRAY<INT>" -> DataTypes.ARRAY(DataTypes.INT());
      case "STRING" -> DataTypes.STRING();
      default ->
          DataTypes.ROW(
              DataTypes.FIELD("city", DataTypes.STRING()),
              DataTypes.FIELD("country", DataTypes.STRING()));
    };
  }

  @Test
  void idAndVectorsMustBeThere() {
    assertThatThrownBy(
            () ->
                RowDataConverter.of(
                    rowType(DataTypes.FIELD("vector", DataTypes.ARRAY(DataTypes.FLOAT()))), SCHEMA))
        .hasMessage("Invalid row type: no column 'id' (columns [vector])");
    assertThatThrownBy(
            () -> RowDataConverter.of(rowType(DataTypes.FIELD("id", DataTypes.STRING())), SCHEMA))
        .hasMessage("Invalid row type: no column for vector field 'vector' (columns [id])");
    assertThatThrownBy(
            () ->
                RowDataConverter.of(
                    rowType(
                        DataTypes.FIELD("id", DataTypes.BIGINT()),
                        DataTypes.FIELD("vector", DataTypes.ARRAY(DataTypes.FLOAT()))),
                    SCHEMA))
        .hasMessage("Invalid type of column 'id': BIGINT (expected STRING)");
  }
}
