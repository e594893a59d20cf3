package io.proximadb.wal;

import io.proximadb.error.CorruptFileException;
import io.proximadb.io.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Reads and decodes the segments of one stripe in order, in a thread of its own, ahead of the one
 * that merges.
 */
final class StripeReader implements AutoCloseable {
  /** Pieces that wait to be merged: memory against a disk that is faster for a moment. */
  private static final int MAX_WAITING_PIECES = 4;

  /** A piece takes no further frame above this. */
  private static final int PIECE_BYTES = 256 << 10;

  private final Disk disk;
  private final List<SegmentSource> segments;
  private final boolean wantsFrames;
  private final BlockingQueue<Piece> pieces = new ArrayBlockingQueue<>(MAX_WAITING_PIECES);
  private final List<Result> results = new ArrayList<>();
  private final Thread thread;
  private @Nullable Throwable failure;
  private @Nullable Piece head;
  private int headFrame;
  private boolean ended;

  /** Decoded frames that follow each other in a stripe; none marks the end. */
  private record Piece(List<DecodedFrame> frames) {}

  /**
   * A frame with its records.
   *
   * @param source its segment
   * @param bytes the frame as it stands in the file, if it was asked for
   */
  record DecodedFrame(
      LogFrame frame, List<WalRecord> records, SegmentSource source, @Nullable ByteBuffer bytes) {}

  /**
   * What became of a segment.
   *
   * @param wholeFile true if its good frames end where the file does
   * @param position where they end
   * @param highestWatermark of its good frames, the footer and those behind damage included
   * @param witness a good frame behind the damage, or null
   */
  record Result(
      SegmentSource source,
      LogFooter counted,
      boolean sealed,
      boolean wholeFile,
      long position,
      long size,
      List<SegmentScanner.Range> ranges,
      List<Path> damagedFiles,
      LogReader.@Nullable Damage damage,
      long highestWatermark,
      @Nullable LogFrame witness) {

    boolean footerBehindDamage() {
      return witness != null && witness.footer();
    }

    Map<UUID, Long> lastByTable() {
      return counted.lastByTable();
    }
  }

  /**
   * Makes a reader and starts it.
   *
   * @param wantsFrames true to give the bytes of the frames too
   */
  StripeReader(Disk disk, List<SegmentSource> segments, boolean wantsFrames, int number) {
    this.disk = disk;
    this.segments = segments;
    this.wantsFrames = wantsFrames;
    this.thread = new Thread(this::run, "proximadb-wal-recovery-" + number);
    thread.setDaemon(true);
    thread.start();
  }

  /** The next frame, which stays the next one until it is taken; null at the end. */
  @Nullable DecodedFrame peek() throws IOException {
    while (!ended && (head == null || headFrame == head.frames().size())) {
      head = takePiece();
      headFrame = 0;
      if (head.frames().isEmpty()) {
        ended = true;
        throwFailure();
      }
    }
    return ended || head == null ? null : head.frames().get(headFrame);
  }

  void take() {
    headFrame++;
  }

  private Piece takePiece() throws IOException {
    try {
      return pieces.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while the log was read", e);
    }
  }

  private void throwFailure() throws IOException {
    if (failure instanceof IOException exception) {
      throw exception;
    }
    if (failure instanceof RuntimeException exception) {
      throw exception;
    }
    if (failure instanceof Error error) {
      throw error;
    }
  }

  /** What became of each segment; after the end. */
  List<Result> results() {
    return results;
  }

  /** The thread's life. */
  private void run() {
    try {
      Batch batch = new Batch();
      for (SegmentSource source : segments) {
        results.add(read(source, batch));
      }
      batch.flush();
    } catch (IOException | RuntimeException | Error e) {
      failure = e;
    } catch (InterruptedException e) {
      return; // nobody merges any more
    }
    try {
      pieces.put(new Piece(List.of()));
    } catch (InterruptedException e) {
      // Nobody merges any more.
    }
  }

  private Result read(SegmentSource source, Batch batch) throws IOException, InterruptedException {
    try (SegmentScanner scanner = new SegmentScanner(disk, source)) {
      FrameRecords decoder = new FrameRecords(source.header());
      for (LogFrame frame = scanner.next(); frame != null; frame = scanner.next()) {
        List<WalRecord> records =
            decoder.decode(
                frame,
                scanner.payload(),
                scanner.payloadOffset(),
                scanner.file(),
                scanner.counted());
        ByteBuffer bytes = wantsFrames ? ByteBuffer.wrap(scanner.frameBytes(frame)) : null;
        batch.add(new DecodedFrame(frame, records, source, bytes));
      }
      LogFrame witness = scanner.damage() == null ? null : scanner.findBestWitness();
      scanner.verifyCopies();
      Result result = result(scanner, witness);
      checkComplete(result, scanner);
      return result;
    }
  }

  private static Result result(SegmentScanner scanner, @Nullable LogFrame witness) {
    // A log without stripes has all numbers before a segment in the segments before.
    LogHeader header = scanner.source().header();
    long durable =
        Math.max(
            scanner.highestWatermark(), header.stripes() == 1 ? header.firstSequence() - 1 : 0);
    return new Result(
        scanner.source(),
        scanner.counted(),
        scanner.sealed(),
        scanner.endsTheFile(),
        scanner.position(),
        scanner.size(),
        scanner.ranges(),
        scanner.damagedFiles(),
        scanner.damage(),
        witness == null ? durable : Math.max(durable, witness.watermark()),
        witness);
  }

  /**
   * A segment with a newer one behind it must be whole, and so what a footer was written for. One
   * without records may be left of an opening that died; were there some, they are missed later.
   */
  private static void checkComplete(Result result, SegmentScanner scanner) {
    Path file = result.source().file();
    boolean mustBeWhole = !result.source().newest();
    // Behind the footer of the newest segment may stand what a crash left of the zeros made ahead.
    if (result.damage() != null && mustBeWhole) {
      throw result.damage().toException(file);
    }
    if (result.damage() != null && !result.sealed() && result.footerBehindDamage()) {
      throw new CorruptFileException(
          result.damage().toException(file).getMessage()
              + ": the segment was complete, says its footer");
    }
    LogFooter footer = scanner.footer();
    if (result.sealed() && (footer == null || !footer.countsLike(result.counted()))) {
      throw LogHeader.corrupt(
          file,
          result.position(),
          "footer does not count what is in the segment",
          String.valueOf(footer),
          result.counted());
    }
    if (mustBeWhole
        && result.counted().records() > 0
        && result.source().header().version() > 1
        && !(result.sealed() && result.wholeFile())) {
      throw LogHeader.corrupt(
          file,
          result.position(),
          "a footer is missing, though there is a newer segment",
          "a footer at the end of the file",
          "none");
    }
  }

  /** Gathers small frames, so that the threads meet less often. */
  private final class Batch {
    private List<DecodedFrame> frames = new ArrayList<>();
    private long bytes;

    void add(DecodedFrame frame) throws InterruptedException {
      frames.add(frame);
      bytes += frame.frame().plainLength();
      if (bytes >= PIECE_BYTES) {
        flush();
      }
    }

    void flush() throws InterruptedException {
      if (!frames.isEmpty()) {
        pieces.put(new Piece(frames));
        frames = new ArrayList<>();
        bytes = 0;
      }
    }
  }

  /** Ends the thread, if it has not ended by itself. */
  @Override
  public void close() {
    thread.interrupt();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
