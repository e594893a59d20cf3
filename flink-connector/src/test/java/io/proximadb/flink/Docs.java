package io.proximadb.flink;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.Metric;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.FloatType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.VarCharType;
import org.apache.flink.types.RowKind;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;

/** A collection of records {@code (id, value, vector)} and its rows in Flink, for tests. */
final class Docs {
  static final CollectionName NAME = CollectionName.parse("default.docs");
  static final int DIMENSION = 4;

  static final RowType ROW_TYPE =
      RowType.of(
          new LogicalType[] {
            new VarCharType(VarCharType.MAX_LENGTH), new IntType(), new ArrayType(new FloatType()),
          },
          new String[] {"id", "value", "vector"});

  private Docs() {}

  static Map<String, String> properties(Path warehouse) {
    return Map.of(Warehouse.WAREHOUSE, warehouse.toString());
  }

  /** Creates the collection. */
  static void create(Path warehouse, Metric metric) {
    CollectionSchema schema =
        CollectionSchema.builder()
            .vector(DIMENSION, metric)
            .metadata("value", FieldType.Scalar.INT)
            .build();
    try (Warehouse open = Warehouse.open(properties(warehouse))) {
      open.create(NAME, schema, Map.of());
    }
  }

  static ProximaSink.Builder sink(Path warehouse) {
    return ProximaSink.builder()
        .warehouse(warehouse.toString())
        .collection(NAME.toString())
        .rowType(ROW_TYPE);
  }

  /** The vector that every row of a value has. */
  static float[] vector(int value) {
    return new float[] {value, 1, -2, 0.5f};
  }

  static RowData row(RowKind kind, String id, int value) {
    return row(kind, id, value, vector(value));
  }

  static RowData row(RowKind kind, String id, int value, Object vector) {
    return GenericRowData.ofKind(
        kind,
        id == null ? null : StringData.fromString(id),
        value,
        vector instanceof float[] floats
            ? new GenericArrayData(floats)
            : vector == null ? null : new GenericArrayData((Object[]) vector));
  }

  static RowData deletion(String id) {
    return GenericRowData.ofKind(RowKind.DELETE, StringData.fromString(id), null, null);
  }

  /** The live values by id, as plain Iceberg reads them; fails if an id stands twice. */
  static Map<String, Integer> read(Path warehouse) {
    try (Warehouse open = Warehouse.open(properties(warehouse))) {
      Map<String, Integer> values = new TreeMap<>();
      Table table = open.load(NAME).table();
      try (CloseableIterable<Record> records = IcebergGenerics.read(table).build()) {
        for (Record record : records) {
          String id = (String) record.getField("id");
          int value = (Integer) record.getField("value");
          assertThat(values.put(id, value)).as("earlier row of id %s", id).isNull();
          List<Float> expected = new ArrayList<>();
          for (float component : vector(value)) {
            expected.add(component);
          }
          assertThat(record.getField("vector")).as("vector of id %s", id).isEqualTo(expected);
        }
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
      return values;
    }
  }

  /** The checkpoints of the table's snapshots, oldest first, as {@code run/checkpoint}. */
  static List<String> commits(Path warehouse) {
    try (Warehouse open = Warehouse.open(properties(warehouse))) {
      List<String> commits = new ArrayList<>();
      for (Snapshot snapshot : open.load(NAME).table().snapshots()) {
        Map<String, String> summary = snapshot.summary();
        commits.add(
            summary.get(CheckpointCommitter.RUN_SUMMARY)
                + "/"
                + summary.get(CheckpointCommitter.CHECKPOINT_SUMMARY));
      }
      return commits;
    }
  }

  /** The positions that sinks have left in the table, by property. */
  static Map<String, String> positions(Path warehouse) {
    try (Warehouse open = Warehouse.open(properties(warehouse))) {
      CollectionTable table = open.load(NAME);
      Map<String, String> positions = new TreeMap<>(table.table().properties());
      positions.keySet().removeIf(key -> !key.startsWith(CommitPosition.PREFIX));
      return positions;
    }
  }
}
