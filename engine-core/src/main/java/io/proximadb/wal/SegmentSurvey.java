package io.proximadb.wal;

import io.proximadb.io.Disk;
import io.proximadb.wal.WalInspection.Codec;
import io.proximadb.wal.WalInspection.Damage;
import io.proximadb.wal.WalInspection.State;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What is in a segment.
 *
 * @param counted the sound frames
 * @param numbers of the sound frames
 * @param lost of those, the numbers that an earlier repair gave up
 * @param damage of its content: what no file has whole
 * @param tail true if the last damage reaches to the end of the file
 * @param endsWell true if it ends with a footer, at the end of the file, that counts it rightly
 * @param fileDamage of each file by itself
 */
record SegmentSurvey(
    SegmentSource source,
    LogFooter counted,
    SequenceRanges numbers,
    SequenceRanges lost,
    List<Damage> damage,
    boolean tail,
    boolean sealed,
    boolean endsWell,
    long size,
    long highestWatermark,
    Map<Compression, Codec> codecs,
    List<Damage> fileDamage) {

  /** Reads a segment; the consumer gets its records. */
  static SegmentSurvey read(Disk disk, SegmentSource source, Consumer<WalRecord> consumer)
      throws IOException {
    SequenceRanges numbers = new SequenceRanges();
    SequenceRanges lost = new SequenceRanges();
    Map<Compression, Codec> codecs = new EnumMap<>(Compression.class);
    try (SegmentSalvage salvage = new SegmentSalvage(disk, source)) {
      for (LogFrame frame = salvage.next(); frame != null; frame = salvage.next()) {
        numbers.add(frame.firstSequence(), frame.lastSequence());
        if (frame.lost()) {
          lost.add(frame.firstSequence(), frame.lastSequence());
        } else {
          codecs.merge(
              FrameCodec.of(frame.codec()).compression(),
              new Codec(1, frame.plainLength(), frame.length()),
              SegmentSurvey::sum);
        }
        salvage.records().forEach(consumer);
      }
      LogHeader header = source.header();
      return new SegmentSurvey(
          source,
          salvage.counted(),
          numbers,
          lost,
          List.copyOf(salvage.damage()),
          salvage.damagedTail(),
          salvage.sealed(),
          salvage.endsWell(),
          salvage.size(),
          Math.max(
              salvage.highestWatermark(), header.stripes() == 1 ? header.firstSequence() - 1 : 0),
          codecs,
          fileDamage(disk, source, salvage));
    }
  }

  private static Codec sum(Codec one, Codec other) {
    return new Codec(
        one.frames() + other.frames(),
        one.plainBytes() + other.plainBytes(),
        one.storedBytes() + other.storedBytes());
  }

  private static List<Damage> fileDamage(Disk disk, SegmentSource source, SegmentSalvage content)
      throws IOException {
    if (source.files().size() == 1) {
      return List.copyOf(content.damage());
    }
    List<Damage> all = new ArrayList<>();
    for (Path file : source.files()) {
      try (SegmentSalvage alone =
          new SegmentSalvage(disk, new SegmentSource(source.header(), file))) {
        LogFrame frame = alone.next();
        while (frame != null) {
          frame = alone.next();
        }
        all.addAll(alone.damage());
        if (alone.damage().isEmpty()
            && (alone.position() != content.position() || alone.sealed() != content.sealed())) {
          all.add(
              new Damage(
                  file,
                  alone.position(),
                  Math.max(0, content.position() - alone.position()),
                  "a copy ends early",
                  "frames up to " + content.position(),
                  "up to " + alone.position()));
        }
      }
    }
    return all;
  }

  boolean isFirstFormat() {
    return source.header().version() == 1;
  }

  /** True if it is the newest of its stripe and has no good end: recovery cuts it and goes on. */
  boolean isOpen() {
    return source.newest() && !sealed;
  }

  /** True if recovery accepts it as it is, if all numbers are there. */
  boolean isAccepted() {
    if (isOpen()) {
      return damage.isEmpty() || (damage.size() == 1 && tail);
    }
    return damage.isEmpty() && (endsWell || (counted.records() == 0 && !sealed) || isFirstFormat());
  }

  State state() {
    if (isOpen() && isAccepted()) {
      return State.OPEN;
    }
    return endsWell || (isFirstFormat() && isAccepted()) ? State.SEALED : State.INCOMPLETE;
  }

  /** All that is damaged in its files, a missing end included. */
  List<Damage> allDamage() {
    List<Damage> all = new ArrayList<>(fileDamage);
    if (damage.isEmpty() && !isAccepted()) {
      all.add(
          sealed
              ? new Damage(
                  source.file(),
                  size,
                  0,
                  "footer does not count what is in the segment",
                  counted.toString(),
                  "others")
              : new Damage(
                  source.file(),
                  size,
                  0,
                  "a footer is missing, though there is a newer segment",
                  "a footer at the end of the file",
                  "none"));
    }
    return all;
  }
}
