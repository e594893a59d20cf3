package io.proximadb.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.CollectionName;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.Tables;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReaderPinsTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");

  @TempDir Path folder;
  private final Upkeep upkeep = new Upkeep();
  private final ReaderPins pins = new ReaderPins(upkeep.clock());

  private Warehouse open(String... properties) {
    Map<String, String> all = new java.util.HashMap<>(Map.of("warehouse", folder.toString()));
    for (int i = 0; i < properties.length; i += 2) {
      all.put(properties[i], properties[i + 1]);
    }
    return Warehouse.open(all);
  }

  private static CollectionTable create(Warehouse warehouse) {
    CollectionTable table =
        warehouse.create(
            DOCS, Records.schema(), Map.of(MaintenanceSettings.SNAPSHOT_MIN_AGE, "60000"));
    Tables.upsert(table, List.of(Records.of("a", 1)));
    return table;
  }

  private static Set<String> references(CollectionTable table) {
    table.refresh();
    return table.table().refs().keySet();
  }

  /** Until the collector has seen that nobody has a token. */
  private static void collect(WeakReference<Object> token) {
    while (token.get() != null) {
      System.gc();
      Thread.onSpinWait();
    }
  }

  @Test
  void aReadThatLastsHasItsSnapshotUntilNobodyReads() {
    try (Warehouse warehouse = open()) {
      CollectionTable table = create(warehouse);
      long snapshot = table.snapshotId().getAsLong();
      Object token = new Object();
      pins.hold(table, () -> warehouse.load(DOCS), token);
      pins.hold(table, () -> warehouse.load(DOCS), token);
      pins.tick();
      assertThat(references(table)).as("short reads cost no commit").containsExactly("main");
      upkeep.pass(Duration.ofMillis(ReaderPins.DEFAULT_DELAY_MS));
      pins.tick();
      assertThat(references(table)).hasSize(2);
      CollectionTable other = warehouse.load(DOCS);
      for (int i = 0; i < 5; i++) {
        Tables.upsert(other, List.of(Records.of("a", 2 + i)));
        upkeep.pass(Duration.ofMinutes(6));
        pins.tick();
        upkeep.run(new SnapshotExpiry(), other);
      }
      assertThat(Upkeep.snapshots(other)).contains(snapshot).hasSizeLessThan(6);
      assertThat(Tables.numbers(other, snapshot)).isEqualTo(Map.of("a", 1L));
      Reference.reachabilityFence(token);
      WeakReference<Object> weak = new WeakReference<>(token);
      token = null;
      collect(weak);
      pins.tick();
      assertThat(references(table)).containsExactly("main");
      assertThat(pins.size()).isZero();
      upkeep.run(new SnapshotExpiry(), other);
      assertThat(Upkeep.snapshots(other)).doesNotContain(snapshot);
    }
  }

  @Test
  void whoSaysThatItHasEndedIsNotPinned() {
    try (Warehouse warehouse = open()) {
      CollectionTable table = create(warehouse);
      Object token = new Object();
      Object other = new Object();
      pins.hold(table, () -> warehouse.load(DOCS), token);
      pins.hold(table, () -> warehouse.load(DOCS), other);
      pins.release(token);
      pins.tick();
      assertThat(pins.size()).isEqualTo(1);
      pins.release(other);
      upkeep.pass(Duration.ofMillis(ReaderPins.DEFAULT_DELAY_MS));
      pins.tick();
      assertThat(references(table)).containsExactly("main");
      assertThat(pins.size()).isZero();
      Reference.reachabilityFence(token);
      Reference.reachabilityFence(other);
    }
  }

  @Test
  void thePinOfADeadProcessEnds() {
    try (Warehouse warehouse = open(ReaderPins.DELAY, "0")) {
      CollectionTable table = create(warehouse);
      long snapshot = table.snapshotId().getAsLong();
      Object token = new Object();
      pins.hold(table, () -> warehouse.load(DOCS), token);
      assertThat(references(table)).as("at once").hasSize(2);
      Tables.upsert(table, List.of(Records.of("a", 2)));
      // Nobody ticks: it died.
      upkeep.pass(ReaderPins.PIN_TIME.plusMinutes(2));
      upkeep.run(new SnapshotExpiry(), table);
      assertThat(references(table)).containsExactly("main");
      assertThat(Upkeep.snapshots(table)).doesNotContain(snapshot);
      pins.tick();
      assertThat(pins.size()).as("it cannot be pinned again").isZero();
      Reference.reachabilityFence(token);
    }
  }

  @Test
  void aReaderThatIsForgottenHoldsASnapshotForDaysAndNotForGood() {
    try (Warehouse warehouse = open(ReaderPins.DELAY, "0")) {
      CollectionTable table = create(warehouse);
      Object token = new Object();
      pins.hold(table, () -> warehouse.load(DOCS), token);
      upkeep.pass(ReaderPins.MAX_HOLD);
      pins.tick();
      assertThat(references(table)).containsExactly("main");
      Reference.reachabilityFence(token);
    }
  }

  @Test
  void aDelayThatDoesNotParseIsNamed() {
    try (Warehouse warehouse = open(ReaderPins.DELAY, "soon")) {
      CollectionTable table = create(warehouse);
      assertThatThrownBy(() -> pins.hold(table, () -> table, new Object()))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("'soon'");
    }
  }
}
