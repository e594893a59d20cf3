package io.proximadb.wal;

import io.proximadb.io.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A segment as a repair leaves it: its sound frames, frames for the lost numbers between them, and
 * a footer. Not safe for use by several threads.
 */
final class SegmentRewrite {
  /** Numbers that one lost frame stands for: its count is an int. */
  private static final long MAX_LOST = 1 << 30;

  /** What the frames are taken from; null for a segment of lost numbers alone. */
  private final @Nullable SegmentSurvey survey;

  private final LogOwner owner;
  private final int stripe;
  private final int stripes;
  private final long firstSequence;
  private final List<Path> files;
  private final List<SequenceRange> lost = new ArrayList<>();
  private boolean wanted;

  /** A segment that is there; it is written anew only if that is asked for. */
  SegmentRewrite(SegmentSurvey survey) {
    LogHeader header = survey.source().header();
    this.survey = survey;
    this.owner = header.owner();
    this.stripe = header.stripe();
    this.stripes = header.stripes();
    this.firstSequence = header.firstSequence();
    this.files = List.copyOf(survey.source().files());
  }

  /** A new segment beside another one. */
  SegmentRewrite(LogOwner owner, int stripe, int stripes, long firstSequence, List<Path> folders) {
    this.survey = null;
    this.owner = owner;
    this.stripe = stripe;
    this.stripes = stripes;
    this.firstSequence = firstSequence;
    this.files = folders.stream().map(folder -> LogFormat.segment(folder, firstSequence)).toList();
    this.wanted = true;
  }

  long firstSequence() {
    return firstSequence;
  }

  long incarnation() {
    return owner.incarnation();
  }

  LogOwner owner() {
    return owner;
  }

  int stripe() {
    return stripe;
  }

  int stripes() {
    return stripes;
  }

  List<Path> files() {
    return files;
  }

  List<Path> folders() {
    return files.stream().map(LogFormat::folder).toList();
  }

  /** True if it is to be written. */
  boolean isWanted() {
    return wanted;
  }

  void want() {
    wanted = true;
  }

  /** True if it ends with a footer as it is, and nothing in it is damaged. */
  boolean endsWell() {
    return survey != null && survey.endsWell() && survey.damage().isEmpty();
  }

  /** True if recovery takes it as it is; what it may only take as the newest is open. */
  boolean isAccepted(boolean newest) {
    return survey == null
        || (survey.isAccepted() && (newest || !survey.isOpen() || endsWell() || isEmpty()));
  }

  private boolean isEmpty() {
    return survey != null && survey.counted().records() == 0 && survey.damage().isEmpty();
  }

  boolean isDamaged() {
    return survey != null && !survey.allDamage().isEmpty();
  }

  /** The highest number in it. */
  long lastSequence() {
    long last = survey == null ? 0 : survey.counted().lastSequence();
    for (SequenceRange range : lost) {
      last = Math.max(last, range.last());
    }
    return last;
  }

  /** Gives numbers up in this segment. */
  void giveUp(SequenceRange range) {
    wanted = true;
    lost.add(range);
  }

  /** The highest number that is given up in it; 0 if none is. */
  long highestLost() {
    return lost.stream().mapToLong(SequenceRange::last).max().orElse(0);
  }

  String describe() {
    String numbers =
        lost.isEmpty()
            ? "with a footer"
            : "with records " + SequenceRanges.names(lost) + " given up";
    return survey == null
        ? "make " + files + " for records " + SequenceRanges.names(lost) + ", given up"
        : "write " + files + " anew from its sound frames, " + numbers;
  }

  /** Writes the segment beside its files, durably, and then puts it in their place. */
  void write(Disk disk) throws IOException {
    List<Disk.Output> outputs = new ArrayList<>();
    try {
      for (Path file : files) {
        Path temporary = LogFormat.temporary(file);
        disk.delete(temporary);
        outputs.add(disk.create(temporary));
      }
      new Writing(disk, outputs).run();
      for (Disk.Output output : outputs) {
        output.sync();
      }
    } finally {
      for (Disk.Output output : outputs) {
        output.close();
      }
    }
    for (Path file : files) {
      disk.move(LogFormat.temporary(file), file);
      disk.syncDirectory(LogFormat.folder(file));
    }
  }

  /** One run. */
  private final class Writing {
    private final Disk disk;
    private final List<Disk.Output> outputs;
    private final GroupEncoder encoder = new GroupEncoder(new CodecChooser(Compression.NONE));
    private final LogFooter footer = new LogFooter();
    private final Deque<SequenceRange> pending = new ArrayDeque<>();

    Writing(Disk disk, List<Disk.Output> outputs) {
      this.disk = disk;
      this.outputs = outputs;
      lost.stream().sorted(Comparator.comparingLong(SequenceRange::first)).forEach(pending::add);
    }

    void run() throws IOException {
      SegmentSurvey from = survey;
      boolean encodesAnew = from == null || from.isFirstFormat();
      if (from == null || encodesAnew) {
        long salt = UUID.randomUUID().getLeastSignificantBits();
        encoder.begin(salt);
        put(LogHeader.encode(owner, firstSequence, salt, stripe, stripes, WalSchemas.RECORD));
      } else {
        SegmentSource source = from.source();
        encoder.begin(source.header().salt());
        put(ByteBuffer.wrap(LogHeader.bytesOf(disk, source.file(), source.header())));
      }
      if (from != null) {
        copy(from.source(), encodesAnew);
      }
      putLostBelow(Long.MAX_VALUE);
      long watermark = footer.records() == 0 ? firstSequence - 1 : footer.lastSequence();
      put(encoder.encodeFooter(footer, firstSequence, watermark));
    }

    private void copy(SegmentSource source, boolean encodesAnew) throws IOException {
      try (SegmentSalvage salvage = new SegmentSalvage(disk, source)) {
        for (LogFrame frame = salvage.next(); frame != null; frame = salvage.next()) {
          putLostBelow(frame.firstSequence());
          for (WalRecord record : salvage.records()) {
            if (record.operation() != WalRecord.Operation.FLUSH) {
              footer.wrote(record.tableUuid(), record.sequence());
            }
          }
          if (encodesAnew) {
            LogUnit unit = LogUnit.encode(salvage.records(), Integer.MAX_VALUE);
            unit.number(frame.firstSequence());
            encoder.encode(List.of(unit), frame.watermark(), footer);
            put(encoder.frames());
          } else {
            footer.add(frame);
            put(ByteBuffer.wrap(salvage.frameBytes(frame)));
          }
        }
      }
    }

    private void putLostBelow(long sequence) throws IOException {
      while (!pending.isEmpty() && pending.peek().first() < sequence) {
        SequenceRange range = pending.remove();
        long first = range.first();
        while (first <= range.last()) {
          int count = (int) Math.min(MAX_LOST, range.last() - first + 1);
          // What was acknowledged is not known any more: from here on, nothing below may miss.
          put(encoder.encodeLost(first, count, first + count - 1, footer));
          first += count;
        }
      }
    }

    private void put(ByteBuffer bytes) throws IOException {
      for (Disk.Output output : outputs) {
        output.write(bytes.duplicate());
      }
    }
  }
}
