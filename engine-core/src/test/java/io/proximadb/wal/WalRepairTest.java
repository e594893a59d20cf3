package io.proximadb.wal;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.error.UnavailableException;
import io.proximadb.testkit.FaultyDisk;
import io.proximadb.testkit.Seed;
import io.proximadb.testkit.WalHistory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Logs that are damaged at random, in every way there is: inspect names what is damaged, repair
 * keeps all that is sound, and the log then opens with exactly that.
 */
class WalRepairTest {
  private static final int RUNS = Integer.getInteger("proximadb.test.repair-runs", 60);

  private static final List<FaultyDisk.Step> STEPS =
      List.of(
          FaultyDisk.Step.CREATE,
          FaultyDisk.Step.WRITE,
          FaultyDisk.Step.SYNC,
          FaultyDisk.Step.MOVE,
          FaultyDisk.Step.DELETE,
          FaultyDisk.Step.SYNC_DIRECTORY);

  @TempDir Path temp;

  private Random random = new Random(0);

  /** A log as it was written: its options, folders, and what each number is. */
  private static final class Written {
    final Path home;
    final List<Path> folders = new ArrayList<>();
    DirectoryLayout layout = DirectoryLayout.STRIPE;
    WalOptions options = WalFixture.SMALL;
    long incarnation;
    final TreeMap<Long, String> records = new TreeMap<>();
    final Set<Path> damaged = new HashSet<>();

    Written(Path home) {
      this.home = home;
    }

    Path folder() {
      return home.resolve(EngineHome.WAL_FOLDER);
    }

    List<Path> segments() throws IOException {
      List<Path> all = new ArrayList<>();
      for (Path folder : folders) {
        all.addAll(WalFixture.segments(folder));
      }
      return all;
    }
  }

  /** A log of some lives, each closed in order, so that footers make all of it durable. */
  private Written write(int run, int folders, DirectoryLayout layout) throws IOException {
    Written log = new Written(temp.resolve("home" + run));
    Files.createDirectories(log.folder());
    log.layout = layout;
    if (folders == 1) {
      log.folders.add(log.folder());
    }
    for (int i = 0; folders > 1 && i < folders; i++) {
      log.folders.add(temp.resolve("disk" + run + "-" + i));
    }
    WalOptions.Builder options =
        WalOptions.builder()
            .preallocateBytes(WalFixture.PREALLOCATED)
            .segmentBytes(3_000 + random.nextInt(3_000))
            .compression(Compression.values()[random.nextInt(Compression.values().length)]);
    if (folders > 1) {
      options.directories(log.folders).layout(layout);
    }
    log.options = options.build();
    int lives = 1 + random.nextInt(3);
    for (int life = 0; life < lives; life++) {
      live(log, 1 + random.nextInt(30));
    }
    if (random.nextInt(3) == 0) {
      release(log);
    }
    return log;
  }

  private void live(Written log, int units) {
    try (EngineHome home = EngineHome.open(WalFixture.UNSYNCED, log.home, "test");
        FileWal wal =
            FileWal.open(
                WalFixture.UNSYNCED,
                home.walFolder(),
                home.engineId(),
                home.incarnation(),
                log.options,
                record -> {})) {
      for (int i = 0; i < units; i++) {
        List<WalRecord> unit = WalFixture.randomUnit(random);
        long first = wal.append(unit);
        for (int r = 0; r < unit.size(); r++) {
          log.records.put(first + r, WalHistory.describe(unit.get(r).withSequence(first + r)));
        }
        wal.awaitDurable(first + unit.size() - 1);
      }
    }
  }

  /** Some segments go, as the tables have their records. */
  private void release(Written log) {
    try (EngineHome home = EngineHome.open(WalFixture.UNSYNCED, log.home, "test");
        FileWal wal =
            FileWal.open(
                WalFixture.UNSYNCED,
                home.walFolder(),
                home.engineId(),
                home.incarnation(),
                log.options,
                record -> {})) {
      long upTo = 1 + random.nextInt((int) wal.nextSequence());
      wal.release(WalFixture.TABLE, upTo);
      wal.release(WalFixture.OTHER_TABLE, upTo);
    }
    List<String> left = open(log, new ArrayList<>());
    log.records.values().retainAll(left);
    assertThat(left).containsExactlyElementsOf(log.records.values());
  }

