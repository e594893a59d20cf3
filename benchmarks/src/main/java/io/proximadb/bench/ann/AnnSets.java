package io.proximadb.bench.ann;

import io.proximadb.bench.FashionMnist;
import io.proximadb.bench.MissingDataException;
import io.proximadb.bench.VectorFiles;
import io.proximadb.model.Metric;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The sets of vectors in some folders: Fashion-MNIST in IDX files, and those of {@link
 * VectorFiles}.
 */
final class AnnSets {
  private AnnSets() {}

  /** Reads all sets, at most so many queries and rows of each. */
  static List<AnnData> read(List<Path> folders, int maxRows, int maxQueries, int k)
      throws IOException {
    List<AnnData> sets = new ArrayList<>();
    try {
      float[] base = FashionMnist.read(folders);
      float[] queries = FashionMnist.readQueries(folders);
      sets.add(
          AnnData.of(
              "fashion-mnist-784",
              Metric.EUCLIDEAN,
              FashionMnist.DIMENSION,
              limited(base, FashionMnist.DIMENSION, maxRows),
              limited(queries, FashionMnist.DIMENSION, maxQueries),
              k));
    } catch (MissingDataException e) {
      // Other sets may be there; without any, this is said below.
      sets.clear();
    }
    for (VectorFiles.Pair pair : VectorFiles.read(folders, maxRows, maxQueries)) {
      VectorFiles.Vectors base = pair.base();
      sets.add(
          AnnData.of(
              pair.name(),
              pair.metric(),
              base.dimension(),
              base.values(),
              pair.queries().values(),
              k));
    }
    if (sets.isEmpty()) {
      throw new MissingDataException(
          "Cannot find vectors: neither Fashion-MNIST nor files "
              + VectorFiles.names()
              + " (looked in "
              + folders
              + ")");
    }
    return sets;
  }

  private static float[] limited(float[] vectors, int dimension, int rows) {
    return vectors.length <= (long) rows * dimension
        ? vectors
        : Arrays.copyOf(vectors, rows * dimension);
  }
}
