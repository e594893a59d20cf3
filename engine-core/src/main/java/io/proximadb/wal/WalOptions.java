package io.proximadb.wal;

import io.proximadb.error.InvalidArgumentException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Settings of the log. Immutable. */
public final class WalOptions {
  /** Bytes of a segment: what retention frees at once, and what recovery copies at most. */
  public static final long SEGMENT_BYTES = 64L << 20;

  /** Bytes of one append, encoded: it is held in memory, and is one frame. */
  public static final int MAX_UNIT_BYTES = 64 << 20;

  /** Bytes of heap for units on their way to the disk; room for two of the largest. */
  public static final long MAX_QUEUED_BYTES = 128L << 20;

  /**
   * Bytes by which a segment's file is made longer ahead of small writes: a sync then has no size
   * to write down. Much less than a second's worth of small writes.
   */
  public static final int PREALLOCATE_BYTES = 1 << 20;

  /** What a power cut may take under {@link SyncPolicy#INTERVAL}. */
  public static final Duration SYNC_INTERVAL = Duration.ofMillis(100);

  /** What the loss of the local log may take under {@link MirrorMode#PERIODIC}. */
  public static final Duration MIRROR_PERIOD = Duration.ofSeconds(10);

  /** A frame's length is an int, and arrays end a little below its maximum. */
  private static final int MAX_FRAME_BYTES = 1 << 30;

  private static final int MAX_DIRECTORIES = 64;
  private static final Duration MAX_PERIOD = Duration.ofDays(1);

  /* Names of the settings as properties. */
  public static final String SEGMENT_BYTES_PROPERTY = "proximadb.wal.segment-bytes";
  public static final String SYNC_PROPERTY = "proximadb.wal.sync";
  public static final String SYNC_INTERVAL_PROPERTY = "proximadb.wal.sync-interval-ms";
  public static final String COMPRESSION_PROPERTY = "proximadb.wal.compression";
  public static final String PREALLOCATE_PROPERTY = "proximadb.wal.preallocate-bytes";

  /** Folders, separated by commas. */
  public static final String DIRECTORIES_PROPERTY = "proximadb.wal.directories";

  public static final String LAYOUT_PROPERTY = "proximadb.wal.layout";
  public static final String MIRROR_LOCATION_PROPERTY = "proximadb.wal.mirror.location";
  public static final String MIRROR_MODE_PROPERTY = "proximadb.wal.mirror.mode";
  public static final String MIRROR_PERIOD_PROPERTY = "proximadb.wal.mirror.period-ms";

  public static final WalOptions DEFAULT = builder().build();

  private final long segmentBytes;
  private final int maxUnitBytes;
  private final long maxQueuedBytes;
  private final int preallocateBytes;
  private final SyncPolicy sync;
  private final Duration syncInterval;
  private final Compression compression;
  private final List<Path> directories;
  private final DirectoryLayout layout;
  private final @Nullable String mirrorLocation;
  private final MirrorMode mirrorMode;
  private final Duration mirrorPeriod;

  private WalOptions(Builder builder) {
    this.segmentBytes = builder.segmentBytes;
    this.maxUnitBytes = builder.maxUnitBytes;
    this.maxQueuedBytes = builder.maxQueuedBytes;
    this.preallocateBytes = builder.preallocateBytes;
    this.sync = builder.sync;
    this.syncInterval = builder.syncInterval;
    this.compression = builder.compression;
    this.directories = builder.directories;
    this.layout = builder.layout;
    this.mirrorLocation = builder.mirrorLocation;
    this.mirrorMode = builder.mirrorMode;
    this.mirrorPeriod = builder.mirrorPeriod;
  }

  /** A builder that starts from the defaults. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * The settings that properties name, and the defaults for the others.
   *
   * @throws InvalidArgumentException if a value is not one, naming the property
   */
  public static WalOptions of(Map<String, String> properties) {
    Builder builder = builder();
    read(properties, SEGMENT_BYTES_PROPERTY, text -> builder.segmentBytes(number(text)));
    read(properties, PREALLOCATE_PROPERTY, text -> builder.preallocateBytes(clamp(number(text))));
    read(properties, SYNC_PROPERTY, text -> builder.sync(symbol(SyncPolicy.class, text)));
    read(
        properties,
        SYNC_INTERVAL_PROPERTY,
        text -> builder.syncInterval(Duration.ofMillis(number(text))));
    read(
        properties,
        COMPRESSION_PROPERTY,
        text -> builder.compression(symbol(Compression.class, text)));
    read(properties, DIRECTORIES_PROPERTY, text -> builder.directories(paths(text)));
    read(properties, LAYOUT_PROPERTY, text -> builder.layout(symbol(DirectoryLayout.class, text)));
    read(properties, MIRROR_LOCATION_PROPERTY, builder::mirrorLocation);
    read(
        properties,
        MIRROR_MODE_PROPERTY,
        text -> builder.mirrorMode(symbol(MirrorMode.class, text)));
    read(
        properties,
        MIRROR_PERIOD_PROPERTY,
        text -> builder.mirrorPeriod(Duration.ofMillis(number(text))));
    return builder.build();
  }

  private static void read(Map<String, String> properties, String name, Consumer<String> setter) {
    String text = properties.get(name);
    if (text == null) {
      return;
    }
    try {
      setter.accept(text);
    } catch (InvalidArgumentException e) {
      throw new InvalidArgumentException(
          "Invalid property " + name + ": '" + text + "': " + e.getMessage(), e);
    }
  }

  private static long number(String text) {
    try {
      return Long.parseLong(text.strip());
    } catch (NumberFormatException e) {
      throw new InvalidArgumentException("expected a whole number", e);
    }
  }

