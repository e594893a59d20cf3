package io.proximadb.bench.ann;

import io.proximadb.bench.FashionMnist;
import io.proximadb.bench.MissingDataException;
import io.proximadb.model.Metric;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The sets of vectors in some folders: Fashion-MNIST in IDX files, and pairs of {@code
 * NAME-base.fvecs} and {@code NAME-query.fvecs}, which are compared by angle where the name ends in
 * {@code -angular} and by Euclidean distance elsewhere.
 */
final class AnnSets {
  private static final String BASE = "-base.fvecs";
  private static final String QUERY = "-query.fvecs";
  private static final String ANGULAR = "-angular";

  /** More dimensions than any embedding has: what says so is no fvecs file. */
  private static final int MAX_DIMENSION = 65_536;

  private AnnSets() {}

  /** Reads all sets, at most so many queries and rows of each. */
  static List<AnnData> read(List<Path> folders, int maxRows, int maxQueries, int k)
      throws IOException {
    List<AnnData> sets = new ArrayList<>();
    try {
      float[] base = FashionMnist.read(folders);
      float[] queries = FashionMnist.readQueries(folders);
      sets.add(
          set(
              "fashion-mnist-784",
              FashionMnist.DIMENSION,
              limited(base, FashionMnist.DIMENSION, maxRows),
              limited(queries, FashionMnist.DIMENSION, maxQueries),
              k));
    } catch (MissingDataException e) {
      // Other sets may be there; without any, this is said below.
      sets.clear();
    }
    for (Path folder : folders) {
      for (Path file : files(folder)) {
        String name = file.getFileName().toString().replace(BASE, "");
        Vectors base = fvecs(file, maxRows);
        Vectors queries = fvecs(folder.resolve(name + QUERY), maxQueries);
        if (base.dimension() != queries.dimension()) {
          throw new IOException(
              "Invalid set "
                  + name
                  + ": rows of "
                  + base.dimension()
                  + ", queries of "
                  + queries.dimension()
                  + " dimensions");
        }
        sets.add(set(name, base.dimension(), base.values(), queries.values(), k));
      }
    }
    if (sets.isEmpty()) {
      throw new MissingDataException(
          "Cannot find vectors: neither Fashion-MNIST nor files *"
              + BASE
              + " (looked in "
              + folders
              + ")");
    }
    return sets;
  }

  private static AnnData set(String name, int dimension, float[] base, float[] queries, int k) {
    Metric metric = name.endsWith(ANGULAR) ? Metric.COSINE : Metric.EUCLIDEAN;
    return AnnData.of(name, metric, dimension, base, queries, k);
  }

  private static float[] limited(float[] vectors, int dimension, int rows) {
    return vectors.length <= (long) rows * dimension
        ? vectors
        : Arrays.copyOf(vectors, rows * dimension);
  }

  private static List<Path> files(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(BASE)).sorted().toList();
    }
  }

  /** Rows of equal dimension, end to end. */
  @SuppressWarnings("ArrayRecordComponent")
  record Vectors(int dimension, float[] values) {}

  /** Reads an fvecs file: each row its dimension and then its floats, little-endian. */
  static Vectors fvecs(Path file, int maxRows) throws IOException {
    try (var in = Files.newInputStream(file)) {
      byte[] head = in.readNBytes(Integer.BYTES);
      if (head.length < Integer.BYTES) {
        throw new IOException("Invalid fvecs file: it is empty (file=" + file + ")");
      }
      int dimension = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getInt();
      long rowBytes = Integer.BYTES + (long) dimension * Float.BYTES;
      long size = Files.size(file);
      if (dimension < 1 || dimension > MAX_DIMENSION || size % rowBytes != 0) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "Invalid fvecs file: %d bytes, rows of %d dimensions (file=%s)",
                size,
                dimension,
                file));
      }
      int rows = (int) Math.min(maxRows, size / rowBytes);
      float[] values = new float[Math.multiplyExact(rows, dimension)];
      for (int row = 0; row < rows; row++) {
        ByteBuffer floats = ByteBuffer.wrap(in.readNBytes(dimension * Float.BYTES));
        floats
            .order(ByteOrder.LITTLE_ENDIAN)
            .asFloatBuffer()
            .get(values, row * dimension, dimension);
        in.skipNBytes(row < rows - 1 ? Integer.BYTES : 0);
      }
      return new Vectors(dimension, values);
    }
  }
}
