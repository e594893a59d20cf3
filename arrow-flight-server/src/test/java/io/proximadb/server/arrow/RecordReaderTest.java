package io.proximadb.server.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorField;
import io.proximadb.model.VectorRecord;
import io.proximadb.server.Samples;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.LargeVarCharVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class RecordReaderTest {
  private static final Field ID = ArrowTypes.field("id", Scalar.STRING);
  private static final Field VECTOR = ArrowTypes.field(new VectorField("vector", 4, Metric.COSINE));

  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void nothingLeaks() {
    allocator.close();
  }

  private static Field list(String name, FloatingPointPrecision precision) {
    return new Field(
        name,
        FieldType.nullable(ArrowType.List.INSTANCE),
        List.of(Field.nullable("item", new ArrowType.FloatingPoint(precision))));
  }

  static Stream<Arguments> refusedSchemas() {
    Field wrongDimension = ArrowTypes.field(new VectorField("vector", 3, Metric.DOT));
    return Stream.of(
        Arguments.of(List.of(VECTOR), "no column 'id' (expected one of type Utf8)"),
        Arguments.of(List.of(ID), "no column 'vector' (expected one of type FixedSizeList(4)"),
        Arguments.of(List.of(ID, ID, VECTOR), "'id' stands twice"),
        Arguments.of(
            List.of(ID, VECTOR, ArrowTypes.field("colour", Scalar.STRING)),
            "Invalid column: 'colour' (expected one of [id, category, year, expires_at, vector])"),
        Arguments.of(
            List.of(ID, VECTOR, ArrowTypes.field("_version", Scalar.LONG)),
            "Invalid column: '_version'"),
        Arguments.of(
            List.of(ID, wrongDimension), "dimension of vector column 'vector': 3 (expected 4)"),
        Arguments.of(
            List.of(ID, list("vector", FloatingPointPrecision.DOUBLE)),
            "Invalid type of vector column 'vector': List<FloatingPoint(DOUBLE)>"),
        Arguments.of(
            List.of(ID, ArrowTypes.field("vector", Scalar.FLOAT)),
            "Invalid type of vector column 'vector': FloatingPoint(SINGLE)"),
        Arguments.of(
            List.of(ArrowTypes.field("id", Scalar.LONG), VECTOR),
            "Invalid type of column 'id': Int(64, true) (expected Utf8)"),
        Arguments.of(
            List.of(ID, VECTOR, ArrowTypes.field("year", Scalar.STRING)),
            "Invalid type of column 'year': Utf8 (expected Int(32, true))"),
        Arguments.of(
            List.of(
                ID,
                VECTOR,
                Field.nullable("expires_at", new ArrowType.Timestamp(TimeUnit.MICROSECOND, null))),
            "Invalid type of column 'expires_at': Timestamp(MICROSECOND, null)"));
  }

  @ParameterizedTest
  @MethodSource("refusedSchemas")
  void schemasThatCannotFitAreRefusedBeforeAnyBatch(List<Field> fields, String message) {
    assertThatThrownBy(() -> RecordReader.ofRecords(Samples.DOCS_SCHEMA, new Schema(fields)))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void deletionsTakeIdsAlone() {
    assertThatThrownBy(() -> RecordReader.ofIds(new Schema(List.of(ID, VECTOR))))
        .hasMessage("Invalid column: 'vector' (expected 'id' alone for a deletion)");
    assertThatThrownBy(() -> RecordReader.ofIds(new Schema(List.of())))
        .hasMessageContaining("no column 'id'");
  }

  @Test
  void listsOfAnyArrowKindGiveTheSameVectors() {
    Field item = new Field("item", FieldType.nullable(FLOAT), null);
    for (Field column :
        List.of(
            VECTOR,
            list("vector", FloatingPointPrecision.SINGLE),
            new Field(
                "vector", FieldType.nullable(new ArrowType.FixedSizeList(4)), List.of(item)))) {
      try (VectorSchemaRoot root = batch(3, ID, column)) {
        assertThat(records(root))
            .extracting(record -> record.vectors().get("vector"))
            .containsExactly(
                new float[] {0, 1, 2, 3},
                new float[] {10, 11, 12, 13},
                new float[] {20, 21, 22, 23});
      }
    }
  }

  private static final ArrowType FLOAT = new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE);

  @Test
  void missingColumnsAreNull() {
    try (VectorSchemaRoot root = batch(1, ID, VECTOR)) {
      VectorRecord record = records(root).get(0);
      assertThat(record.metadata()).isEmpty();
      assertThat(record.expiresAt()).isNull();
    }
  }

  @ParameterizedTest
  @EnumSource(TimeUnit.class)
  void expiryComesInAnyUnit(TimeUnit unit) {
    Instant moment = Instant.parse("2033-05-18T03:33:20Z");
    long perSecond =
        switch (unit) {
          case SECOND -> 1;
          case MILLISECOND -> 1_000;
          case MICROSECOND -> 1_000_000;
          case NANOSECOND -> 1_000_000_000;
        };
    Field column = Field.nullable("expires_at", new ArrowType.Timestamp(unit, "Europe/Zurich"));
    try (VectorSchemaRoot root = batch(2, ID, VECTOR, column)) {
      ((TimeStampVector) root.getVector("expires_at")).setSafe(0, 2_000_000_000L * perSecond);
      root.setRowCount(2);
      assertThat(records(root)).extracting(VectorRecord::expiresAt).containsExactly(moment, null);
    }
  }

  @Test
  void relativesOfTypesAreRead() {
    Field id = Field.nullable("id", ArrowType.LargeUtf8.INSTANCE);
    Field year = Field.nullable("year", new ArrowType.Int(64, true));
    Field category = Field.nullable("category", ArrowType.Null.INSTANCE);
    try (VectorSchemaRoot root = batch(1, id, VECTOR, year, category)) {
      ((LargeVarCharVector) root.getVector("id"))
          .setSafe(0, "big".getBytes(StandardCharsets.UTF_8));
      ((BigIntVector) root.getVector("year")).setSafe(0, 1999);
      root.setRowCount(1);
      VectorRecord record = records(root).get(0);
      assertThat(record.id()).isEqualTo("big");
      assertThat(record.metadata()).containsEntry("year", 1999L).containsEntry("category", null);
    }
  }

  @Test
  void nullIdsAreRefused() {
    try (VectorSchemaRoot root = batch(2, ID, VECTOR)) {
      root.getVector("id").setNull(1);
      assertThatThrownBy(() -> records(root))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessage("Invalid id in row 1: null (expected non-empty text)");
    }
  }

  @Test
  void textThatIsNotUtf8IsRefused() {
    try (VectorSchemaRoot root = batch(1, ID, VECTOR)) {
      ((VarCharVector) root.getVector("id")).setSafe(0, new byte[] {'a', (byte) 0xC3});
      root.setRowCount(1);
      assertThatThrownBy(() -> records(root))
          .hasMessage("Invalid value of column 'id' in row 0: bytes that are not UTF-8");
    }
  }

  @Test
  void theReplacementCharacterItselfIsText() {
    try (VectorSchemaRoot root = batch(1, ID, VECTOR)) {
      ((VarCharVector) root.getVector("id")).setSafe(0, "\uFFFD".getBytes(StandardCharsets.UTF_8));
      root.setRowCount(1);
      assertThat(records(root).get(0).id()).isEqualTo("\uFFFD");
    }
  }

  @Test
  void nullVectorsAndNullComponentsAreRefused() {
    Field nullable =
        new Field(
            "vector",
            FieldType.nullable(new ArrowType.FixedSizeList(4)),
            List.of(Field.nullable("item", FLOAT)));
    try (VectorSchemaRoot root = batch(2, ID, nullable)) {
      ((FixedSizeListVector) root.getVector("vector")).setNull(1);
      assertThatThrownBy(() -> records(root)).hasMessage("Invalid vector 'vector' in row 1: null");
    }
    try (VectorSchemaRoot root = batch(2, ID, nullable)) {
      FixedSizeListVector vectors = (FixedSizeListVector) root.getVector("vector");
      vectors.getDataVector().setNull(5);
      assertThatThrownBy(() -> records(root))
          .hasMessage("Invalid component of vector 'vector': null (component 5 of the batch)");
    }
  }

  @Test
  void offsetsThatPointOutsideAreRefused() {
    try (VectorSchemaRoot root = batch(2, ID, list("vector", FloatingPointPrecision.SINGLE))) {
      root.getVector("vector").getOffsetBuffer().setInt(2 * Integer.BYTES, 1 << 20);
      assertThatThrownBy(() -> records(root))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageStartingWith("Invalid batch: ");
    }
    try (VectorSchemaRoot root = batch(2, ID, VECTOR)) {
      root.getVector("id").getOffsetBuffer().setInt(Integer.BYTES, -4);
      assertThatThrownBy(() -> records(root))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageStartingWith("Invalid batch: ");
    }
  }

  private static List<VectorRecord> records(VectorSchemaRoot root) {
    return RecordReader.ofRecords(Samples.DOCS_SCHEMA, root.getSchema()).records(root);
  }

  /** Rows with an id and the vector (10 * row, 10 * row + 1, ...); other columns are null. */
  private VectorSchemaRoot batch(int rows, Field... fields) {
    List<FieldVector> vectors = new ArrayList<>();
    for (Field field : fields) {
      FieldVector vector = field.createVector(allocator);
      vector.setInitialCapacity(rows);
      vector.allocateNew();
      for (int row = 0; row < rows; row++) {
        fill(vector, row);
      }
      vector.setValueCount(rows);
      vectors.add(vector);
    }
    VectorSchemaRoot root = new VectorSchemaRoot(vectors);
    root.setRowCount(rows);
    return root;
  }

  private static void fill(FieldVector vector, int row) {
    if (vector instanceof VarCharVector texts && vector.getName().equals("id")) {
      texts.setSafe(row, ("r" + row).getBytes(StandardCharsets.UTF_8));
    } else if (vector instanceof FixedSizeListVector fixed) {
      fixed.setNotNull(row);
      for (int i = 0; i < 4; i++) {
        ((Float4Vector) fixed.getDataVector()).setSafe(row * 4 + i, row * 10 + i);
      }
    } else if (vector instanceof ListVector list) {
      int at = list.startNewValue(row);
      for (int i = 0; i < 4; i++) {
        ((Float4Vector) list.getDataVector()).setSafe(at + i, row * 10 + i);
      }
      list.endValue(row, 4);
    }
  }
}
