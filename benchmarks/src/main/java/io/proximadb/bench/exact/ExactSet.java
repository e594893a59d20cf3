package io.proximadb.bench.exact;

import io.proximadb.bench.FashionMnist;
import io.proximadb.bench.MissingDataException;
import io.proximadb.bench.VectorFiles;
import io.proximadb.model.Metric;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Vectors to be searched, and queries. Do not change the arrays.
 *
 * @param name of the set
 * @param metric that it is compared by
 * @param dimension of all
 * @param base rows end to end
 * @param queries end to end
 * @param hasBars whether its figures have bars to reach
 */
@SuppressWarnings("ArrayRecordComponent")
record ExactSet(
    String name, Metric metric, int dimension, float[] base, float[] queries, boolean hasBars) {

  /** Fashion-MNIST and whatever vector files are in the folders. */
  static List<ExactSet> read(List<Path> folders, int maxRows, int maxQueries) throws IOException {
    List<ExactSet> sets = new ArrayList<>();
    try {
      int dimension = FashionMnist.DIMENSION;
      sets.add(
          new ExactSet(
              "fashion-mnist-784",
              Metric.EUCLIDEAN,
              dimension,
              limited(FashionMnist.read(folders), maxRows * dimension),
              limited(FashionMnist.readQueries(folders), maxQueries * dimension),
              true));
    } catch (MissingDataException e) {
      // Other sets may be there; without any, this is said below.
      sets.clear();
    }
    for (VectorFiles.Pair pair : VectorFiles.read(folders, maxRows, maxQueries)) {
      sets.add(
          new ExactSet(
              pair.name(),
              pair.metric(),
              pair.base().dimension(),
              pair.base().values(),
              pair.queries().values(),
              false));
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

  /** Normal deviates: their speed is that of any vectors where every row is compared. */
  static ExactSet random(int rows, int dimension, long seed) {
    Random random = new Random(seed);
    float[] base = new float[rows * dimension];
    float[] queries = new float[100 * dimension];
    for (int i = 0; i < base.length; i++) {
      base[i] = (float) random.nextGaussian();
    }
    for (int i = 0; i < queries.length; i++) {
      queries[i] = (float) random.nextGaussian();
    }
    return new ExactSet("normal", Metric.EUCLIDEAN, dimension, base, queries, true);
  }

  private static float[] limited(float[] vectors, int floats) {
    return vectors.length <= floats ? vectors : Arrays.copyOf(vectors, floats);
  }

  int rows() {
    return base.length / dimension;
  }

  int queryCount() {
    return queries.length / dimension;
  }

  /** One of the queries, from the first again after the last. */
  float[] query(int number) {
    int at = number % queryCount() * dimension;
    return Arrays.copyOfRange(queries, at, at + dimension);
  }

  float[] row(int row) {
    return Arrays.copyOfRange(base, row * dimension, (row + 1) * dimension);
  }
}