  /** As an int, with what is none kept outside of all limits. */
  private static int clamp(long number) {
    return (int) Math.max(Integer.MIN_VALUE, Math.min(number, Integer.MAX_VALUE));
  }

  private static List<Path> paths(String text) {
    try {
      return Arrays.stream(text.split(",", -1)).map(String::strip).map(Path::of).toList();
    } catch (InvalidPathException e) {
      throw new InvalidArgumentException("expected folders, separated by commas", e);
    }
  }

  private static <E extends Enum<E>> E symbol(Class<E> type, String text) {
    for (E symbol : type.getEnumConstants()) {
      if (symbol.name().equalsIgnoreCase(text.strip())) {
        return symbol;
      }
    }
    throw new InvalidArgumentException(
        "expected one of " + Arrays.toString(type.getEnumConstants()).toLowerCase(Locale.ROOT));
  }

  /** Bytes at which a segment is full and the next one is begun. */
  public long segmentBytes() {
    return segmentBytes;
  }

  /** The most bytes that the records of one append may take, encoded. */
  public int maxUnitBytes() {
    return maxUnitBytes;
  }

  /** The most bytes that wait to become durable; above it appending waits. */
  public long maxQueuedBytes() {
    return maxQueuedBytes;
  }

  /** Bytes by which files are made longer ahead of small writes; 0 for none. */
  public int preallocateBytes() {
    return preallocateBytes;
  }

  /** When a write is acknowledged. */
  public SyncPolicy sync() {
    return sync;
  }

  /** Time between syncs under {@link SyncPolicy#INTERVAL}. */
  public Duration syncInterval() {
    return syncInterval;
  }

  /** How frames are compressed. */
  public Compression compression() {
    return compression;
  }

  /** Folders of the log; empty for the one folder that it is opened in. */
  public List<Path> directories() {
    return directories;
  }

  /** What several directories are for. */
  public DirectoryLayout layout() {
    return layout;
  }

  /** Where on an object store the log has its mirror, if it has one. */
  public Optional<String> mirrorLocation() {
    return Optional.ofNullable(mirrorLocation);
  }

  /** When what is written is in the mirror. */
  public MirrorMode mirrorMode() {
    return mirrorMode;
  }

  /** Time between uploads under {@link MirrorMode#PERIODIC}. */
  public Duration mirrorPeriod() {
    return mirrorPeriod;
  }

  /** Makes options; each setter overrides a default. */
  public static final class Builder {
    private long segmentBytes = SEGMENT_BYTES;
    private int maxUnitBytes = MAX_UNIT_BYTES;
    private long maxQueuedBytes = MAX_QUEUED_BYTES;
    private int preallocateBytes = PREALLOCATE_BYTES;
    private SyncPolicy sync = SyncPolicy.ALWAYS;
    private Duration syncInterval = SYNC_INTERVAL;
    private Compression compression = Compression.NONE;
    private List<Path> directories = List.of();
    private DirectoryLayout layout = DirectoryLayout.STRIPE;
    private @Nullable String mirrorLocation;
    private MirrorMode mirrorMode = MirrorMode.SYNC;
    private Duration mirrorPeriod = MIRROR_PERIOD;

    private Builder() {}

    public Builder segmentBytes(long bytes) {
      this.segmentBytes = check("segmentBytes", bytes, 1, Long.MAX_VALUE);
      return this;
    }

    public Builder maxUnitBytes(int bytes) {
      this.maxUnitBytes = (int) check("maxUnitBytes", bytes, 1, MAX_FRAME_BYTES);
      return this;
    }

    public Builder maxQueuedBytes(long bytes) {
      this.maxQueuedBytes = check("maxQueuedBytes", bytes, 1, Long.MAX_VALUE);
      return this;
    }

    public Builder preallocateBytes(int bytes) {
      this.preallocateBytes = (int) check("preallocateBytes", bytes, 0, MAX_FRAME_BYTES);
      return this;
    }

    public Builder sync(SyncPolicy policy) {
      this.sync = policy;
      return this;
    }

    public Builder syncInterval(Duration interval) {
      check("syncInterval in ms", interval.toMillis(), 1, MAX_PERIOD.toMillis());
      this.syncInterval = interval;
      return this;
    }

    public Builder compression(Compression codec) {
      this.compression = codec;
      return this;
    }

    public Builder directories(List<Path> folders) {
      check("number of directories", folders.size(), 0, MAX_DIRECTORIES);
      for (Path folder : folders) {
        if (folder.toString().isEmpty()) {
          throw new InvalidArgumentException(
              "Invalid directories of the log: "
                  + folders
                  + " (expected folders, none of them empty)");
        }
      }
      List<Path> absolute =
          folders.stream().map(folder -> folder.toAbsolutePath().normalize()).toList();
      if (absolute.stream().distinct().count() < absolute.size()) {
        throw new InvalidArgumentException(
            "Invalid directories of the log: " + folders + " (expected each once)");
      }
      this.directories = absolute;
      return this;
    }

    public Builder layout(DirectoryLayout use) {
      this.layout = use;
      return this;
    }

    public Builder mirrorLocation(String location) {
      this.mirrorLocation = location;
      return this;
    }

    public Builder mirrorMode(MirrorMode mode) {
      this.mirrorMode = mode;
      return this;
    }

    public Builder mirrorPeriod(Duration period) {
      check("mirrorPeriod in ms", period.toMillis(), 1, MAX_PERIOD.toMillis());
      this.mirrorPeriod = period;
      return this;
    }

    public WalOptions build() {
      return new WalOptions(this);
    }

    private static long check(String name, long value, long min, long max) {
      if (value < min || value > max) {
        throw new InvalidArgumentException(
            "Invalid option "
                + name
                + " of the log: "
                + value
                + " (expected "
                + min
                + " to "
                + max
                + ")");
      }
      return value;
    }
  }
}
