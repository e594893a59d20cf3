package io.proximadb.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WrongBytesTest {
  @TempDir Path folder;

  @Test
  void changesThatNoChecksumSees() throws Exception {
    Random random = new Random(1);
    Path file = folder.resolve("file");
    byte[] given = new byte[100];
    random.nextBytes(given);
    for (int position = 0; position <= 95; position++) {
      Files.write(file, given);
      WrongBytes.flipUnseenByCrc32c(file, position);
      assertThat(Files.readAllBytes(file)).isNotEqualTo(given);
      assertThat(checksum(Files.readAllBytes(file))).isEqualTo(checksum(given));
    }
    Files.write(file, given);
    WrongBytes.flipBit(file, random);
    assertThat(checksum(Files.readAllBytes(file))).isNotEqualTo(checksum(given));
  }

  private static long checksum(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return crc.getValue();
  }
}
