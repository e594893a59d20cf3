package io.proximadb.engine;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.catalog.Warehouse;
import io.proximadb.model.CollectionName;
import io.proximadb.model.Metric;
import io.proximadb.model.TableAttachment;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.ForeignTable;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A warehouse with a table of another engine, for tests of attached tables. */
abstract class AttachedTables {
  static final CollectionName NAME = CollectionName.parse("shop.products");
  static final String TABLE = "lake.products";
  static final PartitionSpec NONE = PartitionSpec.unpartitioned();

  @TempDir Path folder;

  Warehouse warehouse;

  @BeforeEach
  void open() {
    warehouse = Warehouse.open(Map.of(Warehouse.WAREHOUSE, folder.toString()));
  }

  @AfterEach
  void close() {
    warehouse.close();
  }

  ProximaEngine engine() {
    return ProximaEngine.open(Engines.quiet(folder).withRefreshInterval(Duration.ZERO));
  }

  static Schema schema(Type id, Type component) {
    return new Schema(
        NestedField.required(1, "sku", id),
        NestedField.optional(2, "name", Types.StringType.get()),
        NestedField.optional(3, "price", Types.DecimalType.of(9, 2)),
        NestedField.optional(4, "stock", Types.IntegerType.get()),
        NestedField.optional(5, "embedding", Types.ListType.ofOptional(6, component)));
  }

  static TableAttachment attachment() {
    return TableAttachment.of(TABLE, "sku").vector("embedding", Metric.EUCLIDEAN);
  }

  ForeignTable strings(int formatVersion) {
    return ForeignTable.create(
        warehouse,
        TABLE,
        schema(Types.StringType.get(), Types.FloatType.get()),
        NONE,
        formatVersion);
  }

  static Record row(ForeignTable table, Object id, String name, int stock, Number... vector) {
    return table.row(id, name, new BigDecimal("9.90"), stock, Arrays.asList(vector));
  }

  static List<String> nearest(Collection collection, float... query) {
    return ids(collection.search(SearchRequest.of(query, 10)));
  }

  static List<String> ids(SearchResponse response) {
    return response.hits().stream().map(SearchHit::id).toList();
  }
}