  private List<String> open(Written log, List<String> notes) {
    List<String> replayed = new ArrayList<>();
    try (EngineHome home = EngineHome.open(WalFixture.UNSYNCED, log.home, "test");
        FileWal wal =
            FileWal.open(
                WalFixture.UNSYNCED,
                home.walFolder(),
                home.engineId(),
                home.incarnation(),
                log.options,
                record -> replayed.add(WalHistory.describe(record)))) {
      notes.addAll(wal.recovery().notes());
    }
    return replayed;
  }

  /** Numbers that stand in the frames of a file. */
  private static List<LogFrame> frames(Path file) throws IOException {
    return WalFixture.frames(file).stream().filter(frame -> !frame.footer()).toList();
  }

  private static void lose(Written log, LogFrame frame) {
    for (long n = frame.firstSequence(); n <= frame.lastSequence(); n++) {
      log.records.remove(n);
    }
  }

  /**
   * A directory is gone with all that is in it; one that has no damage yet, and not the last with a
   * segment: of a log without any, repair rightly says that nothing can be saved.
   */
  private String unplug(Written log) throws IOException {
    Path folder = log.folders.get(random.nextInt(log.folders.size()));
    boolean damaged = log.damaged.stream().anyMatch(file -> file.startsWith(folder));
    boolean last = log.segments().stream().allMatch(file -> file.startsWith(folder));
    if (damaged || last) {
      return "nothing";
    }
    for (Path file : WalFixture.segments(folder)) {
      frames(file).forEach(frame -> lose(log, frame));
    }
    Files.move(folder, folder.resolveSibling(folder.getFileName() + "-unplugged"));
    log.folders.remove(folder);
    return "unplugged " + folder;
  }

  /** Damages one segment; the numbers that are gone leave the log's records. */
  private String damage(Written log) throws IOException {
    if (random.nextInt(8) == 0) {
      return unplug(log);
    }
    List<Path> segments = log.segments();
    segments.removeAll(log.damaged);
    if (segments.isEmpty()) {
      return "nothing";
    }
    Path file = segments.get(random.nextInt(segments.size()));
    log.damaged.add(file);
    List<LogFrame> frames = frames(file);
    byte[] bytes = Files.readAllBytes(file);
    switch (random.nextInt(4)) {
      case 0:
        if (!frames.isEmpty()) {
          LogFrame frame = frames.get(random.nextInt(frames.size()));
          int length = (int) (frame.endOffset() - frame.offset());
          int at = (int) frame.offset() + random.nextInt(length);
          bytes[at] ^= (byte) (1 << random.nextInt(8));
          Files.write(file, bytes);
          lose(log, frame);
          return "flipped a bit at " + at + " of " + file;
        }
        return "nothing";
      case 1:
        int header;
        try (LogReader reader = LogReader.open(WalFixture.LOCAL, file)) {
          header = reader.header().length();
        }
        int size = header + random.nextInt(bytes.length - header + 1);
        Files.write(file, Arrays.copyOf(bytes, size));
        frames.stream().filter(frame -> frame.endOffset() > size).forEach(f -> lose(log, f));
        return "cut " + file + " to " + size;
      case 2:
        bytes[random.nextInt(80)] ^= (byte) (1 << random.nextInt(8));
        Files.write(file, bytes);
        frames.forEach(frame -> lose(log, frame));
        return "damaged the header of " + file;
      default:
        if (segments.size() > 1) {
          Files.delete(file);
          frames.forEach(frame -> lose(log, frame));
        }
        return "deleted " + file;
    }
  }

  private static boolean opens(Written log) throws IOException {
    return WalInspector.inspect(WalFixture.LOCAL, log.home, List.of()).refusal() == null;
  }

  @Test
  void whatIsSoundIsKeptHoweverALogIsDamaged() throws Exception {
    random = Seed.random("whatIsSoundIsKeptHoweverALogIsDamaged");
    int refused = 0;
    for (int run = 0; run < RUNS; run++) {
      int folders = random.nextInt(3) == 0 ? 2 + random.nextInt(2) : 1;
      Written log = write(run, folders, DirectoryLayout.STRIPE);
      if (log.records.isEmpty()) {
        continue;
      }
      long last = log.records.lastKey();
      List<String> done = new ArrayList<>();
      int damages = 1 + random.nextInt(2);
      for (int i = 0; i < damages; i++) {
        done.add(damage(log));
      }
      String name = "run " + run + ", " + folders + " folders: " + done;
      if (opens(log)) {
        continue; // what was lost was at the end of the log, or the start
      }
      refused++;
      check(log, name, last);
    }
    assertThat(refused).isGreaterThan(RUNS / 3);
  }

