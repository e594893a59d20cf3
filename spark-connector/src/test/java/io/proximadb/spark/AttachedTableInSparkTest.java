package io.proximadb.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.catalog.Warehouse;
import io.proximadb.model.CollectionName;
import io.proximadb.model.Metric;
import io.proximadb.model.TableAttachment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.avro.Avro;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.avro.DataWriter;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A table of another engine, attached, through the catalog of ProximaDB. */
class AttachedTableInSparkTest {
  @TempDir Path warehouse;

  private void attach() throws Exception {
    try (Warehouse opened = Warehouse.open(Map.of("warehouse", warehouse.toString()))) {
      Schema schema =
          new Schema(
              NestedField.required(1, "sku", Types.LongType.get()),
              NestedField.optional(2, "name", Types.StringType.get()),
              NestedField.optional(3, "e", Types.ListType.ofRequired(4, Types.DoubleType.get())));
      ((SupportsNamespaces) opened.icebergCatalog()).createNamespace(Namespace.of("lake"));
      Table table =
          opened.icebergCatalog().createTable(TableIdentifier.of("lake", "products"), schema);
      org.apache.iceberg.io.DataWriter<Record> rows =
          Avro.writeData(table.io().newOutputFile(table.location() + "/data/1.avro"))
              .schema(schema)
              .withSpec(PartitionSpec.unpartitioned())
              .createWriterFunc(DataWriter::create)
              .build();
      try (rows) {
        Record row = GenericRecord.create(schema);
        rows.write(row.copy(Map.of("sku", 7L, "name", "pen", "e", List.of(1.0, 0.0))));
        rows.write(row.copy(Map.of("sku", 8L, "name", "ink", "e", List.of(0.0, 1.0))));
        rows.write(row.copy(Map.of("sku", 9L, "name", "cap")));
      }
      table.newAppend().appendFile(rows.toDataFile()).commit();
      opened.attach(
          CollectionName.parse("shop.products"),
          TableAttachment.of("lake.products", "sku").vector("e", Metric.EUCLIDEAN));
    }
  }

  @Test
  void itIsReadAndNotChanged() throws Exception {
    attach();
    SparkSession spark = SparkSessions.open(warehouse);
    assertThat(TestCollections.strings(spark.sql("SELECT id, name, e FROM prox.shop.products")))
        .containsExactly("7|pen|[1.0, 0.0]", "8|ink|[0.0, 1.0]", "9|cap|null");
    assertThat(
            TestCollections.strings(
                spark.sql("SELECT name FROM prox.shop.products WHERE id = '8'")))
        .containsExactly("ink");
    assertThat(
            spark
                .sql(
                    "SELECT id FROM prox.shop.products WHERE e IS NOT NULL ORDER BY"
                        + " vector_l2_distance(e, array(0, 1)) LIMIT 1")
                .head()
                .getString(0))
        .isEqualTo("8");
    assertThat(spark.sql("SHOW TABLES IN prox.shop").count()).isEqualTo(1);
    for (String change :
        List.of(
            "INSERT INTO prox.shop.products (id, name, e) VALUES ('1', 'x', array(1f, 2f))",
            "DELETE FROM prox.shop.products WHERE name = 'pen'",
            "ALTER TABLE prox.shop.products SET TBLPROPERTIES ('proximadb.layout' = 'lsm')",
            "DROP TABLE prox.shop.products")) {
      assertThatThrownBy(() -> spark.sql(change))
          .as(change)
          .hasStackTraceContaining("attached table 'lake.products'");
    }
    assertThat(spark.table("prox.shop.products").count()).isEqualTo(3);
  }
}
