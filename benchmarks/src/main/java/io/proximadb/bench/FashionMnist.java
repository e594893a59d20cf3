package io.proximadb.bench;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/**
 * The training images of Fashion-MNIST: 60,000 vectors of 784 components in [0, 255], which is the
 * base of the public benchmark fashion-mnist-784-euclidean.
 */
public final class FashionMnist {
  public static final int DIMENSION = 784;

  private static final String FILE = "train-images-idx3-ubyte.gz";
  private static final String QUERY_FILE = "t10k-images-idx3-ubyte.gz";
  private static final String DEBIAN_PACKAGE = "dataset-fashion-mnist";

  /** IDX: unsigned bytes in three dimensions (images, rows, columns). */
  private static final int MAGIC = 0x00000803;

  private static final int MAX_IMAGES = 60_000;

  private FashionMnist() {}

  /**
   * Reads the images end to end.
   *
   * @throws MissingDataException if none of the folders has the file
   */
  public static float[] read(List<Path> folders) throws IOException {
    return read(folders, FILE);
  }

  /**
   * Reads the 10,000 test images, the queries of the public benchmark.
   *
   * @throws MissingDataException if none of the folders has the file
   */
  public static float[] readQueries(List<Path> folders) throws IOException {
    return read(folders, QUERY_FILE);
  }

  private static float[] read(List<Path> folders, String name) throws IOException {
    for (Path folder : folders) {
      Path file = folder.resolve(name);
      if (Files.isRegularFile(file)) {
        return parse(file);
      }
    }
    throw new MissingDataException(
        "Cannot find "
            + name
            + " (looked in "
            + folders
            + "). Get it by 'apt install "
            + DEBIAN_PACKAGE
            + "', or name its folder with --data");
  }

  private static float[] parse(Path file) throws IOException {
    try (InputStream raw = Files.newInputStream(file);
        DataInputStream in = new DataInputStream(new GZIPInputStream(raw, 1 << 16))) {
      int magic = in.readInt();
      int images = in.readInt();
      int pixels = in.readInt() * in.readInt();
      if (magic != MAGIC || images < 1 || images > MAX_IMAGES || pixels != DIMENSION) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "Invalid IDX file: magic 0x%08x, %d images of %d pixels (expected 0x%08x, at most"
                    + " %d, %d; file=%s)",
                magic,
                images,
                pixels,
                MAGIC,
                MAX_IMAGES,
                DIMENSION,
                file));
      }
      byte[] bytes = in.readNBytes(images * pixels);
      if (bytes.length != images * pixels) {
        throw new IOException(
            "Invalid IDX file: it ends after " + bytes.length + " pixels (file=" + file + ")");
      }
      float[] vectors = new float[bytes.length];
      for (int i = 0; i < bytes.length; i++) {
        vectors[i] = bytes[i] & 0xff;
      }
      return vectors;
    }
  }
}
