package io.proximadb.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.model.Row;
import io.proximadb.model.VectorField;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.storage.IdHash;
import io.proximadb.storage.IdSet;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.TableContext;
import io.proximadb.storage.VectorRows;
import java.io.IOException;
import java.nio.ByteOrder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.apache.iceberg.io.CloseableIterator;
import org.apache.iceberg.types.Types.NestedField;

/** Compares all that a segment answers with the rows that were written to it. */
public final class SegmentChecker {
  private static final int DRAWS = 20;

  private final String name;
  private final TableContext table;
  private final List<Row> rows;
  private final List<String> columns = new ArrayList<>();

  /** {@code name} tells runs apart in messages; give the seed in it. */
  public SegmentChecker(String name, TableContext table, List<Row> rows) {
    this.name = name;
    this.table = table;
    this.rows = rows;
    table.icebergSchema().columns().forEach(column -> columns.add(column.name()));
  }

  public void check(SegmentReader reader, Random random) {
    assertThat(reader.rowCount()).as(name).isEqualTo(rows.size());
    assertThat(reader.dataFile().recordCount()).as(name).isEqualTo(rows.size());
    checkIds(reader);
    checkColumns(reader);
    for (int i = 0; i < DRAWS; i++) {
      checkRows(reader, random);
    }
    checkScan(reader, random);
    for (int field = 0; field < table.schema().vectorFields().size(); field++) {
      checkVectors(reader, field, random);
    }
  }

  /** Touches every column and every vector, one by one. */
  static void readAll(SegmentReader reader, TableContext table) {
    for (NestedField column : table.icebergSchema().columns()) {
      if (table.schema().vectorField(column.name()).isEmpty()) {
        reader.column(column.name());
      }
    }
    for (VectorField field : table.schema().vectorFields()) {
      VectorRows vectors = reader.vectors(field.name());
      float[] target = new float[field.dimension()];
      for (int row = 0; row < vectors.rowCount(); row++) {
        vectors.copy(row, 1, target, 0);
      }
    }
  }

  private void checkIds(SegmentReader reader) {
    for (int i = 0; i < rows.size(); i++) {
      assertThat(reader.id(i)).as(name).isEqualTo(rows.get(i).id());
      assertThat(reader.find(rows.get(i).id())).as(name).isEqualTo(i);
    }
    assertThat(reader.find("no such id")).as(name).isEqualTo(-1);
    IdSet ids = reader.ids();
    IdHash hash = IdHash.of(table.tableUuid());
    assertThat(ids.size()).as(name).isEqualTo(rows.size());
    for (int i = 0; i < ids.size(); i++) {
      assertThat(ids.hash(i)).as(name).isEqualTo(hash.of(ids.id(i)));
    }
    assertThat(reader.findAll(ids).getCardinality()).as(name).isEqualTo(rows.size());
  }

  private void checkColumns(SegmentReader reader) {
    for (String column : columns) {
      if (table.schema().vectorField(column).isEmpty()) {
        Column found = reader.column(column);
        assertThat(found.size()).as(name).isEqualTo(rows.size());
        for (int i = 0; i < rows.size(); i++) {
          checkValue(found, i, column, i);
        }
      }
    }
  }

  private void checkRows(SegmentReader reader, Random random) {
    int[] positions = random.ints(random.nextInt(12), 0, rows.size()).sorted().toArray();
    List<String> wanted = someColumns(random);
    ColumnBatch batch = reader.rows(positions, wanted);
    assertThat(batch.rowCount()).as(name).isEqualTo(positions.length);
    assertThat(batch.columns().keySet()).as(name).containsExactlyElementsOf(wanted);
    for (String column : wanted) {
      for (int i = 0; i < positions.length; i++) {
        checkValue(batch.column(column), i, column, positions[i]);
      }
    }
  }

  private List<String> someColumns(Random random) {
    List<String> shuffled = new ArrayList<>(columns);
    Collections.shuffle(shuffled, random);
    return shuffled.subList(0, random.nextInt(shuffled.size() + 1));
  }

