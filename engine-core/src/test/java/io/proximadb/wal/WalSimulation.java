package io.proximadb.wal;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.ProximaException;
import io.proximadb.error.UnavailableException;
import io.proximadb.io.Disk;
import io.proximadb.testkit.FaultSchedule;
import io.proximadb.testkit.LossyDisk;
import io.proximadb.testkit.WalHistory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** Some lives of one log on disks with faults, and what was wrong with it in the end. */
final class WalSimulation {
  /** Does something to a file at rest. */
  @FunctionalInterface
  interface Damage {
    void to(Path file, Random random) throws IOException;
  }

  private static final int MAX_LIVES = 4;
  private static final int MAX_THREADS = 3;
  private static final int MAX_STEPS = 40;

  /** About as many as a life has. */
  private static final int DISK_OPERATIONS = 60;

  private final Path temp;
  private Function<Random, FaultSchedule> schedules =
      random -> new FaultSchedule(random, DISK_OPERATIONS);
  private UnaryOperator<Disk> above = UnaryOperator.identity();
  private UnaryOperator<Wal> wrapper = UnaryOperator.identity();
  private Damage damage;
  private Consumer<FaultSchedule> endOfLife = schedule -> {};

  private long recoveries;
  private long tornTails;
  private long recoveredRecords;
  private long rolledSegments;
  private long refusals;

  WalSimulation(Path temp) {
    this.temp = temp;
  }

  /** What happens to the disks. */
  WalSimulation withSchedules(Function<Random, FaultSchedule> draw) {
    this.schedules = draw;
    return this;
  }

  /** A disk between the log and the faults. */
  WalSimulation withAbove(UnaryOperator<Disk> layer) {
    this.above = layer;
    return this;
  }

  /** Something between the writers and the log. */
  WalSimulation withLog(UnaryOperator<Wal> layer) {
    this.wrapper = layer;
    return this;
  }

  /** At the end of the last life a segment is damaged. */
  WalSimulation withDamage(Damage done) {
    this.damage = done;
    return this;
  }

  void onEndOfLife(Consumer<FaultSchedule> listener) {
    this.endOfLife = listener;
  }

  long recoveries() {
    return recoveries;
  }

  long tornTails() {
    return tornTails;
  }

  long recoveredRecords() {
    return recoveredRecords;
  }

  long rolledSegments() {
    return rolledSegments;
  }

  /** How often a damaged log was refused. */
  long refusals() {
    return refusals;
  }

  String counts() {
    return recoveries
        + " recoveries of "
        + recoveredRecords
        + " records, torn tails: "
        + tornTails
        + ", segments begun: "
        + rolledSegments;
  }

  /** Runs the lives of one log, and tells what was wrong at the first recovery where it was. */
  List<String> run(long seed) throws IOException {
    Random random = new Random(seed);
    Path folder = temp.resolve("log" + seed);
    try {
      WalHistory history = new WalHistory();
      WalOptions options = options(random, folder);
      int lives = 2 + random.nextInt(MAX_LIVES - 1);
      for (int life = 1; life <= lives; life++) {
        FaultSchedule schedule = schedules.apply(random);
        options = options(random, folder);
        List<String> wrong = liveAndCrash(random, folder, life, options, history, schedule);
        endOfLife.accept(schedule);
        if (!wrong.isEmpty()) {
          wrong.add("life " + life + ": " + schedule);
          return wrong;
        }
      }
      return damage == null
          ? checkAtEnd(folder, options, history)
          : checkDamaged(random, folder, options, history);
    } finally {
      delete(folder);
    }
  }

