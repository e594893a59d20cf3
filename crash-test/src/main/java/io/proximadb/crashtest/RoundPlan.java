package io.proximadb.crashtest;

import io.proximadb.api.EngineOptions;
import io.proximadb.io.Disks;
import io.proximadb.maintenance.MaintenanceOptions;
import io.proximadb.wal.Compression;
import io.proximadb.wal.DirectoryLayout;
import io.proximadb.wal.WalOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * One life of a process: what follows from the seed of its round.
 *
 * @param seed of the operations
 * @param writers number of writing threads, 1 to {@link Workload#MAX_WRITERS}
 * @param flushBytes a memtable of that size is flushed
 * @param flushMaxAgeMs a memtable of that age is flushed
 * @param segmentBytes size of a segment of the log
 * @param preallocateBytes see {@link WalOptions#preallocateBytes()}
 * @param compression of the log
 * @param killPoint where the process dies
 */
record RoundPlan(
    long seed,
    int writers,
    long flushBytes,
    long flushMaxAgeMs,
    long segmentBytes,
    int preallocateBytes,
    Compression compression,
    KillPoint killPoint) {
  private static final long[] FLUSH_BYTES = {16 << 10, 64 << 10, 256 << 10, 64 << 20};
  private static final long[] FLUSH_AGES_MS = {100, 1_000, 3_600_000};
  private static final long[] SEGMENT_BYTES = {2 << 10, 16 << 10, 128 << 10, 64 << 20};
  private static final int[] PREALLOCATE_BYTES = {0, 4 << 10, 1 << 20};
  private static final List<Compression> COMPRESSIONS = List.of(Compression.values());

  static RoundPlan of(long roundSeed) {
    Random random = new Random(roundSeed);
    return new RoundPlan(
        random.nextLong(),
        1 + random.nextInt(Workload.MAX_WRITERS),
        FLUSH_BYTES[random.nextInt(FLUSH_BYTES.length)],
        FLUSH_AGES_MS[random.nextInt(FLUSH_AGES_MS.length)],
        SEGMENT_BYTES[random.nextInt(SEGMENT_BYTES.length)],
        PREALLOCATE_BYTES[random.nextInt(PREALLOCATE_BYTES.length)],
        COMPRESSIONS.get(random.nextInt(COMPRESSIONS.size())),
        KillPoint.random(random));
  }

  /** The seed of a round, different for each variant. */
  static long seedOf(long seed, int round, Variant variant) {
    return new Random(seed * 1_000_003 + round * 31L + variant.toString().hashCode()).nextLong();
  }

  RoundPlan withKillPoint(KillPoint other) {
    return new RoundPlan(
        seed,
        writers,
        flushBytes,
        flushMaxAgeMs,
        segmentBytes,
        preallocateBytes,
        compression,
        other);
  }

  /** Settings of the engine of this life. */
  EngineOptions options(Path folder, long generationSeed) {
    return options(folder, generationSeed, flushBytes, Duration.ofMillis(flushMaxAgeMs))
        .withCatalogProperty(Disks.DISK_IMPL, CountingDisk.class.getName())
        .withCatalogProperty(WalOptions.SEGMENT_BYTES_PROPERTY, Long.toString(segmentBytes))
        .withCatalogProperty(WalOptions.PREALLOCATE_PROPERTY, Integer.toString(preallocateBytes))
        .withCatalogProperty(
            WalOptions.COMPRESSION_PROPERTY, compression.name().toLowerCase(Locale.ROOT));
  }

  /** Settings of an engine that only looks: those that the data depends on. */
  static EngineOptions optionsToCheck(Path folder, long generationSeed) {
    return options(folder, generationSeed, EngineOptions.DEFAULT_FLUSH_BYTES, Duration.ofHours(1))
        .withCatalogProperty(MaintenanceOptions.THREADS, "0");
  }

  private static EngineOptions options(
      Path folder, long generationSeed, long flushBytes, Duration flushMaxAge) {
    EngineOptions options =
        EngineOptions.local(folder.resolve("warehouse")).withFlush(flushBytes, flushMaxAge);
    // The folders of a log stay the same as long as it lives.
    Random random = new Random(generationSeed);
    int layout = random.nextInt(3);
    if (layout == 0) {
      return options;
    }
    return options
        .withCatalogProperty(
            WalOptions.DIRECTORIES_PROPERTY,
            folder.resolve("log-a").toAbsolutePath()
                + ","
                + folder.resolve("log-b").toAbsolutePath())
        .withCatalogProperty(
            WalOptions.LAYOUT_PROPERTY,
            (layout == 1 ? DirectoryLayout.STRIPE : DirectoryLayout.MIRROR)
                .name()
                .toLowerCase(Locale.ROOT));
  }
}
