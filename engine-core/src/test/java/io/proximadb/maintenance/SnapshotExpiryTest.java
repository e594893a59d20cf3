package io.proximadb.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.model.CollectionName;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.Tables;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotExpiryTest {
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

  private void commits(int count) {
    for (int i = 0; i < count; i++) {
      Tables.upsert(table, List.of(Records.of("a", i), Records.of("b" + i, i)));
    }
  }

  @Test
  void oldSnapshotsGoWithTheFilesThatTheyAloneReach() {
    commits(3);
    // Everything of the first two is deleted, and their files go from the current snapshot.
    Tables.delete(table, List.of("b0", "b1"));
    CollectionTable foreign = warehouse.load(DOCS);
    List<String> dead =
        foreign.liveFiles().stream()
            .filter(file -> file.deletedPositions(table.context()).getCardinality() == 2)
            .map(file -> file.location())
            .toList();
    assertThat(dead).hasSize(2);
    org.apache.iceberg.DeleteFiles delete = foreign.table().newDelete();
    dead.forEach(delete::deleteFile);
    delete.commit();
    assertThat(upkeep.run(new SnapshotExpiry(), table).done()).isFalse();
    upkeep.pass(Duration.ofHours(2));
    assertThat(new SnapshotExpiry().plan(upkeep.scope(table)).what())
        .isEqualTo("would expire 4 snapshots");
    assertThat(Upkeep.snapshots(table)).hasSize(5);
    MaintenanceResult result = upkeep.run(new SnapshotExpiry(), table);
    assertThat(result.filesRemoved()).isPositive();
    assertThat(Upkeep.snapshots(table)).hasSize(1);
    assertThat(dead).noneMatch(file -> Path.of(file).toFile().exists());
    assertThat(Upkeep.strays(table)).isEmpty();
    Upkeep.checkWhole(table);
    assertThat(Tables.numbersByIceberg(table)).isEqualTo(Map.of("a", 2L, "b2", 2L));
  }

  @Test
  void anAgeCountsFromTheEndOfBeingCurrent() {
    commits(1);
    upkeep.pass(Duration.ofHours(2));
    SnapshotExpiry expiry = new SnapshotExpiry();
    assertThat(upkeep.run(expiry, table).done()).isFalse();
    assertThat(Upkeep.snapshots(table)).hasSize(1);
    Upkeep.set(table, Map.of(MaintenanceSettings.SNAPSHOT_MIN_AGE, "10800000"));
    commits(1);
    upkeep.pass(Duration.ofMinutes(30));
    assertThat(upkeep.run(expiry, table).done()).isFalse();
    upkeep.pass(Duration.ofHours(1));
    assertThat(upkeep.run(expiry, table).done()).isTrue();
    assertThat(Upkeep.snapshots(table)).hasSize(1);
  }

  @Test
  void tagsBranchesAndIcebergsOwnSettingsAreRespected() {
    commits(6);
    List<Long> ids = Upkeep.snapshots(table);
    table.table().manageSnapshots().createTag("release", ids.get(1)).commit();
    table.table().manageSnapshots().createBranch("audit", ids.get(2)).commit();
    Upkeep.set(table, Map.of("history.expire.min-snapshots-to-keep", "2"));
    upkeep.pass(Duration.ofDays(2));
    SnapshotExpiry expiry = new SnapshotExpiry();
    upkeep.run(expiry, table);
    assertThat(Upkeep.snapshots(table))
        .containsExactlyInAnyOrder(ids.get(1), ids.get(2), ids.get(4), ids.get(5));
    Upkeep.checkWhole(table);
    table.table().manageSnapshots().removeTag("release").commit();
    table.table().manageSnapshots().removeBranch("audit").commit();
    Upkeep.set(
        table,
        Map.of(
            "history.expire.min-snapshots-to-keep",
            "1",
            "history.expire.max-snapshot-age-ms",
            Long.toString(Duration.ofDays(30).toMillis())));
    upkeep.pass(Duration.ofDays(1));
    assertThat(upkeep.run(expiry, table).done()).isFalse();
    Upkeep.set(table, Map.of("gc.enabled", "false"));
    upkeep.pass(Duration.ofDays(60));
    assertThat(upkeep.run(expiry, table).done()).isFalse();
    assertThat(Upkeep.snapshots(table)).hasSize(4);
    Upkeep.set(table, Map.of("gc.enabled", "true"));
    upkeep.pass(Duration.ofHours(1));
    upkeep.run(expiry, table);
    assertThat(Upkeep.snapshots(table)).containsExactly(ids.get(5));
    assertThat(Upkeep.strays(table)).isEmpty();
  }

  @Test
  void pinsKeepASnapshotUntilTheirTimeIsOver() {
    commits(4);
    List<Long> ids = Upkeep.snapshots(table);
    upkeep.pass(Duration.ofMinutes(50));
    SnapshotPins pins = new SnapshotPins(warehouse.load(DOCS), upkeep.clock());
    String job = pins.create(ids.get(0), Duration.ofHours(2));
    String cursor = pins.create(ids.get(1), Duration.ofHours(2));
    String released = pins.create(ids.get(2), Duration.ofHours(2));
    pins.release(released);
    pins.release(released);
    SnapshotExpiry expiry = new SnapshotExpiry();
    upkeep.pass(Duration.ofMinutes(100));
    upkeep.run(expiry, table);
    assertThat(Upkeep.snapshots(table)).containsExactly(ids.get(0), ids.get(1), ids.get(3));
    assertThat(Tables.numbers(table, ids.get(0))).isEqualTo(Map.of("a", 0L, "b0", 0L));
    pins.renew(job, Duration.ofHours(2));
    upkeep.pass(Duration.ofMinutes(30));
    MaintenanceResult result = upkeep.run(expiry, table);
    assertThat(result.what()).contains("1 snapshots and 1 pins");
    assertThat(table.table().refs()).containsOnlyKeys("main", job);
    assertThat(Upkeep.snapshots(table)).containsExactly(ids.get(0), ids.get(3));
    assertThatThrownBy(() -> pins.renew(cursor, Duration.ofHours(1)))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("its time was over");
    assertThatThrownBy(() -> pins.create(ids.get(1), Duration.ofHours(1)))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("has expired");
    assertThatThrownBy(() -> pins.create(ids.get(3), Duration.ofDays(4)))
        .isInstanceOf(InvalidArgumentException.class);
    assertThatThrownBy(() -> pins.release("release"))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("proximadb-pin-");
    upkeep.pass(Duration.ofHours(3));
    upkeep.run(expiry, table);
    assertThat(Upkeep.snapshots(table)).containsExactly(ids.get(3));
    Upkeep.checkWhole(table);
    assertThat(Upkeep.strays(table)).isEmpty();
  }

  @Test
  void aPinThatIsMadeMeanwhileWins() {
    commits(3);
    List<Long> ids = Upkeep.snapshots(table);
    upkeep.pass(Duration.ofHours(2));
    SnapshotPins pins = new SnapshotPins(warehouse.load(DOCS), upkeep.clock());
    CollectionTable late = warehouse.load(DOCS);
    late.refresh();
    pins.create(ids.get(0), Duration.ofHours(1));
    // The snapshots are chosen from metadata without the pin; the commit meets it.
    assertThatThrownBy(() -> io.proximadb.catalog.SnapshotCommits.expire(late, ids.subList(0, 1)))
        .isInstanceOf(io.proximadb.error.ConflictException.class);
    upkeep.run(new SnapshotExpiry(), table);
    assertThat(Upkeep.snapshots(table)).containsExactly(ids.get(0), ids.get(2));
  }

  @Test
  void tooManySnapshotsAreExpiredEarlier() {
    int limit = 10;
    commits(1);
    // Empty appends, by Iceberg alone, in one transaction for speed.
    org.apache.iceberg.Transaction transaction = table.table().newTransaction();
    for (int i = 0; i < limit + 20; i++) {
      transaction.newFastAppend().set("n", Integer.toString(i)).commit();
    }
    transaction.commitTransaction();
    assertThat(Upkeep.snapshots(table)).hasSize(limit + 21);
    SnapshotExpiry expiry = new SnapshotExpiry(limit);
    assertThat(upkeep.run(expiry, table).done()).isFalse();
    upkeep.pass(Duration.ofMinutes(3));
    upkeep.run(expiry, table);
    assertThat(Upkeep.snapshots(table)).hasSize(limit);
    assertThat(Upkeep.strays(table)).isEmpty();
  }
}
