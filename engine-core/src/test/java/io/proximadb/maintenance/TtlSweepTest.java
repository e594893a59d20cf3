package io.proximadb.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.model.CollectionName;
import io.proximadb.model.VectorRecord;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.Tables;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TtlSweepTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");

  @TempDir Path folder;
  private final Upkeep upkeep = new Upkeep();
  private Warehouse warehouse;
  private CollectionTable table;

  @BeforeEach
  void open() {
    warehouse = Warehouse.open(Map.of("warehouse", folder.toString()));
    table = warehouse.create(DOCS, Records.schema(), Map.of());
  }

  @AfterEach
  void close() {
    warehouse.close();
  }

  private static Instant in(Duration time) {
    return Instant.now().plus(time);
  }

  @Test
  void expiredRowsGoAndNoOthers() {
    Instant hour = in(Duration.ofHours(1));
    Tables.upsert(
        table,
        List.of(
            Records.of("soon", 1).expiringAt(hour),
            Records.of("later", 2).expiringAt(hour.plusSeconds(7_200)),
            Records.of("never", 3)));
    Tables.upsert(table, List.of(Records.of("alone", 4), Records.of("replaced", 5)));
    Tables.upsert(table, List.of(Records.of("replaced", 6).expiringAt(hour)));
    TtlSweep sweep = new TtlSweep();
    assertThat(upkeep.run(sweep, table).done()).isFalse();
    upkeep.pass(Duration.ofHours(2));
    assertThat(sweep.plan(upkeep.scope(table)).rowsRemoved()).isEqualTo(2);
    assertThat(Tables.numbersByIceberg(table)).hasSize(5);
    MaintenanceResult result = upkeep.run(sweep, table);
    assertThat(result.rowsRemoved()).isEqualTo(2);
    assertThat(result.what()).contains("2 expired rows of 2 files");
    assertThat(Tables.numbersByIceberg(table))
        .isEqualTo(Map.of("later", 2L, "never", 3L, "alone", 4L));
    List<Long> snapshots = Upkeep.snapshots(table);
    upkeep.pass(Duration.ofMinutes(10));
    assertThat(upkeep.run(sweep, table)).isEqualTo(MaintenanceResult.NOTHING);
    assertThat(upkeep.run(new TtlSweep(), table)).isEqualTo(MaintenanceResult.NOTHING);
    assertThat(Upkeep.snapshots(table)).isEqualTo(snapshots);
    upkeep.pass(Duration.ofHours(3));
    assertThat(upkeep.run(sweep, table).rowsRemoved()).isEqualTo(1);
    assertThat(Tables.numbersByIceberg(table)).isEqualTo(Map.of("never", 3L, "alone", 4L));
  }

  @Test
  void itLooksWhenItsIntervalHasPassed() {
    Upkeep.set(table, Map.of(MaintenanceSettings.SWEEP_INTERVAL, "60000"));

    TtlSweep sweep = new TtlSweep();
    assertThat(upkeep.run(sweep, table).done()).isFalse();
    Tables.upsert(table, List.of(Records.of("a", 1).expiringAt(in(Duration.ofSeconds(-1)))));
    upkeep.pass(Duration.ofSeconds(30));
    assertThat(upkeep.run(sweep, table).done()).isFalse();
    upkeep.pass(Duration.ofSeconds(30));
    assertThat(upkeep.run(sweep, table).rowsRemoved()).isEqualTo(1);
    Tables.upsert(table, List.of(Records.of("b", 1).expiringAt(in(Duration.ofSeconds(-1)))));
    assertThat(upkeep.run(sweep, table).done()).isFalse();
    assertThat(sweep.run(upkeep.scope(table).now()).rowsRemoved()).isEqualTo(1);
  }

  @Test
  void manyFilesTakeSeveralSteps() {
    Instant past = in(Duration.ofSeconds(-1));
    for (int i = 0; i < 7; i++) {
      Tables.upsert(table, List.of(Records.of("r" + i, i).expiringAt(past)));
    }
    TtlSweep sweep = new TtlSweep(5);
    MaintenanceResult first = sweep.run(upkeep.scope(table));
    assertThat(first.more()).isTrue();
    assertThat(first.rowsRemoved()).isEqualTo(5);
    MaintenanceResult second = sweep.run(upkeep.scope(table));
    assertThat(second.more()).isFalse();
    assertThat(second.rowsRemoved()).isEqualTo(2);
    assertThat(Tables.numbersByIceberg(table)).isEmpty();
  }

  @Test
  void rowsThatComeMeanwhileAreNotTouched() {
    List<VectorRecord> records = new ArrayList<>();
    Instant past = in(Duration.ofSeconds(-1));
    for (int i = 0; i < 20; i++) {
      records.add(Records.of("r" + i, i).expiringAt(past));
    }
    Tables.upsert(table, records);
    CollectionTable other = warehouse.load(DOCS);
    MaintenanceResult result =
        new TtlSweep()
            .run(
                upkeep.scope(
                    table,
                    step -> {
                      if (step.equals("ttl-sweep.found")) {
                        Tables.upsert(other, List.of(Records.of("r3", 33)));
                        Tables.delete(other, List.of("r4"));
                      }
                    }));
    assertThat(result.rowsRemoved()).isEqualTo(18);
    assertThat(Tables.numbersByIceberg(table)).isEqualTo(Map.of("r3", 33L));
  }

  @Test
  void wrongSettingsAndDroppedTablesAreNamed() {
    Upkeep.set(table, Map.of(MaintenanceSettings.SWEEP_INTERVAL, "often"));
    assertThatThrownBy(() -> new TtlSweep().run(upkeep.scope(table)))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("proximadb.ttl.sweep-interval-ms: 'often' (expected a whole number")
        .hasMessageContaining("1000 to 86400000");
    Upkeep.set(table, Map.of(MaintenanceSettings.SWEEP_INTERVAL, "1"));
    assertThatThrownBy(() -> new TtlSweep().run(upkeep.scope(table)))
        .isInstanceOf(InvalidArgumentException.class);
    warehouse.drop(DOCS);
    assertThatThrownBy(() -> new TtlSweep().run(upkeep.scope(table)))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("dropped");
  }
}
