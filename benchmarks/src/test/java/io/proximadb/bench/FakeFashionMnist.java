package io.proximadb.bench;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.zip.GZIPOutputStream;

/** A file like that of Fashion-MNIST's training images, of noise. */
public final class FakeFashionMnist {
  private FakeFashionMnist() {}

  /** Writes so many images into a folder, which is made, and returns it. */
  public static Path write(Path folder, int images, long seed) throws IOException {
    Files.createDirectories(folder);
    byte[] pixels = new byte[images * FashionMnist.DIMENSION];
    new Random(seed).nextBytes(pixels);
    try (DataOutputStream out =
        new DataOutputStream(
            new GZIPOutputStream(
                Files.newOutputStream(folder.resolve("train-images-idx3-ubyte.gz"))))) {
      out.writeInt(0x803);
      out.writeInt(images);
      out.writeInt(28);
      out.writeInt(28);
      out.write(pixels);
    }
    return folder;
  }
}
