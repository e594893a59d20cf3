package io.proximadb.wal;

import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says how to compress the next frame. Under {@link Compression#ADAPTIVE} it is the codec with the
 * least expected time of a byte: to compress it, as measured on samples, and to write what is left
 * of it, at the speed that the device shows.
 *
 * <p>One for all stripes. Safe for use by several threads.
 */
final class CodecChooser {
  private static final Logger LOG = LoggerFactory.getLogger(CodecChooser.class);

  /** One frame in that many is a sample: a few percent of time for samples at most. */
  private static final int SAMPLE_EVERY = 64;

  /** Bytes of a sample: enough for a codec's window, little against a frame. */
  private static final int SAMPLE_BYTES = 64 << 10;

  /** Payloads below it are not worth a call. */
  private static final int MIN_BYTES = 256;

  /** Weight of the newest sample in the moving averages. */
  private static final double SAMPLE_WEIGHT = 0.3;

  /** Weight of the newest group in the moving averages of the device. */
  private static final double GROUP_WEIGHT = 0.05;

  /** A new choice must be that much better than the one in use, so that it does not flutter. */
  private static final double GAIN = 0.95;

  private final Compression setting;
  private final Map<FrameCodec, Cost> costs = new EnumMap<>(FrameCodec.class);
  private final Map<Compression, Long> frames = new EnumMap<>(Compression.class);
  private FrameCodec current;
  private long asked;

  // Moving averages over groups: bytes, nanoseconds, their product, bytes squared.
  private double meanBytes;
  private double meanNanos;
  private double meanProduct;
  private double meanSquare;

  /** What a codec does to a byte. */
  private record Cost(double nanos, double ratio) {
    double total(double deviceNanos) {
      return nanos + ratio * deviceNanos;
    }
  }

  CodecChooser(Compression setting) {
    this.setting = setting;
    this.current = setting == Compression.ADAPTIVE ? FrameCodec.NONE : FrameCodec.of(setting);
  }

  /** The codec for a frame with that payload, whose first bytes may serve as a sample. */
  FrameCodec choose(byte[] plain, int length) throws IOException {
    if (setting == Compression.NONE || length < MIN_BYTES) {
      return FrameCodec.NONE;
    }
    synchronized (this) {
      if (setting == Compression.ADAPTIVE && asked++ % SAMPLE_EVERY == 0) {
        sample(plain, Math.min(length, SAMPLE_BYTES));
      }
      return current;
    }
  }

  /** True if the choice needs the payload in one piece. */
  boolean looksAtPayloads() {
    return setting != Compression.NONE;
  }

  private void sample(byte[] plain, int length) throws IOException {
    boolean first = costs.isEmpty();
    for (FrameCodec codec : FrameCodec.values()) {
      byte[] target = new byte[codec.maxLength(length)];
      if (first) {
        // The first use of a codec loads it, which is no measure of it.
        codec.compress(plain, length, target, 0);
      }
      long start = System.nanoTime();
      int stored = Math.min(length, codec.compress(plain, length, target, 0));
      double nanos = codec == FrameCodec.NONE ? 0 : (System.nanoTime() - start) / (double) length;
      Cost now = new Cost(nanos, stored / (double) length);
      costs.merge(
          codec,
          now,
          (old, fresh) ->
              new Cost(
                  mix(old.nanos(), fresh.nanos(), SAMPLE_WEIGHT),
                  mix(old.ratio(), fresh.ratio(), SAMPLE_WEIGHT)));
    }
    double device = deviceNanosPerByte();
    FrameCodec best = current;
    for (Map.Entry<FrameCodec, Cost> entry : costs.entrySet()) {
      Cost used = costs.get(best);
      if (used == null || entry.getValue().total(device) < GAIN * used.total(device)) {
        best = entry.getKey();
      }
    }
    if (best != current) {
      LOG.info(
          "Frames of the log are compressed with {} from now on, before with {} (costs={}, device"
              + " ns/byte={})",
          best,
          current,
          costs,
          device);
      current = best;
    }
  }

  private static double mix(double old, double fresh, double weight) {
    return old + weight * (fresh - old);
  }

  /** A frame was stored. */
  synchronized void stored(FrameCodec codec) {
    frames.merge(codec.compression(), 1L, Long::sum);
  }

  /** A group was written and synced. */
  synchronized void wrote(double bytes, double nanos) {
    double weight = meanNanos == 0 ? 1 : GROUP_WEIGHT;
    meanBytes = mix(meanBytes, bytes, weight);
    meanNanos = mix(meanNanos, nanos, weight);
    meanProduct = mix(meanProduct, bytes * nanos, weight);
    meanSquare = mix(meanSquare, bytes * bytes, weight);
  }

  /**
   * What one more byte costs: the slope of time over bytes, as a sync has a price of its own; if
   * groups are too much alike for a slope, the mean.
   */
  private synchronized double deviceNanosPerByte() {
    double variance = meanSquare - meanBytes * meanBytes;
    if (variance > 0.01 * meanSquare) {
      return Math.max(0, (meanProduct - meanBytes * meanNanos) / variance);
    }
    return meanBytes == 0 ? 0 : meanNanos / meanBytes;
  }

  /** Bytes a second of writes with their syncs, 0 before the first. */
  synchronized double deviceBytesPerSecond() {
    return meanNanos == 0 ? 0 : meanBytes * 1e9 / meanNanos;
  }

  synchronized Compression current() {
    return current.compression();
  }

  /** Frames stored with each codec. */
  synchronized Map<Compression, Long> frames() {
    return Map.copyOf(frames);
  }
}
