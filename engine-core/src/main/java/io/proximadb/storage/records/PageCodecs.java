package io.proximadb.storage.records;

import com.github.luben.zstd.Zstd;
import io.proximadb.error.CorruptFileException;
import io.proximadb.error.ResourceExhaustedException;
import io.proximadb.error.UnsupportedVersionException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.GZIPInputStream;
import net.jpountz.lz4.LZ4Factory;
import org.apache.parquet.format.CompressionCodec;
import org.xerial.snappy.Snappy;

/** Decompresses pages of Parquet. */
final class PageCodecs {
  /** Writers cut pages at about a megabyte; a header that claims 1 GiB or more is not believed. */
  private static final int MAX_PAGE_BYTES = 1 << 30;

  private PageCodecs() {}

  /**
   * Decompresses a page.
   *
   * @param size bytes that must come out
   * @param location of the file, for messages
   * @throws UnsupportedVersionException if the codec is not known
   * @throws CorruptFileException if another number of bytes comes out
   */
  static ByteBuffer decompress(CompressionCodec codec, ByteBuffer body, int size, String location)
      throws IOException {
    if (codec == CompressionCodec.UNCOMPRESSED || size == 0) {
      return body;
    }
    if (size < 0 || size > MAX_PAGE_BYTES) {
      throw new ResourceExhaustedException(
          "Cannot read file "
              + location
              + ": a page of "
              + size
              + " bytes (expected at most "
              + MAX_PAGE_BYTES
              + ")");
    }
    byte[] in = new byte[body.remaining()];
    body.duplicate().get(in);
    byte[] out = new byte[size];
    long written =
        switch (codec) {
          case SNAPPY -> Snappy.uncompress(in, 0, in.length, out, 0);
          case ZSTD -> Zstd.decompressByteArray(out, 0, size, in, 0, in.length);
          case GZIP -> gunzip(in, out);
          case LZ4_RAW ->
              LZ4Factory.fastestInstance().safeDecompressor().decompress(in, 0, in.length, out, 0);
          case LZ4 -> framedLz4(in, out);
          default ->
              throw new UnsupportedVersionException(
                  "Unsupported compression of "
                      + location
                      + ": "
                      + codec
                      + " (supported: UNCOMPRESSED, SNAPPY, ZSTD, GZIP, LZ4, LZ4_RAW)");
        };
    if (written != size) {
      throw new CorruptFileException(
          "Cannot read file "
              + location
              + ": a page of "
              + written
              + " bytes when decompressed (expected "
              + size
              + ")");
    }
    return ByteBuffer.wrap(out);
  }

  private static int gunzip(byte[] in, byte[] out) throws IOException {
    try (GZIPInputStream stream = new GZIPInputStream(new ByteArrayInputStream(in))) {
      return stream.readNBytes(out, 0, out.length);
    }
  }

  /** Blocks, each behind its sizes in big-endian: what they hold, then what they take. */
  private static int framedLz4(byte[] bytes, byte[] out) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    int written = 0;
    while (in.remaining() > 2 * Integer.BYTES) {
      int end = Math.addExact(written, in.getInt());
      while (written < end) {
        int length = in.getInt();
        written +=
            LZ4Factory.fastestInstance()
                .safeDecompressor()
                .decompress(bytes, in.position(), length, out, written);
        in.position(in.position() + length);
      }
    }
    return written;
  }
}
