package io.proximadb.engine;

import static io.proximadb.engine.SchemaEvolutionTest.column;
import static io.proximadb.engine.SchemaEvolutionTest.map;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.catalog.Warehouse;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.UnavailableException;
import io.proximadb.model.CollectionName;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.MetadataField;
import io.proximadb.model.SchemaChange;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.FaultyCatalog;
import io.proximadb.testkit.Folders;
import io.proximadb.testkit.Records;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Changes of the schema that fail at any step, or that other engines should not have made. */
class SchemaChangeFaultTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");

  @TempDir Path folder;

  private volatile String failAt = "";

  private EngineOptions options() {
    return options(Engines.quiet(folder.resolve("warehouse")));
  }

  private EngineOptions options(EngineOptions base) {
    return base.withFlush(64 << 20, Duration.ofHours(1))
        .withRefreshInterval(Duration.ZERO)
        .withFailPoints(
            step -> {
              if (step.equals(failAt)) {
                throw new UnavailableException("The test fails at " + step);
              }
            });
  }

  private Warehouse warehouse() {
    return Warehouse.open(Map.of("warehouse", folder.resolve("warehouse").toString()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"alter.begun", "alter.committed", "alter.installed"})
  void aChangeThatFailsIsMadeOrNot(String step) {
    Path warehouse = folder.resolve("warehouse");
    Path crashed = folder.resolve("crashed");
    boolean made = !step.equals("alter.begun");
    Map<String, Object> expected = map("file", made ? null : "c1", "memory", made ? null : "c2");
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.upsert(List.of(Records.of("file", 1)));
      docs.flush();
      docs.upsert(List.of(Records.of("memory", 2)));
      failAt = step;
      assertThatThrownBy(
              () ->
                  docs.alter(
                      SchemaChange.drop("category"), SchemaChange.add("category", Scalar.STRING)))
          .hasMessageContaining(step);
      failAt = "";
      Folders.copy(warehouse, crashed);
      assertThat(column(docs, "category")).isEqualTo(expected);
      docs.upsert(List.of(Records.of("goes-on", 3)));
      docs.flush();
      assertThat(column(docs, "number")).hasSize(3);
    }
    Folders.restore(crashed, warehouse);
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      assertThat(column(engine.collection(DOCS), "category")).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @EnumSource(FaultyCatalog.Fault.class)
  void aCommitOfUnknownOutcomeIsFoundOut(FaultyCatalog.Fault fault) throws Exception {
    Path warehouse = Files.createDirectories(folder.resolve("warehouse"));
    // Of a collection's life: the epoch, a flush, the change.
    FaultyCatalog.Plan plan = new FaultyCatalog.Plan().at(4, fault);
    try (ProximaEngine engine =
        ProximaEngine.open(options(EngineOptions.of(FaultyCatalog.properties(warehouse, plan))))) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.upsert(List.of(Records.of("a", 1)));
      docs.flush();
      docs.alter(SchemaChange.rename("category", "kind"), SchemaChange.add("more", Scalar.LONG));
      assertThat(plan.happened()).isEqualTo(1);
      assertThat(column(docs, "kind")).isEqualTo(map("a", "c1"));
      assertThat(docs.schema().metadataFields())
          .extracting(MetadataField::name)
          .containsExactly("kind", "number", "more");
    }
  }

  @Test
  void aColumnThatNoCollectionHasStopsTheEngineAndLosesNothing() {
    Path warehouse = folder.resolve("warehouse");
    Path crashed = folder.resolve("crashed");
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      docs.upsert(List.of(Records.of("a", 1)));
      Folders.copy(warehouse, crashed);
    }
    Folders.restore(crashed, warehouse);
    try (Warehouse catalog = warehouse()) {
      Table table = catalog.icebergCatalog().loadTable(TableIdentifier.of("default", "docs"));
      table.updateSchema().addColumn("amount", Types.DecimalType.of(9, 2)).commit();
      assertThatThrownBy(() -> ProximaEngine.open(options()))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("'amount'");
      table.updateSchema().deleteColumn("amount").commit();
    }
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      assertThat(column(engine.collection(DOCS), "number")).isEqualTo(map("a", 1L));
    }
  }
}
