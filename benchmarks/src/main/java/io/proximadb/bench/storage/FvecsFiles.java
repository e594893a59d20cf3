package io.proximadb.bench.storage;

import io.proximadb.model.Metric;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Files of the format of the TEXMEX corpora (http://corpus-texmex.irisa.fr): of each vector its
 * dimension as an int, then its floats, all little-endian.
 */
final class FvecsFiles {
  private static final String SUFFIX = ".fvecs";
  private static final String ANGULAR = "-angular";
  private static final int MAX_DIMENSION = 65_536;

  private FvecsFiles() {}

  /** All sets of the folders, at most that many vectors of each. */
  static List<VectorSet> read(List<Path> folders, int mostRows) throws IOException {
    List<VectorSet> sets = new ArrayList<>();
    for (Path folder : folders) {
      if (!Files.isDirectory(folder)) {
        continue;
      }
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file :
            (Iterable<Path>)
                files.filter(path -> path.toString().endsWith(SUFFIX)).sorted()::iterator) {
          sets.add(read(file, mostRows));
        }
      }
    }
    return sets;
  }

  private static VectorSet read(Path file, int mostRows) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer head = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      channel.read(head, 0);
      int dimension = head.flip().remaining() < Integer.BYTES ? 0 : head.getInt();
      long rowBytes = Integer.BYTES + (long) dimension * Float.BYTES;
      if (dimension < 1 || dimension > MAX_DIMENSION || channel.size() % rowBytes != 0) {
        throw new IOException(
            "Invalid fvecs file: "
                + channel.size()
                + " bytes, first dimension "
                + dimension
                + " (expected 1 to "
                + MAX_DIMENSION
                + ", and whole vectors; file="
                + file
                + ")");
      }
      int rows = (int) Math.min(mostRows, channel.size() / rowBytes);
      float[] values = new float[rows * dimension];
      ByteBuffer row = ByteBuffer.allocate((int) rowBytes).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < rows; i++) {
        row.clear();
        while (row.hasRemaining() && channel.read(row, i * rowBytes + row.position()) >= 0) {
          // Reads on.
        }
        row.flip().position(Integer.BYTES);
        row.asFloatBuffer().get(values, i * dimension, dimension);
      }
      String name = String.valueOf(file.getFileName());
      name = name.substring(0, name.length() - SUFFIX.length());
      return new VectorSet(
          name, name.endsWith(ANGULAR) ? Metric.COSINE : Metric.EUCLIDEAN, dimension, values);
    }
  }
}
