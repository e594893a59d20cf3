package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.VersionedWrite;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.PropertyCommit;
import io.proximadb.catalog.RowLevelCommit;
import io.proximadb.catalog.SnapshotCommits;
import io.proximadb.env.Clock;
import io.proximadb.env.FailPoints;
import io.proximadb.error.AlreadyExistsException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.maintenance.MaintenanceScope;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.Metric;
import io.proximadb.model.SchemaChange;
import io.proximadb.model.TableAttachment;
import io.proximadb.model.VectorRecord;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.ForeignTable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileFormat;
import org.junit.jupiter.api.Test;

/** What is not done to attached tables, and which tables are not attached. */
class AttachedTableRefusalTest extends AttachedTables {
  @Test
  void everyChangeIsRefusedAndNamesIt() {
    ForeignTable table = strings(3);
    table.append(FileFormat.PARQUET, row(table, "a", "pen", 3, 1f, 0f));
    String before = table.metadataLocation();
    try (ProximaEngine engine = engine()) {
      Collection products = engine.attach(NAME, attachment());
      List<VectorRecord> records = List.of();
      CollectionTable handle = warehouse.load(NAME);
      List<Runnable> changes =
          List.of(
              () -> products.insert(records),
              () -> products.upsert(records),
              () -> products.update(records),
              () -> products.compareAndSet(List.<VersionedWrite>of()),
              () -> products.setTtl(List.of("a"), Duration.ofDays(1)),
              () -> products.removeTtl(List.of("a")),
              () -> products.delete(List.of("a")),
              () -> products.alter(SchemaChange.drop("name")),
              () -> engine.dropCollection(NAME),
              () -> warehouse.drop(NAME),
              () -> RowLevelCommit.on(handle).setProperty("x", "y").commit(),
              () -> PropertyCommit.on(handle).set("x", "y").commit(),
              () -> SnapshotCommits.untag(handle, List.of("x")),
              () -> new MaintenanceScope(handle, Clock.system(), FailPoints.NONE).table());
      for (Runnable change : changes) {
        assertThatThrownBy(change::run)
            .isInstanceOf(InvalidArgumentException.class)
            .hasMessageContaining("'" + NAME + "'")
            .hasMessageContaining("attached table '" + TABLE + "'");
      }
      assertThat(products.flush().rows()).isZero();
      assertThat(engine.maintain(NAME)).isEmpty();
      assertThatThrownBy(() -> warehouse.dropNamespace("shop")).hasMessageContaining("products");
      assertThatThrownBy(
              () ->
                  engine.createCollection(
                      NAME, CollectionSchema.builder().vector(2, Metric.DOT).build()))
          .isInstanceOf(AlreadyExistsException.class);
    }
    assertThat(table.metadataLocation()).isEqualTo(before);
  }

  @Test
  void whatCannotBeReadIsRefusedWhenItIsAttached() {
    ForeignTable table = strings(3);
    table.append(FileFormat.PARQUET, row(table, "a", "pen", 3, 1f, 0f));
    ForeignTable.create(warehouse, "lake.empty", table.table().schema(), NONE, 2);
    try (ProximaEngine engine = engine()) {
      engine.createCollection(
          CollectionName.parse("shop.own"),
          CollectionSchema.builder().vector(2, Metric.DOT).metadata("n", Scalar.INT).build());
      Map<TableAttachment, String> refused =
          Map.of(
              TableAttachment.of(TABLE, "sku"), "0 vector columns",
              TableAttachment.of(TABLE, "SKU").vector("embedding", Metric.DOT), "no column 'SKU'",
              TableAttachment.of(TABLE, "price").vector("embedding", Metric.DOT), "decimal(9, 2)",
              TableAttachment.of(TABLE, "sku").vector("name", Metric.DOT), "list<float>",
              TableAttachment.of(TABLE, "sku").vector("embedding", 3, Metric.DOT), "dimension 2",
              TableAttachment.of("shop.own", "id").vector("vector", Metric.DOT), "a collection",
              TableAttachment.of("lake.empty", "sku").vector("embedding", Metric.DOT),
                  "give the dimension");
      refused.forEach(
          (attachment, message) ->
              assertThatThrownBy(() -> engine.attach(NAME, attachment))
                  .isInstanceOf(InvalidArgumentException.class)
                  .hasMessageContaining(message));
      assertThatThrownBy(
              () ->
                  engine.attach(NAME, TableAttachment.of("lake.no", "sku").vector("e", Metric.DOT)))
          .isInstanceOf(NotFoundException.class);
      assertThatThrownBy(() -> engine.attach(CollectionName.parse("shop.own"), attachment()))
          .isInstanceOf(AlreadyExistsException.class);
      engine.attach(
          CollectionName.parse("lake.empty"),
          TableAttachment.of("lake.empty", "sku").vector("embedding", 2, Metric.DOT));
      assertThat(nearest(engine.collection(CollectionName.parse("lake.empty")), 1, 0)).isEmpty();
      engine.attach(NAME, attachment());
      assertThatThrownBy(() -> engine.attach(NAME, attachment()))
          .isInstanceOf(AlreadyExistsException.class);

      table
          .table()
          .newAppend()
          .appendFile(
              DataFiles.builder(NONE)
                  .withPath(folder + "/x.orc")
                  .withFileSizeInBytes(10)
                  .withRecordCount(1)
                  .withFormat(FileFormat.ORC)
                  .build())
          .commit();
      assertThatThrownBy(() -> nearest(engine.collection(NAME), 1, 0))
          .isInstanceOf(UnsupportedVersionException.class)
          .hasMessageContaining("x.orc")
          .hasMessageContaining("ORC");
    }
  }

  @Test
  void aTableThatWasReplacedIsNotTheOneThatWasAttached() {
    ForeignTable table = strings(3);
    table.append(FileFormat.PARQUET, row(table, "a", "pen", 3, 1f, 0f));
    try (ProximaEngine engine = engine();
        ProximaEngine other =
            ProximaEngine.open(
                Engines.quiet(folder)
                    .withHome(folder.resolve("other"))
                    .withRefreshInterval(Duration.ZERO))) {
      engine.attach(NAME, attachment());
      assertThat(nearest(other.collection(NAME), 1, 0)).containsExactly("a");
      engine.detach(NAME);
      assertThatThrownBy(() -> other.collection(NAME)).isInstanceOf(NotFoundException.class);
      engine.attach(NAME, attachment());
      warehouse.icebergCatalog().dropTable(org.apache.iceberg.catalog.TableIdentifier.parse(TABLE));
      ForeignTable again = strings(3);
      again.append(FileFormat.PARQUET, row(again, "b", "ink", 3, 1f, 0f));
      assertThatThrownBy(() -> other.collection(NAME))
          .isInstanceOf(NotFoundException.class)
          .hasMessageContaining("dropped and created again");
      engine.detach(NAME);
      assertThat(nearest(engine.attach(NAME, attachment()), 1, 0)).containsExactly("b");
    }
  }
}
