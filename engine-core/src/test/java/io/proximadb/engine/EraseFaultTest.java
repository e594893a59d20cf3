package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.EraseReceipt;
import io.proximadb.api.EraseRequest;
import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.error.UnavailableException;
import io.proximadb.io.Disks;
import io.proximadb.io.LocalDisk;
import io.proximadb.model.CollectionName;
import io.proximadb.model.StoredRecord;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.Folders;
import io.proximadb.testkit.ForeignEngine;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.RoutedDisk;
import io.proximadb.testkit.Seed;
import io.proximadb.testkit.StoppingDisk;
import io.proximadb.testkit.StoppingDisk.Stop;
import io.proximadb.testkit.Tables;
import io.proximadb.testkit.Traces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An erasure is stopped at each of its steps, and at operations of the disk by an error or by a
 * crash that loses what is not synced: nothing else is lost, it does not say that it is done, and
 * asked for again it completes.
 */
class EraseFaultTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");
  private static final Set<String> PEOPLE =
      Set.of("who-1-exactly", "who-4-exactly", "who-9-exactly");
  private static final long FIRST = 7_600_000_000_000L;

  /** How many operations of the disk are drawn; {@code -Dproximadb.fault-runs=1000} for all. */
  private static final int RUNS = Integer.getInteger("proximadb.fault-runs", 8);

  @TempDir Path temp;
  private Path folder;

  /** A mirror in a folder makes hard links, which the disk that forgets does not know. */
  private boolean mirrored;

  private final Map<String, Long> kept = new TreeMap<>();

  private EngineOptions options() {
    EngineOptions options =
        Engines.quiet(folder.resolve("warehouse"))
            .withHome(folder.resolve("home"))
            .withFlush(64 << 20, Duration.ofHours(1))
            .withCatalogProperty(Disks.DISK_IMPL, RoutedDisk.class.getName());
    return mirrored
        ? options.withCatalogProperty(
            "proximadb.wal.mirror.location", folder.resolve("mirror").toString())
        : options;
  }

  /** A table with the records in old and new files, foreign ones, the log and its mirror. */
  private void prepare(boolean withMirror) throws IOException {
    mirrored = withMirror;
    folder = temp.resolve("data");
    Files.createDirectories(folder);
    RoutedDisk.route(folder, new LocalDisk());
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.createCollection(DOCS, Records.schema());
      for (int round = 0; round < 3; round++) {
        for (int i = round; i < 10; i++) {
          docs.upsert(List.of(Records.of("who-" + i + "-exactly", FIRST + 100 * round + i)));
          kept.put("who-" + i + "-exactly", FIRST + 100 * round + i);
        }
        if (round < 2) {
          docs.flush();
        }
      }
      docs.delete(List.of("who-9-exactly"));
      docs.flush();
      try (Warehouse warehouse = Warehouse.open(options().catalog())) {
        CollectionTable table = warehouse.load(DOCS);
        ForeignEngine foreign = new ForeignEngine(table, new Random(1));
        foreign.append(foreign.write(List.of(foreign.row("who-1-exactly", FIRST + 500))));
        long snapshot = table.table().snapshots().iterator().next().snapshotId();
        table.table().manageSnapshots().createTag("audit", snapshot).commit();
      }
      docs.upsert(List.of(Records.of("who-4-exactly", FIRST + 600)));
      docs.upsert(List.of(Records.of("who-20-exactly", FIRST + 620)));
      kept.put("who-20-exactly", FIRST + 620);
    }
    kept.keySet().removeAll(PEOPLE);
    Folders.copy(folder, temp.resolve("template"));
  }

  private List<String> traces() {
    List<Long> numbers = new ArrayList<>();
    for (int round = 0; round < 3; round++) {
      for (int i : new int[] {1, 4, 9}) {
        if (i >= round) {
          numbers.add(FIRST + 100 * round + i);
        }
      }
    }
    numbers.addAll(List.of(FIRST + 500, FIRST + 600));
    return new Traces(PEOPLE, numbers).in(folder);
  }

  @Test
  void anErasureThatFailsAtAStepLosesNothingAndCanBeAskedForAgain() throws IOException {
    prepare(true);
    assertThat(traces()).hasSizeGreaterThan(5);
    Set<String> steps = new LinkedHashSet<>();
    try (ProximaEngine engine = ProximaEngine.open(options().withFailPoints(steps::add))) {
      assertThat(engine.collection(DOCS).erase(PEOPLE).isComplete()).isTrue();
    }
    assertThat(traces()).isEmpty();
    steps.removeIf(step -> !step.startsWith("erase."));
    assertThat(steps).hasSizeGreaterThan(12);
    for (String step : steps) {
      Folders.restore(temp.resolve("template"), folder);
      AtomicBoolean failed = new AtomicBoolean();
      try (ProximaEngine engine =
          ProximaEngine.open(
              options()
                  .withFailPoints(
                      reached -> {
                        if (reached.equals(step) && failed.compareAndSet(false, true)) {
                          throw new UnavailableException("The test fails at " + step);
                        }
                      }))) {
        Collection docs = engine.collection(DOCS);
        EraseReceipt first = null;
        try {
          first = docs.erase(PEOPLE);
        } catch (UnavailableException e) {
          assertThat(e).hasMessageContaining("The test fails");
        }
        assertThat(failed).as(step).isTrue();
        assertThat(first).as(step).isNull();
        check(docs, step);
        // The very engine goes on; nobody else writes, so what it left in staging may go.
        assertThat(docs.erase(EraseRequest.of(PEOPLE).alone()).remaining()).as(step).isEmpty();
        check(docs, step);
      }
      assertThat(traces()).as(step).isEmpty();
    }
    System.out.println("EraseFaultTest: " + steps.size() + " steps " + steps);
    RoutedDisk.unroute(folder);
  }

  @Test
  void anErasureThatIsStoppedAtAnyOperationOfTheDiskLosesNothingAndCanBeAskedForAgain()
      throws IOException {
    prepare(false);
    int operations = stopAt(Stop.NONE);
    assertThat(operations).isGreaterThan(50);
    Random random = Seed.random("EraseFaultTest");
    for (Stop stop : Stop.draw(operations, RUNS, random)) {
      Folders.restore(temp.resolve("template"), folder);
      stopAt(stop);
    }
    System.out.println("EraseFaultTest: " + operations + " operations");
    RoutedDisk.unroute(folder);
  }

  /** Gives the number of operations that an erasure takes, with opening and closing. */
  private int stopAt(Stop stop) throws IOException {
    String as = stop.toString();
    StoppingDisk disk = StoppingDisk.route(folder, stop);
    EraseReceipt receipt = null;
    RuntimeException failed = null;
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      receipt = engine.collection(DOCS).erase(PEOPLE);
    } catch (RuntimeException e) {
      failed = e;
    }
    int operations = disk.operations();
    if (receipt != null && receipt.isComplete()) {
      // A power cut right behind it brings nothing back.
      disk.crash();
    }
    disk.end();
    if (receipt != null && receipt.isComplete()) {
      assertThat(traces()).as(as + ", done").isEmpty();
    } else {
      assertThat(stop).as(as + ", failed " + failed).isNotEqualTo(Stop.NONE);
    }
    try (ProximaEngine engine = ProximaEngine.open(options())) {
      Collection docs = engine.collection(DOCS);
      check(docs, as);
      assertThat(docs.erase(EraseRequest.of(PEOPLE).alone()).remaining()).as(as).isEmpty();
      check(docs, as);
    }
    assertThat(traces()).as(as).isEmpty();
    try (Warehouse warehouse = Warehouse.open(options().catalog())) {
      CollectionTable table = warehouse.load(DOCS);
      assertThat(Tables.numbersByIceberg(table)).as(as).isEqualTo(kept);
      assertThat(table.properties())
          .as(as)
          .containsEntry("write.metadata.previous-versions-max", "100")
          .doesNotContainKey("proximadb.erase.saved-metadata-log");
    }
    return operations;
  }

  /** All other records are as they were, those of the ids as they were or gone. */
  private void check(Collection docs, String as) {
    Map<String, Long> found = new TreeMap<>();
    for (StoredRecord record : docs.get(List.copyOf(kept.keySet()))) {
      found.put(record.record().id(), Records.number(record));
    }
    assertThat(found).as(as).isEqualTo(kept);
    for (StoredRecord record : docs.get(List.copyOf(PEOPLE))) {
      assertThat(Records.number(record)).as(as).isIn(FIRST + 500, FIRST + 600);
    }
  }
}
