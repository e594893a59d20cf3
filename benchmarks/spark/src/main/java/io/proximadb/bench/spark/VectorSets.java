package io.proximadb.bench.spark;

import java.io.IOException;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;

/** Vectors as data frames of {@code id STRING, vector ARRAY<FLOAT>}. */
final class VectorSets {
  /** Vectors lie around so many centers, as embeddings do, and not everywhere alike. */
  private static final int CENTERS = 256;

  private static final Map<String, FloatBuffer> FILES = new ConcurrentHashMap<>();

  private VectorSets() {}

  /** Rows of a file of little-endian floats, end to end. */
  static Dataset<Row> ofFile(
      SparkSession spark, Path file, int dimension, int rows, int partitions) {
    String name = file.toString();
    return rows(
        spark,
        rows,
        partitions,
        (UDF1<Long, float[]> & Serializable)
            row -> {
              float[] vector = new float[dimension];
              FILES
                  .computeIfAbsent(name, VectorSets::map)
                  .get(Math.toIntExact(row * dimension), vector);
              return vector;
            });
  }

  private static FloatBuffer map(String name) {
    try (FileChannel channel = FileChannel.open(Path.of(name), StandardOpenOption.READ)) {
      ByteBuffer bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
      return bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("Cannot read " + name, e);
    }
  }

  /** Rows around centers; the same for the same seed. */
  static Dataset<Row> generated(
      SparkSession spark, int dimension, int rows, int partitions, long seed) {
    return rows(
        spark,
        rows,
        partitions,
        (UDF1<Long, float[]> & Serializable) row -> vector(dimension, row, seed));
  }

  /** One of the generated vectors. */
  static float[] vector(int dimension, long row, long seed) {
    Random noise = new Random(seed * 31 + row * 0x9E3779B97F4A7C15L);
    Random center = new Random(seed + noise.nextInt(CENTERS));
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = (float) (center.nextGaussian() + 0.3 * noise.nextGaussian());
    }
    return vector;
  }

  /**
   * Rows of components that lie evenly, which take next to no time to make; the same for the same
   * seed.
   */
  static Dataset<Row> even(
      SparkSession spark, int dimension, long rows, int partitions, long seed) {
    return rows(
        spark,
        rows,
        partitions,
        (UDF1<Long, float[]> & Serializable) row -> even(dimension, row, seed));
  }

  /** One of those vectors: components from 0 to 1. */
  static float[] even(int dimension, long row, long seed) {
    SplittableRandom random = new SplittableRandom(seed * 31 + row);
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = (random.nextInt() >>> 8) * 0x1p-24f;
    }
    return vector;
  }

  private static Dataset<Row> rows(
      SparkSession spark, long rows, int partitions, UDF1<Long, float[]> vector) {
    return spark
        .range(0, rows, 1, partitions)
        .select(
            functions.concat(functions.lit("r"), functions.col("id")).as("id"),
            functions
                .udf(vector, DataTypes.createArrayType(DataTypes.FloatType, false))
                .apply(functions.col("id"))
                .as("vector"));
  }
}
