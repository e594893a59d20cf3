package io.proximadb.wal;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.io.Disk;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.AvroTypeException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a log from its oldest segment to its newest, hands out the records, and leaves the folder
 * as a new incarnation can go on with it. Used once.
 */
final class LogRecovery {
  /*
   * What is a torn tail and what is damage? A frame's watermark says what was durable before it was
   * written, so bytes in front of a good frame that covers them were durable, and their damage is
   * damage. Bytes that nothing behind covers belong to a group that was not acknowledged, or to the
   * last one that was, which cannot be told apart after a crash. An older segment is complete by the
   * mere existence of the next.
   *
   * A newest segment without a seal is copied, not cut in place: the copy is atomic by its rename,
   * and it brings to the disk what is only in the page cache, which a sync cannot be trusted with
   * once one has failed (the kernel marks such pages clean).
   */
  private static final int COPY_BYTES = 1 << 20;

  private final Disk disk;
  private final Path folder;
  private final UUID engineId;
  private final long incarnation;
  private final LogRetention retention;
  private final Consumer<WalRecord> consumer;

  private long frames;
  private long records;
  private long bytes;
  private long firstSequence = 1;
  private long nextSequence = 1;
  private long lastIncarnation;
  private boolean closedInOrder = true;
  private WalRecovery.@Nullable TornTail tornTail;

  LogRecovery(
      Disk disk,
      Path folder,
      UUID engineId,
      long incarnation,
      LogRetention retention,
      Consumer<WalRecord> consumer) {
    this.disk = disk;
    this.folder = folder;
    this.engineId = engineId;
    this.incarnation = incarnation;
    this.retention = retention;
    this.consumer = consumer;
  }

  /**
   * Replays and repairs.
   *
   * @throws CorruptFileException if records that were durable are damaged or missing; nothing was
   *     changed on disk
   */
  WalRecovery run() throws IOException {
    long start = System.nanoTime();
    List<Path> files = disk.list(folder);
    List<Path> segments =
        files.stream().filter(file -> LogFormat.firstSequence(file).isPresent()).toList();
    for (int i = 0; i < segments.size(); i++) {
      replay(segments.get(i), i == 0, i == segments.size() - 1, files);
    }
    if (segments.isEmpty()) {
      deleteTemporary(files);
    }
    Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
    return new WalRecovery(
        segments.size(),
        frames,
        records,
        bytes,
        firstSequence,
        nextSequence,
        closedInOrder,
        tornTail,
        elapsed);
  }

  private void replay(Path file, boolean oldest, boolean newest, List<Path> files)
      throws IOException {
    try (LogReader reader = LogReader.open(disk, file)) {
      checkHeader(reader.header(), file, oldest);
      retention.begin(file);
      bytes += reader.size();
      RecordDecoder decoder = RecordDecoder.of(reader.header());
      for (LogFrame frame = reader.next(); frame != null; frame = reader.next()) {
        frames++;
        replay(frame, reader, decoder, file);
      }
      nextSequence = reader.nextSequence();
      if (reader.damage() != null) {
        judge(reader.damage(), reader, file, newest);
      }
      if (newest) {
        closedInOrder = reader.sealed() && tornTail == null;
        deleteTemporary(files);
        // A segment without records is replaced by the next one, which has its name.
        if (!closedInOrder && nextSequence > reader.header().firstSequence()) {
          rewrite(file, reader.position());
        }
      }
    }
  }