  private void check(Written log, String name, long last) throws IOException {
    WalInspection found = WalInspector.inspect(WalFixture.LOCAL, log.home, List.of());
    assertThat(found.sound()).as(name).isFalse();
    // The gaps are the numbers that are gone, but for those at the ends, where nothing tells.
    SequenceRanges sound = new SequenceRanges();
    log.records.keySet().forEach(number -> sound.add(number, number));
    long upTo = Math.max(found.durableSequence(), sound.last());
    for (SequenceRange gap : found.gaps()) {
      assertThat(LongStream.rangeClosed(gap.first(), gap.last()))
          .as(name + " " + found.gaps())
          .noneMatch(log.records::containsKey);
    }
    List<SequenceRange> gone = sound.gaps(found.firstSequence(), Math.min(upTo, last));
    SequenceRanges named = new SequenceRanges();
    found.gaps().forEach(gap -> named.add(gap.first(), gap.last()));
    for (SequenceRange range : gone) {
      assertThat(named.gaps(range.first(), range.last())).as(name + " " + found.gaps()).isEmpty();
    }
    List<String> salvaged = new ArrayList<>();
    WalInspector.records(
        WalFixture.LOCAL,
        log.home,
        List.of(),
        1,
        Long.MAX_VALUE,
        record -> salvaged.add(WalHistory.describe(record)));
    assertThat(salvaged).as(name).containsExactlyElementsOf(log.records.values());
    List<Path> before = log.segments();
    WalRepairPlan plan = WalRepair.plan(WalFixture.UNSYNCED, log.home, List.of());
    assertThat(plan.isNeeded()).as(name).isTrue();
    assertThat(log.segments()).as(name).isEqualTo(before);
    WalRepairPlan repaired;
    try {
      repaired = WalRepair.repair(WalFixture.UNSYNCED, log.home, List.of());
    } catch (RuntimeException e) {
      throw new AssertionError(name + "\n" + plan, e);
    }
    assertThat(repaired).isEqualTo(plan);
    assertThat(repaired.givenUp()).as(name).isEqualTo(found.gaps());
    assertThat(WalInspector.inspect(WalFixture.LOCAL, log.home, List.of()).sound())
        .as(name)
        .isTrue();
    assertThat(WalRepair.plan(WalFixture.LOCAL, log.home, List.of()).isNeeded()).isFalse();
    for (int i = 0; i < 2; i++) {
      List<String> notes = new ArrayList<>();
      assertThat(open(log, notes)).as(name).containsExactlyElementsOf(log.records.values());
      for (SequenceRange range : repaired.givenUp()) {
        assertThat(notes)
            .as(name + " " + repaired.givenUp())
            .anyMatch(note -> note.contains("were given up by an earlier repair"));
      }
    }
    live(log, 3);
    assertThat(open(log, new ArrayList<>()))
        .as(name)
        .containsExactlyElementsOf(log.records.values());
  }

  @Test
  void aRepairThatDiesIsRunAgain() throws Exception {
    random = Seed.random("aRepairThatDiesIsRunAgain");
    int died = 0;
    for (int run = 0; run < RUNS / 3; run++) {
      Written log = write(run, 1 + random.nextInt(2), DirectoryLayout.STRIPE);
      List<String> done = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        done.add(damage(log));
      }
      String name = "run " + run + ": " + done;
      if (opens(log)) {
        continue; // what was lost was at the end of the log, or the start
      }
      for (int nth = 1; !opens(log); nth++) {
        FaultyDisk.Step step = STEPS.get(random.nextInt(STEPS.size()));
        FaultyDisk disk = new FaultyDisk(WalFixture.UNSYNCED, nth);
        disk.failAt(step, 1 + random.nextInt(nth), FaultyDisk.Fault.IO_ERROR);
        try {
          WalRepair.repair(disk, log.home, List.of());
        } catch (UnavailableException e) {
          died++;
        }
      }
      List<String> replayed = open(log, new ArrayList<>());
      assertThat(replayed).as(name).containsExactlyElementsOf(log.records.values());
    }
    assertThat(died).isGreaterThan(RUNS / 20);
  }
}
