package io.proximadb.wal.mirror;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.wal.LogIdentity;
import io.proximadb.wal.LogMirror;
import io.proximadb.wal.MirrorMode;
import io.proximadb.wal.WalOptions;
import io.proximadb.wal.mirror.MirrorChain.Taken;
import io.proximadb.wal.mirror.MirrorChain.Tip;
import io.proximadb.wal.mirror.StoreAccess.Patience;
import io.proximadb.wal.mirror.StoreAccess.Pause;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A log's mirror as objects of a store: an S3 bucket, an ADLS container, a folder.
 *
 * <p>{@code docs/format/wal.md} has the layout, the protocol that lets one engine at a time write,
 * and the argument why it does.
 */
public final class ObjectMirror implements LogMirror {
  /** Which of several engines at a location {@link #identity} means. */
  public static final String ENGINE_ID_PROPERTY = "proximadb.wal.mirror.engine-id";

  private static final SecureRandom RANDOM = new SecureRandom();

  private final ObjectStore store;
  private final StoreAccess access;
  private final Settings settings;
  private final long incarnation;
  private final long writerId = RANDOM.nextLong();
  private final MirrorChain chain;

  /* Set by takeOver and begin, which are called before other threads come. */
  private volatile @Nullable Taken taken;
  private volatile @Nullable MirrorWriter writer;
  private volatile @Nullable UploadQueue queue;
  private volatile boolean begun;
  private volatile boolean closed;

  /** Why a write failed under {@link MirrorMode#SYNC}; nothing is written after it. */
  private volatile @Nullable IOException failure;

  /** What tests change. */
  record Settings(
      MirrorMode mode,
      Duration period,
      Duration roomLimit,
      long queueBytes,
      int readers,
      Pause pause) {
    static Settings of(MirrorMode mode, Duration period) {
      return new Settings(
          mode,
          mode == MirrorMode.PERIODIC ? period : Duration.ZERO,
          UploadQueue.ROOM_LIMIT,
          UploadQueue.QUEUE_BYTES,
          MirrorReader.READERS,
          Pause.SLEEP);
    }
  }

  ObjectMirror(ObjectStore store, UUID engineId, long incarnation, Settings settings) {
    this.store = store;
    this.access = new StoreAccess(store, engineId, settings.pause());
    this.settings = settings;
    this.incarnation = incarnation;
    this.chain = new MirrorChain(access, incarnation, writerId);
  }

  /**
   * A mirror at the location that the options name. Nothing is read or written before {@link
   * #takeOver()}.
   *
   * @param properties of the catalog: names beginning with {@code fs.} or {@code hadoop.} configure
   *     Hadoop's file systems
   * @param engineId whose log it mirrors
   * @param incarnation of the engine's home
   * @throws InvalidArgumentException if the options name no location, or one that no store on the
   *     class path is for
   * @throws IOException if the store cannot be opened
   */
  public static ObjectMirror open(
      WalOptions options, Map<String, String> properties, UUID engineId, long incarnation)
      throws IOException {
    String location =
        options
            .mirrorLocation()
            .orElseThrow(
                () ->
                    new InvalidArgumentException(
                        "Cannot open mirror of the log: no location is set (expected property "
                            + WalOptions.MIRROR_LOCATION_PROPERTY
                            + ")"));
    return new ObjectMirror(
        ObjectStores.open(location, properties),
        engineId,
        incarnation,
        Settings.of(options.mirrorMode(), options.mirrorPeriod()));
  }

  /**
   * Whose log is mirrored at a location: for a new home that takes the place of a lost one.
   *
   * @param properties of the catalog; {@value #ENGINE_ID_PROPERTY} names one of several engines
   * @return empty if there is none
   * @throws InvalidArgumentException if there are several and none is named, or the named one is
   *     not there
   */
  public static Optional<LogIdentity> identity(String location, Map<String, String> properties)
      throws IOException {
    try (ObjectStore store = ObjectStores.open(location, properties)) {
      return identity(store, location, properties.get(ENGINE_ID_PROPERTY));
    }
  }