  private void checkHeader(LogHeader header, Path file, boolean oldest) {
    if (!header.owner().engineId().equals(engineId)) {
      throw new InvalidArgumentException(
          "Cannot open log: a segment is of another engine (file="
              + file
              + ", expected="
              + engineId
              + ", found="
              + header.owner().engineId()
              + ")");
    }
    long named = LogFormat.firstSequence(file).orElseThrow();
    if (header.firstSequence() != named) {
      throw LogHeader.corrupt(
          file,
          LogFormat.HEADER_FIRST_SEQUENCE_OFFSET,
          "first sequence is not that of the file's name",
          named,
          header.firstSequence());
    }
    if (oldest) {
      firstSequence = named;
    } else if (named != nextSequence) {
      throw LogHeader.corrupt(
          file,
          LogFormat.HEADER_FIRST_SEQUENCE_OFFSET,
          "records are missing before this segment or stand twice",
          nextSequence,
          named);
    }
    if (header.owner().incarnation() < lastIncarnation
        || header.owner().incarnation() > incarnation) {
      throw LogHeader.corrupt(
          file,
          LogFormat.HEADER_INCARNATION_OFFSET,
          "incarnation of the engine is out of order",
          lastIncarnation + " to " + incarnation,
          header.owner().incarnation());
    }
    lastIncarnation = header.owner().incarnation();
  }

  private void replay(LogFrame frame, LogReader reader, RecordDecoder decoder, Path file)
      throws IOException {
    decoder.start(reader.window(), reader.payloadIndex(frame), frame.length());
    for (int i = 0; i < frame.records(); i++) {
      WalRecord record = decode(decoder, frame, i, file);
      retention.wrote(record.tableUuid(), record.sequence());
      records++;
      consumer.accept(record);
    }
    if (frame.records() > 0 && !decoder.atEnd()) {
      throw LogHeader.corrupt(
          file, frame.offset(), "payload is longer than its records", frame.records(), "more");
    }
  }

  private static WalRecord decode(RecordDecoder decoder, LogFrame frame, int position, Path file)
      throws IOException {
    try {
      return decoder.next(frame.firstSequence() + position);
    } catch (AvroTypeException e) {
      throw new UnsupportedVersionException(
          "Unsupported log segment: its records cannot be read as those of v"
              + LogFormat.VERSION
              + " (file="
              + file
              + ", offset="
              + frame.offset()
              + ")",
          e);
    } catch (EOFException | AvroRuntimeException e) {
      throw new CorruptFileException(
          "Cannot read log segment: a record makes no sense (file="
              + file
              + ", offset="
              + frame.offset()
              + ", sequence="
              + (frame.firstSequence() + position)
              + ")",
          e);
    }
  }

  /** Accepts damage as the torn tail of the newest segment, or throws. */
  private void judge(LogReader.Damage damage, LogReader reader, Path file, boolean newest)
      throws IOException {
    if (!newest || reader.sealed()) {
      throw damage.toException(file);
    }
    LogFrame witness = reader.findFrameCovering(nextSequence, reader.position() + 1);
    if (witness != null) {
      throw new CorruptFileException(
          damage.toException(file).getMessage()
              + ": record "
              + nextSequence
              + " was durable, says the frame at offset "
              + witness.offset());
    }
    tornTail =
        new WalRecovery.TornTail(
            file, reader.position(), reader.size() - reader.position(), damage.what());
  }

  private void rewrite(Path file, long length) throws IOException {
    Path copy = LogFormat.temporary(file);
    ByteBuffer buffer = ByteBuffer.allocateDirect((int) Math.min(length, COPY_BYTES));
    try (SeekableByteChannel in = disk.read(file);
        Disk.Output out = disk.create(copy)) {
      for (long left = length; left > 0; left -= buffer.limit()) {
        buffer.clear().limit((int) Math.min(left, COPY_BYTES));
        while (buffer.hasRemaining()) {
          if (in.read(buffer) < 0) {
            throw new EOFException("File got shorter while it was copied (file=" + file + ")");
          }
        }
        out.write(buffer.flip());
      }
      out.sync();
    }
    disk.move(copy, file);
    disk.syncDirectory(folder);
  }

  private void deleteTemporary(List<Path> files) throws IOException {
    for (Path file : files) {
      if (LogFormat.isTemporary(file)) {
        disk.delete(file);
      }
    }
  }
}
