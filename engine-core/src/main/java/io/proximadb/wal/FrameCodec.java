package io.proximadb.wal;

import com.github.luben.zstd.Zstd;
import java.io.IOException;
import java.util.Arrays;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
import org.xerial.snappy.Snappy;

/** Compresses and decompresses payloads of frames; the numbers are those of the format. */
enum FrameCodec {
  NONE(0, Compression.NONE) {
    @Override
    int maxLength(int plainLength) {
      return plainLength;
    }

    @Override
    int compress(byte[] plain, int length, byte[] target, int offset) {
      System.arraycopy(plain, 0, target, offset, length);
      return length;
    }

    @Override
    void decompress(byte[] source, int offset, int length, byte[] target, int plainLength) {
      System.arraycopy(source, offset, target, 0, plainLength);
    }
  },

  LZ4(1, Compression.LZ4) {
    @Override
    int maxLength(int plainLength) {
      return Lz4.COMPRESSOR.maxCompressedLength(plainLength);
    }

    @Override
    int compress(byte[] plain, int length, byte[] target, int offset) {
      return Lz4.COMPRESSOR.compress(plain, 0, length, target, offset);
    }

    @Override
    void decompress(byte[] source, int offset, int length, byte[] target, int plainLength)
        throws IOException {
      try {
        check(
            Lz4.DECOMPRESSOR.decompress(source, offset, length, target, 0, plainLength),
            plainLength);
      } catch (LZ4Exception e) {
        throw new IOException("LZ4 cannot decompress the payload: " + e.getMessage(), e);
      }
    }
  },

  SNAPPY(2, Compression.SNAPPY) {
    @Override
    int maxLength(int plainLength) {
      return Snappy.maxCompressedLength(plainLength);
    }

    @Override
    int compress(byte[] plain, int length, byte[] target, int offset) throws IOException {
      return Snappy.compress(plain, 0, length, target, offset);
    }

    @Override
    void decompress(byte[] source, int offset, int length, byte[] target, int plainLength)
        throws IOException {
      check(Snappy.uncompressedLength(source, offset, length), plainLength);
      Snappy.uncompress(source, offset, length, target, 0);
    }
  },

  ZSTD(3, Compression.ZSTD) {
    @Override
    int maxLength(int plainLength) {
      return Math.toIntExact(Zstd.compressBound(plainLength));
    }

    @Override
    int compress(byte[] plain, int length, byte[] target, int offset) throws IOException {
      long written =
          Zstd.compressByteArray(
              target, offset, target.length - offset, plain, 0, length, ZSTD_LEVEL);
      checkZstd(written);
      return (int) written;
    }

    @Override
    void decompress(byte[] source, int offset, int length, byte[] target, int plainLength)
        throws IOException {
      long read = Zstd.decompressByteArray(target, 0, plainLength, source, offset, length);
      checkZstd(read);
      check((int) read, plainLength);
    }
  };

  /** The fastest of the levels that compress better than LZ4 on real records. */
  private static final int ZSTD_LEVEL = 1;

  private static final FrameCodec[] BY_NUMBER = values();

  /** How many numbers of codecs the format knows. */
  static final int COUNT = BY_NUMBER.length;

  private final int number;
  private final Compression compression;

  FrameCodec(int number, Compression compression) {
    this.number = number;
    this.compression = compression;
  }

  /** Loaded with the first use of LZ4, which unpacks its native code. */
  private static final class Lz4 {
    static final LZ4Compressor COMPRESSOR = LZ4Factory.fastestInstance().fastCompressor();
    static final LZ4SafeDecompressor DECOMPRESSOR = LZ4Factory.fastestInstance().safeDecompressor();
  }

  /** The codec of a number in a frame's flags. */
  static FrameCodec of(int number) {
    return BY_NUMBER[number];
  }

  /** The codec of a setting other than {@link Compression#ADAPTIVE}. */
  static FrameCodec of(Compression compression) {
    return Arrays.stream(BY_NUMBER)
        .filter(codec -> codec.compression == compression)
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("No single codec: " + compression));
  }

  /** What stands for it in a frame's flags. */
  int number() {
    return number;
  }

  Compression compression() {
    return compression;
  }

  /** Bytes that the target of a compression needs. */
  abstract int maxLength(int plainLength);

  /**
   * Compresses the first bytes of an array.
   *
   * @param target has room for {@link #maxLength} bytes behind the offset
   * @return how many bytes came out
   */
  abstract int compress(byte[] plain, int length, byte[] target, int offset) throws IOException;

  /**
   * Decompresses.
   *
   * @throws IOException if the source is not what {@link #compress} made of that many bytes
   */
  abstract void decompress(byte[] source, int offset, int length, byte[] target, int plainLength)
      throws IOException;

  private static void check(int found, int expected) throws IOException {
    if (found != expected) {
      throw new IOException(
          "A payload decompresses to " + found + " bytes (expected " + expected + ")");
    }
  }

  private static void checkZstd(long result) throws IOException {
    if (Zstd.isError(result)) {
      throw new IOException("Zstandard fails: " + Zstd.getErrorName(result));
    }
  }
}