  private void checkScan(SegmentReader reader, Random random) {
    int batchRows = 1 + random.nextInt(rows.size() + 3);
    List<String> wanted = someColumns(random);
    int at = 0;
    try (CloseableIterator<ColumnBatch> batches = reader.scan(wanted, batchRows)) {
      while (batches.hasNext()) {
        ColumnBatch batch = batches.next();
        assertThat(batch.rowCount()).as(name).isBetween(1, batchRows);
        for (String column : wanted) {
          assertThat(batch.column(column).size()).as(name).isEqualTo(batch.rowCount());
          for (int i = 0; i < batch.rowCount(); i++) {
            checkValue(batch.column(column), i, column, at + i);
          }
        }
        at += batch.rowCount();
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    assertThat(at).as(name).isEqualTo(rows.size());
  }

  private void checkVectors(SegmentReader reader, int ordinal, Random random) {
    VectorField field = table.schema().vectorFields().get(ordinal);
    VectorRows vectors = reader.vectors(field.name());
    int dimension = field.dimension();
    assertThat(vectors.dimension()).as(name).isEqualTo(dimension);
    assertThat(vectors.rowCount()).as(name).isEqualTo(rows.size());
    for (int draw = 0; draw < DRAWS; draw++) {
      int first = random.nextInt(rows.size());
      int count = random.nextInt(rows.size() - first + 1);
      float[] target = new float[count * dimension + 2];
      vectors.copy(first, count, target, 1);
      for (int i = 0; i < count; i++) {
        assertThat(Arrays.copyOfRange(target, 1 + i * dimension, 1 + (i + 1) * dimension))
            .as(name)
            .isEqualTo(rows.get(first + i).vectors()[ordinal]);
      }
      assertThat(target[0]).isZero();
      assertThat(target[target.length - 1]).isZero();
    }
    assertThat(vectors.firstRow(0)).as(name).isZero();
    assertThat(vectors.firstRow(vectors.blockCount())).as(name).isEqualTo(rows.size());
    for (int block = 0; block < vectors.blockCount(); block++) {
      var bytes = vectors.block(block);
      assertThat(bytes.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
      assertThat(bytes.position()).isZero();
      for (int row = vectors.firstRow(block); row < vectors.firstRow(block + 1); row++) {
        float[] vector = new float[dimension];
        bytes.asFloatBuffer().get((row - vectors.firstRow(block)) * dimension, vector);
        assertThat(vector).as(name).isEqualTo(rows.get(row).vectors()[ordinal]);
      }
    }
  }

  private void checkValue(Column found, int i, String column, int row) {
    Object expected = expected(column, rows.get(row));
    if (!Objects.deepEquals(normal(found.value(i)), normal(expected))
        || found.isNull(i) != (expected == null)) {
      throw new AssertionError(
          name
              + ": column "
              + column
              + ", row "
              + row
              + ": expected "
              + expected
              + " but found "
              + found.value(i));
    }
  }

  /** The value of a column as readers give it. */
  public Object expected(String column, Row row) {
    switch (column) {
      case "id":
        return row.id();
      case "expires_at":
        return row.expiresAtMicros() == Row.NO_EXPIRY ? null : instant(row.expiresAtMicros());
      case "_version":
        return row.version();
      case "_updated_at":
        return instant(row.updatedAtMicros());
      case "_cluster_id":
        return null;
      default:
        break;
    }
    for (int i = 0; i < table.schema().vectorFields().size(); i++) {
      if (table.schema().vectorFields().get(i).name().equals(column)) {
        return row.vectors()[i];
      }
    }
    for (int i = 0; i < table.schema().metadataFields().size(); i++) {
      if (table.schema().metadataFields().get(i).name().equals(column)) {
        return row.metadata()[i];
      }
    }
    throw new AssertionError(column);
  }

  private static Instant instant(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
  }

  /** Arrays within lists and maps as lists, so that equality looks into them. */
  static Object normal(Object value) {
    if (value instanceof byte[] bytes) {
      return Arrays.toString(bytes);
    }
    if (value instanceof List<?> list) {
      return list.stream().map(SegmentChecker::normal).toList().toString() + list.size();
    }
    if (value instanceof Map<?, ?> map) {
      StringBuilder text = new StringBuilder();
      map.forEach((key, item) -> text.append(key).append('=').append(normal(item)).append(';'));
      return text.toString();
    }
    return value;
  }
}
