package io.proximadb.wal;

import io.proximadb.error.CorruptFileException;
import io.proximadb.io.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Hands out what the mirror of a log has and the local log has not, and writes it to the local log,
 * as one ended segment or several. Used once.
 */
final class MirrorReplay {
  private final Disk disk;
  private final LogOwner owner;
  private final WalOptions options;
  private final LogRetention retention;
  private final LogMirror mirror;
  private final MirroredLog mirrored;
  private final boolean localIsGone;
  private final Consumer<WalRecord> consumer;
  private final List<Path> folders;
  private final List<String> notes = new ArrayList<>();
  private @Nullable LogStripe stripe;
  private long next;
  private long records;

  MirrorReplay(
      Disk disk,
      LogDirectories directories,
      LogOwner owner,
      WalOptions options,
      LogRetention retention,
      MirroredLog mirrored,
      boolean localIsGone,
      Consumer<WalRecord> consumer) {
    this.disk = disk;
    this.owner = owner;
    this.options = options;
    this.retention = retention;
    this.mirror = mirrored.mirror();
    this.mirrored = mirrored;
    this.localIsGone = localIsGone;
    this.consumer = consumer;
    this.folders = directories.stripesInUse().get(0);
  }

  /**
   * Replays the mirror from a number on.
   *
   * @return how many records there were
   */
  long run(long fromSequence) throws IOException {
    next = fromSequence;
    try {
      if (mirror.storedSequence() >= fromSequence) {
        mirror.read(fromSequence, this::replay);
        if (mirror.storedSequence() >= next) {
          // All that is left of the mirror was released.
          retention.deleteAll();
          next = mirror.storedSequence() + 1;
        }
      }
      if (localIsGone && mirror.storedSequence() > 0) {
        passWhatTablesHold();
      }
      LogStripe written = stripe;
      if (written != null) {
        written.sync();
        written.seal(next - 1);
      }
    } finally {
      LogStripe written = stripe;
      if (written != null) {
        written.close();
        written.shutDown();
        retention.ended(written);
      }
    }
    return records;
  }

  long nextSequence() {
    return next;
  }

  List<String> notes() {
    return notes;
  }

  /** A mirror that was behind may end before what is in tables; those numbers are used up. */
  private void passWhatTablesHold() throws IOException {
    notes.add(
        "The local log was gone: "
            + records
            + " records came from the mirror, which ends at number "
            + (next - 1)
            + "; what was acknowledged behind it, and is in no table, is lost");
    long flushed = mirrored.flushedSequence().getAsLong();
    if (flushed >= next) {
      LogStripe written = stripe;
      if (written != null) {
        written.writeLost(next, flushed);
      }
      next = flushed + 1;
    }
  }

  private void replay(String name, byte[] piece) throws IOException {
    Path file = Path.of(name.replaceFirst("^[a-z0-9]+:/*", ""));
    try (LogReader reader = LogReader.open(file, piece)) {
      LogRecovery.checkEngine(reader.header(), file, owner);
      FrameRecords decoder = new FrameRecords(reader.header());
      for (LogFrame frame = reader.next(); frame != null; frame = reader.next()) {
        if (frame.lastSequence() >= next) {
          reader.loadPayload(frame);
          replay(frame, reader, decoder);
        }
      }
      LogReader.Damage damage = reader.damage();
      if (damage != null) {
        throw damage.toException(file);
      }
    }
  }

  private void replay(LogFrame frame, LogReader reader, FrameRecords decoder) throws IOException {
    LogStripe target = stripe;
    if (target == null) {
      if (frame.firstSequence() > next) {
        // The mirror lets go of what the log has released, so all that is older may go.
        retention.deleteAll();
        next = frame.firstSequence();
      }
      target =
          new LogStripe(
              disk, folders, owner, 0, 1, options, retention, new CodecChooser(Compression.NONE));
      stripe = target;
      target.begin(next);
    }
    if (frame.firstSequence() != next) {
      throw new CorruptFileException(
          "Cannot read the log's mirror: records "
              + next
              + " to "
              + (frame.firstSequence() - 1)
              + " are missing (piece="
              + reader.file()
              + ")");
    }
    LogFooter tables = new LogFooter();
    List<WalRecord> decoded =
        decoder.decode(frame, reader.payload(), reader.payloadOffset(), reader.file(), tables);
    decoded.forEach(consumer);
    records += decoded.size();
    Map<UUID, Integer> lastByTable = new HashMap<>();
    tables
        .lastByTable()
        .forEach((table, last) -> lastByTable.put(table, (int) (last - frame.firstSequence())));
    byte[] payload = new byte[frame.plainLength()];
    System.arraycopy(reader.payload(), reader.payloadOffset(), payload, 0, payload.length);
    LogUnit unit = new LogUnit(payload, payload.length, frame.records(), lastByTable);
    unit.number(frame.firstSequence());
    target.write(List.of(unit), payload.length, frame.firstSequence() - 1);
    next = frame.lastSequence() + 1;
  }
}
