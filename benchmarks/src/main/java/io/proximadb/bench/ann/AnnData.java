package io.proximadb.bench.ann;

import io.proximadb.model.Metric;
import io.proximadb.vector.DistanceFunction;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Vectors to be indexed, queries, and which rows are nearest to these. Do not change the arrays.
 *
 * @param name of the set
 * @param metric EUCLIDEAN or COSINE; under COSINE all vectors are of unit length
 * @param dimension of all
 * @param base rows end to end
 * @param queries end to end
 * @param truth the nearest rows of each query, {@code k} for each
 * @param k how many are asked for
 */
@SuppressWarnings("ArrayRecordComponent")
public record AnnData(
    String name, Metric metric, int dimension, float[] base, float[] queries, int[] truth, int k) {
  /** Finds the true neighbours; normalizes both arrays under COSINE. */
  static AnnData of(
      String name, Metric metric, int dimension, float[] base, float[] queries, int k) {
    if (metric == Metric.COSINE) {
      normalize(base, dimension);
      normalize(queries, dimension);
    }
    int rows = base.length / dimension;
    int queryCount = queries.length / dimension;
    int[] truth = new int[queryCount * k];
    double[] scores = new double[rows];
    for (int query = 0; query < queryCount; query++) {
      float[] vector = Arrays.copyOfRange(queries, query * dimension, (query + 1) * dimension);
      DistanceFunction.of(metric, vector).scores(base, 0, rows, scores);
      nearest(scores, truth, query * k, k);
    }
    return new AnnData(name, metric, dimension, base, queries, truth, k);
  }

  private static void nearest(double[] scores, int[] truth, int at, int k) {
    double[] best = new double[k];
    Arrays.fill(best, Double.POSITIVE_INFINITY);
    for (int row = 0; row < scores.length; row++) {
      if (scores[row] < best[k - 1]) {
        int place = k - 1;
        for (; place > 0 && best[place - 1] > scores[row]; place--) {
          best[place] = best[place - 1];
          truth[at + place] = truth[at + place - 1];
        }
        best[place] = scores[row];
        truth[at + place] = row;
      }
    }
  }

  private static void normalize(float[] vectors, int dimension) {
    for (int at = 0; at < vectors.length; at += dimension) {
      double square = 0;
      for (int i = at; i < at + dimension; i++) {
        square += (double) vectors[i] * vectors[i];
      }
      float factor = (float) (1 / Math.sqrt(square));
      for (int i = at; i < at + dimension; i++) {
        vectors[i] *= factor;
      }
    }
  }

  /** How many rows there are. */
  public int rows() {
    return base.length / dimension;
  }

  /** How many queries there are. */
  public int queryCount() {
    return queries.length / dimension;
  }

  /** How many of the rows given are among the nearest of a query. */
  public int hits(int query, int[] rows) {
    int hits = 0;
    for (int i = query * k; i < (query + 1) * k; i++) {
      for (int row : rows) {
        hits += row == truth[i] ? 1 : 0;
      }
    }
    return hits;
  }

  /** Writes all of it to a file, for {@link #read}. */
  void write(Path file) throws IOException {
    try (DataOutputStream out = new DataOutputStream(Files.newOutputStream(file))) {
      out.writeUTF(name);
      out.writeUTF(metric.name());
      out.writeInt(dimension);
      out.writeInt(k);
      out.writeInt(base.length);
      out.writeInt(queries.length);
      out.write(bytes(base));
      out.write(bytes(queries));
      ByteBuffer ints = ByteBuffer.allocate(truth.length * Integer.BYTES);
      ints.asIntBuffer().put(truth);
      out.write(ints.array());
    }
  }

  /** Reads what {@link #write} wrote. */
  static AnnData read(Path file) throws IOException {
    try (DataInputStream in = new DataInputStream(Files.newInputStream(file))) {
      String name = in.readUTF();
      Metric metric = Metric.valueOf(in.readUTF());
      int dimension = in.readInt();
      int k = in.readInt();
      float[] base = new float[in.readInt()];
      float[] queries = new float[in.readInt()];
      read(in, base);
      read(in, queries);
      int[] truth = new int[queries.length / dimension * k];
      ByteBuffer.wrap(in.readNBytes(truth.length * Integer.BYTES)).asIntBuffer().get(truth);
      return new AnnData(name, metric, dimension, base, queries, truth, k);
    }
  }

  private static void read(DataInputStream in, float[] values) throws IOException {
    byte[] bytes = in.readNBytes(values.length * Float.BYTES);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
  }

  private static byte[] bytes(float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES);
    bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
    return bytes.array();
  }

  /** Little-endian floats on disk, as a data file has them. */
  static ByteBuffer mapped(float[] values, Path file) throws IOException {
    Files.write(file, bytes(values));
    try (FileChannel channel = FileChannel.open(file)) {
      return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
    }
  }
}
