package io.proximadb.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.env.Clock;
import io.proximadb.env.FailPoints;
import io.proximadb.storage.TableContext;
import io.proximadb.testkit.TableFiles;
import io.proximadb.testkit.Tables;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.iceberg.Snapshot;

/** What tests of maintenance need: a clock that jumps, and another account of what is reachable. */
final class Upkeep {
  private final AtomicLong aheadMicros = new AtomicLong();
  private final Clock clock =
      Clock.of(() -> System.currentTimeMillis() * 1_000 + aheadMicros.get());

  Clock clock() {
    return clock;
  }

  /** Lets time pass for whoever asks the clock. */
  void pass(Duration time) {
    aheadMicros.addAndGet(time.toMillis() * 1_000);
  }

  MaintenanceScope scope(CollectionTable table) {
    return scope(table, FailPoints.NONE);
  }

  MaintenanceScope scope(CollectionTable table, FailPoints failPoints) {
    return new MaintenanceScope(table, clock, failPoints);
  }

  /** Runs a work until there is nothing more to do. */
  MaintenanceResult run(MaintenanceWork work, CollectionTable table) {
    MaintenanceResult result = work.run(scope(table));
    for (MaintenanceResult next = result; next.more(); ) {
      next = work.run(scope(table));
    }
    return result;
  }

  /** Lets a week and more pass, and runs everything. */
  void cleanUp(CollectionTable table) {
    pass(Duration.ofDays(9));
    for (MaintenanceWork work : MaintenanceWorks.standard()) {
      run(work, table);
    }
    // What the works have let go themselves, by works that have not looked yet.
    pass(Duration.ofDays(9));
    run(new SnapshotExpiry(), table);
    run(new OrphanCleanup(), table);
  }

  /** Makes all files of a table look as if they were written long ago. */
  static void age(CollectionTable table, Duration age) {
    FileTime time = FileTime.from(Instant.now().minus(age));
    for (Path file : files(table)) {
      try {
        Files.setLastModifiedTime(file, time);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** All files under a table's location. */
  static List<Path> files(CollectionTable table) {
    return TableFiles.all(table);
  }

  /** What the table's snapshots and metadata name, found by reading them in Iceberg's own way. */
  static Set<Path> reachable(CollectionTable table) {
    return TableFiles.reachable(table);
  }

  /** Files that nothing names; an engine's lock is none. */
  static List<Path> strays(CollectionTable table) {
    return TableFiles.strays(table);
  }

  /** Every file that is named is there, and every snapshot can be read. */
  static void checkWhole(CollectionTable table) {
    assertThat(reachable(table)).allMatch(Files::exists);
    for (Snapshot snapshot : table.table().snapshots()) {
      Tables.numbers(table, snapshot.snapshotId());
    }
  }

  /** The snapshots of a table, oldest first. */
  static List<Long> snapshots(CollectionTable table) {
    table.refresh();
    List<Long> ids = new ArrayList<>();
    table.table().snapshots().forEach(snapshot -> ids.add(snapshot.snapshotId()));
    return ids;
  }

  /** Sets properties of a table. */
  static void set(CollectionTable table, Map<String, String> properties) {
    org.apache.iceberg.UpdateProperties update = table.table().updateProperties();
    properties.forEach(update::set);
    update.commit();
    table.refresh();
  }

  /** Puts a file of some bytes where nothing names it. */
  static Path stray(CollectionTable table, String folder, String name) {
    Path file = Path.of(table.context().location(), folder, name);
    try {
      Files.createDirectories(file.getParent());
      return Files.writeString(file, "stray");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where staged files of a purpose are. */
  static String staging(String purpose) {
    return TableContext.OWN_FOLDER + "/__" + purpose;
  }
}
