package io.proximadb.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.proximadb.error.NotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.iceberg.inmemory.InMemoryFileIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileBytesTest {
  @TempDir Path folder;

  @Test
  void mapsALocalFileUntilTheLastReferenceGoes() throws IOException {
    Path file = Files.write(folder.resolve("f"), new byte[] {1, 2, 3, 4, 5, 6});
    FileBytes bytes = FileBytes.open(new LocalFileIO(), file.toString(), -1);
    assertThat(bytes.isMapped()).isTrue();
    assertThat(bytes.size()).isEqualTo(6);
    ByteBuffer part = bytes.read(1, 4);
    assertThat(part.isDirect()).isTrue();
    assertThat(part.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
    assertThat(part.getInt()).isEqualTo(0x05040302);

    assertThat(bytes.tryAcquire()).isTrue();
    bytes.close();
    bytes.close();
    assertThat(bytes.read(5, 1).get()).as("still held").isEqualTo((byte) 6);
    assertThat(isMapped(file)).isTrue();
    bytes.release();
    assertThat(bytes.tryAcquire()).isFalse();
    assertThat(isMapped(file)).isFalse();
    assertThatThrownBy(bytes::release).isInstanceOf(IllegalStateException.class);
  }

  private static boolean isMapped(Path file) throws IOException {
    Path maps = Path.of("/proc/self/maps");
    assumeTrue(Files.exists(maps));
    return Files.readString(maps).contains(file.toString());
  }

  @Test
  void readsRangesOfAFileThatIsNotLocal() {
    InMemoryFileIO io = new InMemoryFileIO();
    io.addFile("mem://f", new byte[] {1, 2, 3, 4, 5, 6});
    try (FileBytes bytes = FileBytes.open(io, "mem://f", -1)) {
      assertThat(bytes.isMapped()).isFalse();
      assertThat(bytes.size()).isEqualTo(6);
      assertThat(bytes.read(2, 4).getInt()).isEqualTo(0x06050403);
      assertThatThrownBy(() -> bytes.read(3, 4)).isInstanceOf(IndexOutOfBoundsException.class);
    }
    assertThatThrownBy(() -> FileBytes.open(io, "mem://g", -1))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("mem://g");
  }

  @Test
  void anEmptyFileIsFineAndAMissingOneIsNot() throws IOException {
    Path file = Files.createFile(folder.resolve("empty"));
    try (FileBytes bytes = FileBytes.open(new LocalFileIO(), "file:" + file, 0)) {
      assertThat(bytes.size()).isZero();
    }
    assertThatThrownBy(() -> FileBytes.open(new LocalFileIO(), file + "-not", -1))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("empty-not");
  }
}
