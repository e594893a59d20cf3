package io.proximadb.storage.lsm;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.io.LocalFileIO;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Metric;
import io.proximadb.storage.CompactionPolicy;
import io.proximadb.storage.CompactionPolicy.Candidate;
import io.proximadb.storage.CompactionPolicy.Task;
import io.proximadb.storage.TableContext;
import io.proximadb.testkit.RandomCollections;
import io.proximadb.testkit.Seed;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.Metrics;
import org.apache.iceberg.PartitionSpec;
import org.junit.jupiter.api.Test;

/**
 * The policy alone, over files that exist only as sets of keys; a row is 1 KiB. {@code
 * -Dproximadb.lsm-flushes=600} is as much as 38 GB in flushes of 64 MB.
 */
class LsmCompactionTest {
  private static final long ROW_BYTES = 1_024;
  private static final int FLUSHES = Integer.getInteger("proximadb.lsm-flushes", 250);

  /** Files of 64 rows, and 16 of them in level 1, as in production. */
  private static final LsmSizes SMALL = new LsmSizes(4_096, 64 * 1_024, 1 << 20);

  private static final TableContext TABLE =
      RandomCollections.table(
          CollectionSchema.builder().vector(1, Metric.DOT).build(), "memory://t", new LocalFileIO());

  /** A table whose files are sorted keys; the newest row of a key is live. */
  private static final class Simulation {
    private final CompactionPolicy policy;
    private final int fileRows;
    private final Map<DataFile, long[]> files = new LinkedHashMap<>();
    private final Map<DataFile, Integer> live = new LinkedHashMap<>();

    /** Where the live row of a key is. */
    private final Map<Long, DataFile> owner = new LinkedHashMap<>();

    private long flushedRows;
    private long writtenRows;

    Simulation(LsmSizes sizes) {
      this.policy = new LsmCompaction(sizes);
      this.fileRows = (int) (sizes.fileBytes() / ROW_BYTES);
    }

    void flush(Set<Long> keys) {
      long[] sorted = keys.stream().mapToLong(Long::longValue).sorted().toArray();
      flushedRows += sorted.length;
      write(sorted, 0);
      compact();
    }

    private void write(long[] sorted, int level) {
      for (int from = 0; from < sorted.length; from += fileRows) {
        long[] keys = Arrays.copyOfRange(sorted, from, Math.min(sorted.length, from + fileRows));
        DataFile file = file(keys, level);
        files.put(file, keys);
        live.put(file, keys.length);
        for (long key : keys) {
          DataFile before = owner.put(key, file);
          if (before != null && live.containsKey(before)) {
            live.merge(before, -1, Integer::sum);
          }
        }
        writtenRows += keys.length;
      }
    }

    private void compact() {
      for (int step = 0; ; step++) {
        assertThat(step).as("steps until there is nothing to do").isLessThan(10_000);
        List<Task> tasks = policy.plan(TABLE, candidates());
        if (tasks.isEmpty()) {
          return;
        }
        assertThat(tasks).isSortedAccordingTo((a, b) -> Double.compare(b.gain(), a.gain()));
        Set<DataFile> seen = new HashSet<>();
        for (Task task : tasks) {
          assertThat(task.gain()).isPositive();
          assertThat(task.inputs()).hasSizeBetween(1, LsmCompaction.MAX_INPUTS);
          assertThat(task.inputs()).allMatch(seen::add, "in one task only");
        }
        run(tasks.get(0));
      }
    }

    private void run(Task task) {

      List<Long> rows = new ArrayList<>();
      for (DataFile input : task.inputs()) {
        for (long key : files.get(input)) {
          if (owner.get(key) == input) {
            rows.add(key);
          }
        }
      }
      for (DataFile input : task.inputs()) {
        files.remove(input);
        live.remove(input);
      }
      write(rows.stream().mapToLong(Long::longValue).sorted().toArray(), task.level());
    }

    private List<Candidate> candidates() {
      return files.keySet().stream().map(file -> new Candidate(file, live.get(file))).toList();
    }

    double writeAmplification() {
      return (double) writtenRows / flushedRows;
    }

    long storedRows() {
      return files.values().stream().mapToLong(keys -> keys.length).sum();
    }

    /** Files whose range holds a key: what a look-up asks the filters of. */
    int filesOf(long key) {
      int count = 0;
      for (long[] keys : files.values()) {
        count += keys[0] <= key && key <= keys[keys.length - 1] ? 1 : 0;
      }
      return count;
    }
  }

  private static DataFile file(long[] keys, int level) {
    return file(LsmNames.of(UUID.randomUUID(), level), keys);
  }

  private static DataFile file(String name, long[] keys) {
    int id = TABLE.icebergSchema().findField("id").fieldId();
    return DataFiles.builder(PartitionSpec.unpartitioned())
        .withPath("memory://t/data/" + name)
        .withFileSizeInBytes(keys.length * ROW_BYTES)
        .withMetrics(
            new Metrics(
                (long) keys.length,
                Map.of(),
                Map.of(),
                Map.of(),
                Map.of(),
                Map.of(id, bound(keys[0])),
                Map.of(id, bound(keys[keys.length - 1]))))
        .build();
  }

  private static ByteBuffer bound(long key) {
    return ByteBuffer.wrap(
        String.format(Locale.ROOT, "%016x", key).getBytes(StandardCharsets.US_ASCII));
  }