  /** Other sizes, codecs and directories in each life. */
  private WalOptions options(Random random, Path folder) {
    WalOptions.Builder options = WalOptions.builder().segmentBytes(200 + random.nextInt(3_000));
    if (damage != null) {
      // Damage is to meet bytes that mean something.
      return options.preallocateBytes(0).build();
    }
    List<Compression> codecs = List.of(Compression.values());
    options.preallocateBytes(random.nextBoolean() ? random.nextInt(20_000) : 0);
    options.compression(codecs.get(random.nextInt(codecs.size())));
    options.layout(random.nextBoolean() ? DirectoryLayout.STRIPE : DirectoryLayout.MIRROR);
    if (random.nextBoolean()) {
      List<Path> directories = new ArrayList<>();
      for (Path directory : List.of(folder, folder.resolve("a"), folder.resolve("b"))) {
        if (random.nextInt(3) > 0) {
          directories.add(directory);
        }
      }
      options.directories(directories);
    }
    return options.build();
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  private List<String> liveAndCrash(
      Random random,
      Path folder,
      int life,
      WalOptions options,
      WalHistory history,
      FaultSchedule schedule)
      throws IOException {
    WalFixture.Opened log;
    try {
      log = WalFixture.open(above.apply(schedule.disk()), folder, life, options);
    } catch (ProximaException e) {
      schedule.crash();
      // An error while opening loses nothing; damage that nobody did is another matter.
      return e instanceof UnavailableException && schedule.happened()
          ? new ArrayList<>()
          : new ArrayList<>(List.of("refused to open: " + e));
    }
    List<String> wrong = check(log, history);
    if (wrong.isEmpty()) {
      int threads = random.nextInt(4) == 0 ? 2 + random.nextInt(MAX_THREADS - 1) : 1;
      wrong.addAll(use(wrapper.apply(log.wal()), random, threads, history, schedule));
    }
    boolean closedFirst = !schedule.crashed() && random.nextBoolean();
    if (closedFirst) {
      log.close();
    }
    schedule.crash();
    log.close();
    return wrong;
  }

  private List<String> checkAtEnd(Path folder, WalOptions options, WalHistory history) {
    // Only reads: a disk that does not wait for a real one is faster.
    try (WalFixture.Opened log = WalFixture.open(new LossyDisk(), folder, MAX_LIVES + 1, options)) {
      return check(log, history);
    } catch (ProximaException e) {
      return List.of("refused to open at the end: " + e);
    }
  }

  private List<String> checkDamaged(
      Random random, Path folder, WalOptions options, WalHistory history) throws IOException {
    List<Path> segments = WalFixture.segments(folder);
    if (segments.isEmpty()) {
      return checkAtEnd(folder, options, history);
    }
    Path damaged = segments.get(random.nextInt(segments.size()));
    damage.to(damaged, random);
    try (WalFixture.Opened log = WalFixture.open(new LossyDisk(), folder, MAX_LIVES + 1, options)) {
      List<String> wrong = check(log, history);
      if (damaged.equals(segments.get(segments.size() - 1))) {
        // Damage in the last group cannot be told from a torn tail.
        wrong.removeIf(text -> text.startsWith("acknowledged up to"));
      }
      return wrong;
    } catch (CorruptFileException | io.proximadb.error.UnsupportedVersionException e) {
      refusals++;
      return List.of();
    }
  }

  private List<String> check(WalFixture.Opened log, WalHistory history) {
    WalRecovery recovery = log.wal().recovery();
    recoveries++;
    recoveredRecords += recovery.records();
    tornTails += recovery.tornTail() == null ? 0 : 1;
    rolledSegments += Math.max(0, recovery.segments() - 1);
    List<String> wrong = history.violations(log.records(), recovery.nextSequence());
    history.recovered(recovery.nextSequence());
    return wrong;
  }

  private List<String> use(
      Wal wal, Random random, int threads, WalHistory history, FaultSchedule schedule) {
    if (threads == 1) {
      return use(wal, random, history, schedule);
    }
    List<Callable<List<String>>> writers = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      Random own = new Random(random.nextLong());
      writers.add(() -> use(wal, own, history, schedule));
    }
    List<String> wrong = new ArrayList<>();
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      for (Future<List<String>> writer : pool.invokeAll(writers)) {
        wrong.addAll(writer.get());
      }
    } catch (InterruptedException | ExecutionException e) {
      wrong.add("a writer failed: " + e);
    } finally {
      pool.shutdownNow();
    }
    return wrong;
  }

  /** Appends, waits and releases until something fails or it is enough. */
  private static List<String> use(
      Wal wal, Random random, WalHistory history, FaultSchedule schedule) {
    int steps = random.nextInt(MAX_STEPS);
    long last = wal.nextSequence() - 1;
    for (int step = 0; step < steps; step++) {
      int choice = random.nextInt(8);
      try {
        if (choice < 3) {
          wal.awaitDurable(last);
          history.acknowledged(last);
        } else if (choice == 3) {
          release(wal, history);
        } else {
          last = append(wal, random, history);
        }
      } catch (UnavailableException e) {
        if (!schedule.happened()) {
          return new ArrayList<>(List.of("failed without a fault: " + e));
        }
        return choice == 3 ? new ArrayList<>() : mustRefuse(wal, random, schedule);
      }
    }
    return new ArrayList<>();
  }

  private static long append(Wal wal, Random random, WalHistory history) {
    List<WalRecord> unit = WalFixture.randomUnit(random);
    // The history must know of a unit before a crash can keep it.
    synchronized (history) {
      history.appended(wal.nextSequence(), unit);
      return wal.append(unit) + unit.size() - 1;
    }
  }

  private static void release(Wal wal, WalHistory history) {
    long released = history.acknowledged();
    history.released(released);
    for (UUID table : List.of(WalFixture.TABLE, WalFixture.OTHER_TABLE)) {
      wal.release(table, released);
    }
  }

  /** After a failed write or sync there is no second try. */
  private static List<String> mustRefuse(Wal wal, Random random, FaultSchedule schedule) {
    List<String> wrong = new ArrayList<>();
    try {
      List<WalRecord> unit = WalFixture.randomUnit(random);
      wal.awaitDurable(wal.append(unit) + unit.size() - 1);
      wrong.add("acknowledged a write after a failed one: " + schedule);
    } catch (UnavailableException e) {
      if (String.valueOf(e.getMessage()).isEmpty()) {
        wrong.add("failed without a message");
      }
    }
    return wrong;
  }
}
