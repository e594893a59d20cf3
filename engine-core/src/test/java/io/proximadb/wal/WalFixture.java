package io.proximadb.wal;

import io.proximadb.io.Disk;
import io.proximadb.io.LocalDisk;
import io.proximadb.model.Row;
import io.proximadb.testkit.UnsyncedDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;

/** What the tests of the log share: records to write, and a log that is opened and read at once. */
final class WalFixture {
  static final UUID ENGINE = new UUID(0x1122334455667788L, 0x99AABBCCDDEEFF00L);
  static final UUID TABLE = new UUID(7, 8);
  static final UUID OTHER_TABLE = new UUID(9, 10);
  static final Disk LOCAL = new LocalDisk();

  /** For many logs where durability is not the question: does not wait for the real disk. */
  static final Disk UNSYNCED = new UnsyncedDisk();

  /** Little, for tests that go through files byte by byte. */
  static final int PREALLOCATED = 4_096;

  static final WalOptions SMALL = WalOptions.builder().preallocateBytes(PREALLOCATED).build();

  private WalFixture() {}

  /** A log and what it replayed when it was opened. */
  record Opened(FileWal wal, List<WalRecord> records) implements AutoCloseable {
    @Override
    public void close() {
      wal.close();
    }
  }

  static Opened open(Disk disk, Path folder) {
    return open(disk, folder, SMALL);
  }

  static Opened open(Disk disk, Path folder, WalOptions options) {
    return open(disk, folder, 1, options);
  }

  static Opened open(Disk disk, Path folder, long incarnation, WalOptions options) {
    List<WalRecord> records = new ArrayList<>();
    return new Opened(
        FileWal.open(disk, folder, ENGINE, incarnation, options, records::add), records);
  }

  static WalOptions segmentsOf(long bytes) {
    return WalOptions.builder().segmentBytes(bytes).preallocateBytes(PREALLOCATED).build();
  }

  static WalRecord upsert(UUID table, String id, float... vector) {
    return new WalRecord(
        0,
        table,
        3,
        WalRecord.Operation.UPDATE,
        id,
        1_000_000,
        1_000_001,
        Row.NO_EXPIRY,
        Map.of(1, vector),
        Map.of(2, "title of " + id),
        0);
  }

  static WalRecord delete(UUID table, String id) {
    return new WalRecord(
        0,
        table,
        3,
        WalRecord.Operation.SOFT_DELETE,
        id,
        5,
        6,
        Row.NO_EXPIRY,
        Map.of(),
        Map.of(),
        0);
  }

  /** Units of a few small records. */
  static List<WalRecord> randomUnit(Random random) {
    List<WalRecord> unit = new ArrayList<>();
    int count = 1 + random.nextInt(3);
    for (int i = 0; i < count; i++) {
      String id = "id" + random.nextInt(100);
      UUID table = random.nextInt(4) == 0 ? OTHER_TABLE : TABLE;
      unit.add(
          random.nextInt(5) == 0
              ? delete(table, id)
              : upsert(table, id, random.nextFloat(), random.nextFloat()));
    }
    return unit;
  }

  /** One value of every kind, nested ones too, with the extremes of each. */
  static Map<Integer, Object> everyKindOfValue() {
    Map<Integer, Object> values = new LinkedHashMap<>();
    List<Object> all =
        new ArrayList<>(
            Arrays.asList(
                true,
                false,
                0,
                Integer.MIN_VALUE,
                Integer.MAX_VALUE,
                0L,
                Long.MIN_VALUE,
                Long.MAX_VALUE,
                1.5f,
                Float.NaN,
                Float.NEGATIVE_INFINITY,
                -0.0,
                Double.MIN_VALUE,
                Double.MAX_VALUE,
                "",
                "z\u00e9ro \u2603 \ud83d\ude00 \u0000",
                "x".repeat(100_000),
                new byte[0],
                new byte[] {-1, 0, 1},
                LocalDate.of(1969, 12, 31),
                LocalDate.of(9999, 12, 31),
                LocalDate.ofEpochDay(Integer.MIN_VALUE),
                Instant.parse("1969-12-31T23:59:59.999999Z"),
                Instant.parse("2400-02-29T12:00:00.000001Z"),
                Instant.EPOCH));
    Map<String, Object> struct = new LinkedHashMap<>();
    struct.put("name", "n");
    struct.put("nothing", null);
    struct.put("list", Arrays.asList(1L, null, List.of("deep", List.of(2.0f))));
    all.add(struct);
    all.add(new ArrayList<>(all));
    all.add(List.of());
    all.add(Map.of());
    all.add(null);
    for (int i = 0; i < all.size(); i++) {
      values.put(i * 1000, all.get(i));
    }
    return values;
  }

  /** Segments in a folder, oldest first. */
  static List<Path> segments(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> LogFormat.firstSequence(file).isPresent()).sorted().toList();
    }
  }

  /** The good frames of a segment. */
  static List<LogFrame> frames(Path segment) throws IOException {
    List<LogFrame> frames = new ArrayList<>();
    try (LogReader reader = LogReader.open(LOCAL, segment)) {
      for (LogFrame frame = reader.next(); frame != null; frame = reader.next()) {
        frames.add(frame);
      }
    }
    return frames;
  }

  /** A new folder with the same files. */
  static Path copy(Path folder, Path target) throws IOException {
    Files.createDirectories(target);
    for (Path file : segments(folder)) {
      Files.copy(file, target.resolve(file.getFileName()));
    }
    return target;
  }

  /** Deletes a folder with all that is in it. */
  static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
