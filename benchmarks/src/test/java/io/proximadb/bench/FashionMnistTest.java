package io.proximadb.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FashionMnistTest {
  @TempDir private Path folder;

  private void write(int magic, int images, int pixels) throws IOException {
    try (DataOutputStream out =
        new DataOutputStream(
            new GZIPOutputStream(
                Files.newOutputStream(folder.resolve("train-images-idx3-ubyte.gz"))))) {
      out.writeInt(magic);
      out.writeInt(images);
      out.writeInt(28);
      out.writeInt(28);
      for (int i = 0; i < pixels; i++) {
        out.writeByte(i % 256);
      }
    }
  }

  @Test
  void readsUnsignedBytesFromTheFirstFolderThatHasThem() throws IOException {
    write(0x803, 3, 3 * 784);
    float[] vectors = FashionMnist.read(List.of(folder.resolve("none"), folder));

    assertThat(vectors).hasSize(3 * 784);
    assertThat(vectors[255]).isEqualTo(255f);
    assertThat(vectors[784]).isEqualTo(784 % 256);
  }

  @Test
  void refusesOtherFiles() throws IOException {
    write(0x801, 3, 3 * 784);
    assertThatThrownBy(() -> FashionMnist.read(List.of(folder)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Invalid IDX file: magic 0x00000801");
    write(0x803, 3, 2 * 784);
    assertThatThrownBy(() -> FashionMnist.read(List.of(folder)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("it ends after 1568 pixels");
  }

  @Test
  void saysHowToGetTheData() {
    assertThatThrownBy(() -> FashionMnist.read(List.of(folder)))
        .isInstanceOf(MissingDataException.class)
        .hasMessageContaining("apt install dataset-fashion-mnist");
  }
}
