package io.proximadb.wal;

import io.proximadb.error.FencedException;
import io.proximadb.io.Disk;
import io.proximadb.wal.StripeReader.DecodedFrame;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * Gives a mirror, while the local log is recovered, what that has and the mirror has not, so that
 * its numbers stay without gap. Not safe for use by several threads.
 */
final class MirrorFeed {
  private final Disk disk;
  private final LogMirror mirror;
  private final Map<SegmentSource, byte[]> headers = new HashMap<>();
  private boolean begun;

  /** Local records above it are not those of the mirror. */
  private long lastCommon = Long.MAX_VALUE;

  MirrorFeed(Disk disk, LogMirror mirror) {
    this.disk = disk;
    this.mirror = mirror;
  }

  /**
   * Tells under which epoch the local log was written last: what another engine put into the mirror
   * since then has numbers that records of the local log may have too.
   */
  void expectLocalEpoch(long epoch) throws IOException {
    long end = mirror.endOf(epoch);
    if (mirror.storedSequence() > end) {
      lastCommon = end;
    }
  }

  /**
   * Takes a frame of the local log, in the order of numbers.
   *
   * @throws FencedException if another engine gave its numbers to other records
   */
  void send(DecodedFrame decoded) throws IOException {
    long last = decoded.frame().lastSequence();
    if (last > lastCommon) {
      throw new FencedException(
          "Cannot open log: its mirror was taken over by another engine of the same id, which wrote"
              + " records from "
              + (lastCommon + 1)
              + " on that this log has too (file="
              + decoded.source().file()
              + "): one of the two homes is a copy or a restored backup. Open this one with a new"
              + " home; './proximadb wal inspect' shows what only its log has");
    }
    if (last <= mirror.storedSequence() && !begun) {
      return;
    }
    ByteBuffer frame = decoded.bytes();
    if (frame == null) {
      throw new IllegalStateException("The bytes of a frame were not kept");
    }
    long first = decoded.frame().firstSequence();
    if (!begun) {
      first = Math.max(first, mirror.storedSequence() + 1);
      begin(first);
    }
    byte[] header = headers.get(decoded.source());
    if (header == null) {
      header = LogHeader.bytesOf(disk, decoded.source().file(), decoded.source().header());
      headers.put(decoded.source(), header);
    }
    mirror.write(first, last, header, frame);
  }

  /** Says where writing goes on, unless something was sent. */
  void begin(long nextSequence) throws IOException {
    if (!begun) {
      begun = true;
      mirror.begin(nextSequence);
    }
  }
}
