package io.proximadb.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Damages files at rest, as a failing medium does. */
public final class WrongBytes {
  /**
   * The generator polynomial of CRC-32C, its highest power first: 33 bits. Added to a message it
   * changes no checksum of it, wherever it is put.
   */
  private static final long POLYNOMIAL = 1L << 32 | 0x1EDC6F41L;

  private static final int POLYNOMIAL_BITS = 33;

  private WrongBytes() {}

  /** Flips one bit of a file. */
  public static void flipBit(Path file, Random random) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    if (bytes.length > 0) {
      flip(bytes, random.nextLong(0, 8L * bytes.length));
      Files.write(file, bytes);
    }
  }

  /**
   * Flips bits of a file so that a CRC-32C over them stays the same: what a reader that does not
   * compare checksums would take in.
   *
   * @param position byte at which the bits begin; the file has five bytes from there
   */
  public static void flipUnseenByCrc32c(Path file, int position) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    for (int i = 0; i < POLYNOMIAL_BITS; i++) {
      if ((POLYNOMIAL >> (POLYNOMIAL_BITS - 1 - i) & 1) == 1) {
        flip(bytes, 8L * position + i);
      }
    }
    Files.write(file, bytes);
  }

  /** The bit's number counts from the lowest of the first byte, as the checksum takes them. */
  private static void flip(byte[] bytes, long bit) {
    bytes[(int) (bit / 8)] ^= (byte) (1 << bit % 8);
  }
}
