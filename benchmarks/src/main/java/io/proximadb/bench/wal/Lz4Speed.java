package io.proximadb.bench.wal;

import io.proximadb.bench.Bar;
import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.Figure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

/** LZ4 by itself, on the payloads of full frames, on one thread. */
final class Lz4Speed {
  /** A full frame of the log. */
  private static final int FRAME_BYTES = 1 << 20;

  private static final String COMPRESS = "compress";
  private static final String DECOMPRESS = "decompress";
  private static final double LEAST_GB_PER_SECOND = 2;

  private final BenchmarkContext context;
  private final Plan plan;

  Lz4Speed(BenchmarkContext context, Plan plan) {
    this.context = context;
    this.plan = plan;
  }

  List<Figure> run(RecordPool records) {
    context.progress(
        "compressing and decompressing frames of " + records.dimension() + " floats by LZ4");
    LZ4Factory lz4 = LZ4Factory.fastestInstance();
    LZ4Compressor compressor = lz4.fastCompressor();
    LZ4SafeDecompressor decompressor = lz4.safeDecompressor();
    List<byte[]> plain = new ArrayList<>();
    for (int bytes = 0; bytes < plan.lz4Bytes(); bytes += FRAME_BYTES) {
      plain.add(records.payload(bytes / records.recordBytes(), FRAME_BYTES));
    }
    List<byte[]> packed = new ArrayList<>();
    for (byte[] payload : plain) {
      packed.add(compressor.compress(payload));
    }
    check(plain, packed, decompressor);

    double plainBytes = plain.stream().mapToLong(payload -> payload.length).sum();
    double packedBytes = packed.stream().mapToLong(payload -> payload.length).sum();
    byte[] target = new byte[compressor.maxCompressedLength(FRAME_BYTES)];
    Samples samples = new Samples();
    for (int pass = -plan.compilePasses(); pass < plan.passes(); pass++) {
      long started = System.nanoTime();
      for (byte[] payload : plain) {
        compressor.compress(payload, 0, payload.length, target, 0);
      }
      long between = System.nanoTime();
      for (byte[] payload : packed) {
        decompressor.decompress(payload, 0, payload.length, target, 0);
      }
      long ended = System.nanoTime();
      if (pass >= 0) {
        samples.add(COMPRESS, plainBytes / (between - started));
        samples.add(DECOMPRESS, plainBytes / (ended - between));
      }
    }
    String name = "lz4-" + records.dimension();
    String setting =
        String.format(
            Locale.ROOT, "%d frames of 1 MiB, one thread, %s", plain.size(), lz4.toString());
    return List.of(
        Figure.of(name + ".ratio", plainBytes / packedBytes, "times", setting),
        samples.figure(name + "-compress.speed", COMPRESS, "GB/s", setting),
        samples
            .figure(name + "-decompress.speed", DECOMPRESS, "GB/s", setting)
            .mustBe(Bar.above(LEAST_GB_PER_SECOND)));
  }

  private static void check(
      List<byte[]> plain, List<byte[]> packed, LZ4SafeDecompressor decompressor) {
    byte[] target = new byte[FRAME_BYTES];
    for (int i = 0; i < plain.size(); i++) {
      byte[] payload = plain.get(i);
      int length = decompressor.decompress(packed.get(i), 0, packed.get(i).length, target, 0);
      if (!Arrays.equals(payload, 0, payload.length, target, 0, length)) {
        throw new IllegalStateException("Cannot measure LZ4: it did not give back what it got");
      }
    }
  }
}
