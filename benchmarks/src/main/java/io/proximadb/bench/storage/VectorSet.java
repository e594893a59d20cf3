package io.proximadb.bench.storage;

import io.proximadb.bench.VectorFiles;
import io.proximadb.model.Metric;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Vectors of one data set.
 *
 * @param name for figures
 * @param metric by which they are compared
 * @param dimension floats of each
 * @param values all vectors, end to end
 */
@SuppressWarnings("ArrayRecordComponent")
record VectorSet(String name, Metric metric, int dimension, float[] values) {
  /** How far vectors lie from the middle of their topic, in parts of the topics' spread. */
  private static final double SPREAD = 0.5;

  /** A part of a set that was read. */
  static VectorSet of(VectorFiles.Pair set, VectorFiles.Vectors part) {
    return new VectorSet(set.name(), set.metric(), part.dimension(), part.values());
  }

  /** Made-up vectors around the middles of topics. */
  static VectorSet synthetic(int count, int dimension, int topics, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] middles = new float[topics * dimension];
    for (int i = 0; i < middles.length; i++) {
      middles[i] = (float) random.nextGaussian();
    }
    float[] values = new float[count * dimension];
    for (int row = 0; row < count; row++) {
      int topic = random.nextInt(topics);
      for (int i = 0; i < dimension; i++) {
        values[row * dimension + i] =
            (float) (middles[topic * dimension + i] + SPREAD * random.nextGaussian());
      }
    }
    return new VectorSet("made-up", Metric.EUCLIDEAN, dimension, values);
  }

  int count() {
    return values.length / dimension;
  }

  /** A copy of the vector of that number; numbers beyond the last one begin again. */
  float[] row(int number) {
    int start = number % count() * dimension;
    return Arrays.copyOfRange(values, start, start + dimension);
  }

  /** The rows from one number to before another one. */
  VectorSet part(int from, int to) {
    return new VectorSet(
        name, metric, dimension, Arrays.copyOfRange(values, from * dimension, to * dimension));
  }

  /** At most that many of the first rows. */
  VectorSet first(int most) {
    return count() <= most ? this : part(0, most);
  }

  /** Bytes of the floats alone. */
  double bytes() {
    return (double) values.length * Float.BYTES;
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%s %,d x %d", name, count(), dimension);
  }
}