  private static Simulation run(String name, int flushes, int flushRows, long keySpace) {
    Random random = Seed.random("LsmCompactionTest." + name);
    Simulation simulation = new Simulation(SMALL);
    for (int flush = 0; flush < flushes; flush++) {
      Set<Long> keys = new HashSet<>();
      while (keys.size() < flushRows) {
        keys.add(random.nextLong(0, keySpace));
      }
      simulation.flush(keys);
    }
    System.out.printf(
        Locale.ROOT,
        "%s: %d flushes of %d rows: write amplification %.1f, %d files, %.2f stored for each live,"
            + " %d files of an id%n",
        name,
        flushes,
        flushRows,
        simulation.writeAmplification(),
        simulation.files.size(),
        (double) simulation.storedRows() / simulation.owner.size(),
        simulation.filesOf(keySpace / 2));
    return simulation;
  }

  /** Keys come once: every row ends up in the last level. */
  @Test
  void insertsAreWrittenAtMostTwelveTimes() {
    assertThat(run("inserts", FLUSHES, 64, Long.MAX_VALUE).writeAmplification()).isLessThan(12);
  }

  /** Flushes by age, which are smaller than a file, are merged before they go down. */
  @Test
  void smallFlushesAreWrittenAtMostTwelveTimes() {
    Simulation simulation = run("small flushes", 4 * FLUSHES, 16, Long.MAX_VALUE);
    assertThat(simulation.writeAmplification()).isLessThan(12);
    assertThat(simulation.files).hasSizeLessThan(FLUSHES * 7 / 6);
  }

  @Test
  void updatesAreWrittenAtMostTwelveTimesAndDeadRowsGo() {
    Simulation simulation = run("updates", FLUSHES, 64, 16L * FLUSHES);
    assertThat(simulation.writeAmplification()).isLessThan(12);
    assertThat(simulation.storedRows()).isLessThan(2L * simulation.owner.size());
  }

  @Test
  void ascendingIdsAreNotMergedWithWhatTheyDoNotOverlap() {
    Simulation simulation = new Simulation(SMALL);
    for (int flush = 0; flush < 300; flush++) {
      Set<Long> keys = new HashSet<>();
      for (long key = 0; key < 64; key++) {
        keys.add(flush * 64L + key);
      }
      simulation.flush(keys);
    }
    assertThat(simulation.writeAmplification()).isLessThan(4);
  }

  @Test
  void aLookUpAsksFewFiles() {
    Simulation simulation = run("look-ups", FLUSHES / 2, 64, Long.MAX_VALUE);
    assertThat(simulation.filesOf(Long.MAX_VALUE / 3))
        .as("level 0 until it weighs as much as level 1, and one of each level below")
        .isLessThan(16 + LsmCompaction.LEVEL_0_FILES + 3);
  }

  @Test
  void filesOfOtherLayoutsAreRewrittenOneByOne() {
    List<Candidate> files = new ArrayList<>();
    for (String name : List.of("a.parquet", "00000-0-b.avro", UUID.randomUUID() + "-L3.parquet")) {
      files.add(new Candidate(file(name, new long[] {1, 2, 3}), 3));
    }
    files.add(new Candidate(file(new long[] {1, 2, 3}, 0), 3));
    List<Task> tasks = new LsmCompaction(SMALL).plan(TABLE, files);
    assertThat(tasks).hasSize(3).allMatch(task -> task.inputs().size() == 1);
    assertThat(tasks).allMatch(task -> task.level() == 1);
    assertThat(tasks.stream().map(task -> task.inputs().get(0)))
        .containsExactlyInAnyOrderElementsOf(
            files.subList(0, 3).stream().map(Candidate::file).toList());
  }

  /** A compaction of another layout's files, or of an older version, may leave such a level. */
  @Test
  void overlappingFilesOfALevelAreMerged() {
    List<Candidate> files = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      files.add(new Candidate(file(new long[] {i, 100 + i}, 2), 2));
    }
    files.add(new Candidate(file(new long[] {200, 300}, 2), 2));
    List<Task> tasks = new LsmCompaction(SMALL).plan(TABLE, files);
    assertThat(tasks).hasSize(1);
    assertThat(tasks.get(0).level()).isEqualTo(2);
    assertThat(tasks.get(0).inputs()).hasSize(5);
  }

  @Test
  void filesWithoutBoundsMayHoldAnyId() {
    DataFile unbounded =
        DataFiles.builder(PartitionSpec.unpartitioned())
            .withPath("memory://t/data/" + LsmNames.of(UUID.randomUUID(), 1))
            .withFileSizeInBytes(10 * ROW_BYTES)
            .withRecordCount(10)
            .build();
    List<Candidate> files = new ArrayList<>(List.of(new Candidate(unbounded, 10)));
    for (int i = 0; i < LsmCompaction.LEVEL_0_FILES; i++) {
      files.add(new Candidate(file(new long[] {5, 6, 7}, 0), 3));
    }
    List<Task> tasks = new LsmCompaction(SMALL).plan(TABLE, files);
    assertThat(tasks).hasSize(1);
    assertThat(tasks.get(0).inputs()).hasSize(LsmCompaction.LEVEL_0_FILES + 1).contains(unbounded);
  }
}
