package io.proximadb.wal;

import io.proximadb.io.Disk;
import java.io.IOException;
import java.nio.file.Path;

/**
 * What a segment whose header is gone seems to hold. Without the salt no frame can be checked, so
 * no record is taken from it; but no number that it may have given out is given out again.
 */
final class UncheckedFrames {
  private static final long RECORDS_PER_BYTE = 64;

  private UncheckedFrames() {}

  /**
   * The highest number that anything in a file claims that looks like a frame; the one before the
   * first if nothing does.
   *
   * @param firstSequence that the file's name says
   */
  static long lastSequence(Disk disk, Path file, long firstSequence) throws IOException {
    long last = firstSequence - 1;
    try (LogInput in = new LogInput(file, disk.read(file))) {
      // However well records compress: what claims more is no frame.
      long highest = firstSequence + RECORDS_PER_BYTE * in.size();
      for (long at = 0; in.load(at, LogFormat.FRAME_HEADER_BYTES); at++) {
        if (in.intAt(at) == LogFormat.FRAME_MAGIC) {
          LogFrame frame =
              new LogFrame(
                  at,
                  in.intAt(at + LogFormat.FRAME_LENGTH_OFFSET),
                  in.intAt(at + LogFormat.FRAME_FLAGS_OFFSET),
                  0,
                  in.longAt(at + LogFormat.FRAME_FIRST_SEQUENCE_OFFSET),
                  in.intAt(at + LogFormat.FRAME_COUNT_OFFSET),
                  in.intAt(at + LogFormat.FRAME_PLAIN_LENGTH_OFFSET));
          boolean fits =
              frame.length() >= 0
                  && frame.endOffset() <= in.size()
                  && frame.makesSense(LogFormat.VERSION)
                  && frame.firstSequence() >= firstSequence
                  && frame.lastSequence() <= highest;
          if (fits) {
            last = Math.max(last, frame.lastSequence());
          }
        }
      }
    }
    return last;
  }
}
