package io.proximadb.index.form;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.UnsupportedVersionException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Random;
import java.util.UUID;

/** Damages index files in every way that a reader has to notice. */
public final class DamagedFiles {
  public static final UUID SOURCE = new UUID(1, 2);

  private static final String LOCATION = "toy.index";

  /** Reads one form of files. */
  public interface Reading {
    Object read(InputStream in, long length, UUID source, String location) throws IOException;
  }

  private DamagedFiles() {}

  /** Reads undamaged bytes. */
  public static Object read(byte[] bytes, Reading reading) throws IOException {
    return reading.read(new ByteArrayInputStream(bytes), bytes.length, SOURCE, LOCATION);
  }

  public static void check(byte[] written, Reading reading, Random random) {
    flip(written, reading, random);
    cut(written, reading, random);
    byte[] newer = written.clone();
    newer[IndexForm.VERSION_OFFSET]++;
    assertThatThrownBy(() -> read(newer, reading))
        .isInstanceOf(UnsupportedVersionException.class)
        .hasMessageContaining("version 2 (supported: 1");
    assertThatThrownBy(
            () ->
                reading.read(
                    new ByteArrayInputStream(written), written.length, new UUID(1, 3), LOCATION))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining(SOURCE.toString());
  }

  private static void flip(byte[] written, Reading reading, Random random) {
    for (int at = 0; at < written.length; at++) {
      byte[] damaged = written.clone();
      damaged[at] ^= (byte) (1 << random.nextInt(8));
      boolean version = at >= IndexForm.VERSION_OFFSET && at < IndexForm.VERSION_OFFSET + 4;
      assertThatThrownBy(() -> read(damaged, reading))
          .as("byte %d of %d", at, written.length)
          .isInstanceOfAny(
              CorruptFileException.class,
              version ? UnsupportedVersionException.class : CorruptFileException.class)
          .hasMessageContaining("file=" + LOCATION);
    }
  }

  private static void cut(byte[] written, Reading reading, Random random) {
    for (int length = 0; length < written.length; length += 1 + random.nextInt(9)) {
      byte[] cut = Arrays.copyOf(written, length);
      assertThatThrownBy(() -> read(cut, reading)).isInstanceOf(CorruptFileException.class);
      // The length that a catalog says may be that of the whole file.
      assertThatThrownBy(
              () -> reading.read(new ByteArrayInputStream(cut), written.length, SOURCE, LOCATION))
          .isInstanceOf(CorruptFileException.class);
    }
    byte[] longer = Arrays.copyOf(written, written.length + 1);
    assertThatThrownBy(() -> read(longer, reading))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("expected " + written.length);
  }
}