  static Optional<LogIdentity> identity(ObjectStore store, String location, @Nullable String chosen)
      throws IOException {
    List<UUID> engines =
        store.folders().stream()
            .map(MirrorNames::engineOf)
            .flatMap(Optional::stream)
            .filter(engine -> chosen == null || engine.toString().equalsIgnoreCase(chosen))
            .sorted()
            .toList();
    if (engines.isEmpty() && chosen == null) {
      return Optional.empty();
    }
    if (engines.size() != 1) {
      throw new InvalidArgumentException(
          "Cannot adopt mirror of the log at "
              + location
              + (chosen == null
                  ? ": it has the logs of several engines"
                  : ": it has no log of engine " + chosen)
              + " (engines="
              + (chosen == null ? engines : store.folders())
              + "); name one of them with "
              + ENGINE_ID_PROPERTY);
    }
    UUID engineId = engines.get(0);
    StoreAccess access = new StoreAccess(store, engineId, Pause.SLEEP);
    Tip tip = new MirrorChain(access, 0, 0).tip(access.list());
    return tip.epoch() == 0
        ? Optional.empty()
        : Optional.of(new LogIdentity(engineId, tip.incarnation()));
  }

  @Override
  public long takeOver() throws IOException {
    checkState(taken == null, "takeOver() is called once");
    Taken now = chain.takeOver();
    writer = new MirrorWriter(access, incarnation, writerId, now);
    taken = now;
    return now.epoch();
  }

  @Override
  public long endOf(long epoch) throws IOException {
    Taken now = taken();
    if (epoch < 0 || epoch >= now.epoch()) {
      throw new InvalidArgumentException(
          "Invalid epoch of the log: " + epoch + " (expected 0 to " + (now.epoch() - 1) + ")");
    }
    long base = now.base();
    for (long later = now.epoch(); later > epoch + 1; later--) {
      base = chain.fenceBefore(later, base).base();
    }
    return base - 1;
  }

  @Override
  public void read(long fromSequence, PieceConsumer consumer) throws IOException {
    new MirrorReader(access, chain, taken(), settings.readers()).read(fromSequence, consumer);
  }

  @Override
  public void begin(long nextSequence) throws IOException {
    MirrorWriter to = writer();
    checkState(!begun, "begin() is called once");
    if (nextSequence <= to.stored()) {
      throw new InvalidArgumentException(
          "Cannot begin to mirror the log at record "
              + nextSequence
              + ": the mirror has it (expected above "
              + to.stored()
              + ")");
    }
    if (nextSequence > to.stored() + 1) {
      to.skip(nextSequence - 1);
    }
    if (settings.mode() != MirrorMode.SYNC) {
      queue =
          new UploadQueue(
              to, nextSequence, settings.period(), settings.roomLimit(), settings.queueBytes());
    }
    begun = true;
  }

  @Override
  public void write(long firstSequence, long lastSequence, byte[] header, ByteBuffer frames)
      throws IOException {
    checkState(begun, "begin() comes before write()");
    MirrorWriter to = writer();
    if (firstSequence <= to.stored() || lastSequence < firstSequence) {
      throw new InvalidArgumentException(
          "Cannot mirror log records "
              + firstSequence
              + " to "
              + lastSequence
              + ": they are stored, or none (expected above "
              + to.stored()
              + ")");
    }
    if (closed) {
      throw new IOException("Cannot write to mirror of the log: it is closed");
    }
    UploadQueue waiting = queue;
    if (waiting != null) {
      waiting.add(firstSequence, lastSequence, header, frames);
      return;
    }
    IOException before = failure;
    if (before != null) {
      throw new IOException(
          "Cannot write to mirror of the log: it failed before (cause=" + before.getMessage() + ")",
          before);
    }
    ObjectContent content = new ObjectContent();
    content.add(header, frames);
    try {
      to.store(firstSequence, lastSequence, content, Patience.LIMITED);
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  @Override
  public long storedSequence() {
    return writer().stored();
  }

  @Override
  public void release(long belowSequence) throws IOException {
    if (!closed) {
      writer().release(belowSequence);
    }
  }

  @Override
  public List<String> heldBelow(long sequence) {
    return writer().heldBelow(sequence);
  }

  /** What it did so far. */
  public MirrorStats stats() {
    MirrorWriter to = writer();
    UploadQueue waiting = queue;
    return new MirrorStats(
        to.stored(),
        to.storedObjects(),
        to.storedBytes(),
        waiting == null ? 0 : waiting.queuedBytes(),
        access.retries(),
        access.lastFailure());
  }

  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try (store) {
      UploadQueue waiting = queue;
      if (waiting != null) {
        waiting.close();
      }
    }
  }

  private Taken taken() {
    Taken now = taken;
    if (now == null) {
      throw new IllegalStateException("takeOver() comes first");
    }
    return now;
  }

  private MirrorWriter writer() {
    taken();
    MirrorWriter to = writer;
    if (to == null) {
      throw new IllegalStateException("takeOver() comes first");
    }
    return to;
  }

  private static void checkState(boolean good, String rule) {
    if (!good) {
      throw new IllegalStateException(rule);
    }
  }
}
