package io.proximadb.bench;

import io.proximadb.model.Metric;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Sets of vectors in files: pairs of {@code NAME-base} and {@code NAME-query}, each {@code .fvecs}
 * [1], {@code .fbin} [2] or {@code .parquet} with a column of lists of floats or doubles. Sets
 * whose name ends in {@code -angular} are compared by angle, others by Euclidean distance.
 *
 * <p>[1] The TEXMEX corpora, corpus-texmex.irisa.fr: of each vector its dimension as an int, then
 * its floats, little-endian. [2] The billion-scale benchmarks, big-ann-benchmarks.com: the number
 * of vectors and their dimension as ints, then all floats, little-endian.
 */
public final class VectorFiles {
  private static final String BASE = "-base";
  private static final String QUERY = "-query";
  private static final String ANGULAR = "-angular";
  private static final String FVECS = ".fvecs";
  private static final String FBIN = ".fbin";
  private static final String PARQUET = ".parquet";
  private static final List<String> SUFFIXES = List.of(FVECS, FBIN, PARQUET);

  /** More dimensions than any embedding has: what says so is no such file. */
  static final int MAX_DIMENSION = 65_536;

  private static final int BUFFER_BYTES = 1 << 16;

  private VectorFiles() {}

  /**
   * Vectors of equal dimension, end to end.
   *
   * @param dimension at least 1
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Vectors(int dimension, float[] values) {
    public int count() {
      return values.length / dimension;
    }
  }

  /**
   * A set that was read.
   *
   * @param base what is searched
   * @param queries of the same dimension
   */
  public record Pair(String name, Metric metric, Vectors base, Vectors queries) {}

  /** What files without which a set cannot be are called, for messages. */
  public static String names() {
    return "NAME" + BASE + " and NAME" + QUERY + " with one of " + String.join(", ", SUFFIXES);
  }

  /**
   * Reads all sets of the folders, by name; folders that are not there have none.
   *
   * @param maxRows most vectors of a base, those that stand first
   * @param maxQueries most queries of a set
   * @throws IOException if a file is damaged, or a set lacks one of its two
   */
  public static List<Pair> read(List<Path> folders, int maxRows, int maxQueries)
      throws IOException {
    List<Pair> pairs = new ArrayList<>();
    for (Path folder : folders) {
      Map<String, Path> bases = files(folder, BASE);
      Map<String, Path> queries = files(folder, QUERY);
      for (Map.Entry<String, Path> base : bases.entrySet()) {
        String name = base.getKey();
        Path query = queries.get(name);
        if (query == null) {
          throw new IOException(
              "Invalid set "
                  + name
                  + ": no queries beside "
                  + base.getValue()
                  + " (expected "
                  + names()
                  + ")");
        }
        pairs.add(pair(name, read(base.getValue(), maxRows), read(query, maxQueries)));
      }
    }
    return pairs;
  }

  private static Pair pair(String name, Vectors base, Vectors queries) throws IOException {
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
    return new Pair(name, name.endsWith(ANGULAR) ? Metric.COSINE : Metric.EUCLIDEAN, base, queries);
  }

  /** Files of one part of a set, by the set's name. */
  private static Map<String, Path> files(Path folder, String part) throws IOException {
    Map<String, Path> found = new TreeMap<>();
    if (!Files.isDirectory(folder)) {
      return found;
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : (Iterable<Path>) files.sorted()::iterator) {
        String name = String.valueOf(file.getFileName());
        for (String suffix : SUFFIXES) {
          if (name.endsWith(part + suffix)) {
            String set = name.substring(0, name.length() - part.length() - suffix.length());
            found.putIfAbsent(set, file);
          }
        }
      }
    }
    return found;
  }

  /**
   * Reads one file, by what its name ends in.
   *
   * @throws IOException if it is damaged, empty, or of no kind that is known
   */
  public static Vectors read(Path file, int maxRows) throws IOException {
    String name = String.valueOf(file.getFileName());
    if (name.endsWith(PARQUET)) {
      return ParquetVectors.read(file, maxRows);
    }
    if (!name.endsWith(FVECS) && !name.endsWith(FBIN)) {
      throw new IOException("Cannot read vectors from " + file + " (expected " + SUFFIXES + ")");
    }
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES)) {
      return name.endsWith(FBIN) ? fbin(in, file, maxRows) : fvecs(in, file, maxRows);
    }
  }

  private static Vectors fvecs(InputStream in, Path file, int maxRows) throws IOException {
    long size = Files.size(file);
    int dimension = size < Integer.BYTES ? 0 : number(in, file);
    long rowBytes = Integer.BYTES + (long) dimension * Float.BYTES;
    if (dimension < 1 || dimension > MAX_DIMENSION || size % rowBytes != 0) {
      throw invalid("fvecs", file, size, dimension, "whole rows of 1 to " + MAX_DIMENSION);
    }
    int rows = (int) Math.min(maxRows, size / rowBytes);
    float[] values = new float[Math.multiplyExact(rows, dimension)];
    for (int row = 0; row < rows; row++) {
      int found = row == 0 ? dimension : number(in, file);
      if (found != dimension) {
        throw invalid("fvecs", file, size, found, "all rows of " + dimension);
      }
      floats(in, values, row * dimension, dimension, file);
    }
    return new Vectors(dimension, values);
  }

  private static Vectors fbin(InputStream in, Path file, int maxRows) throws IOException {
    long size = Files.size(file);
    long count = size < 2 * Integer.BYTES ? 0 : number(in, file);
    int dimension = count < 1 ? 0 : number(in, file);
    if (count < 1
        || dimension < 1
        || dimension > MAX_DIMENSION
        || size != 2 * Integer.BYTES + count * dimension * Float.BYTES) {
      throw invalid(
          "fbin", file, size, dimension, count + " rows of 1 to " + MAX_DIMENSION + " after them");
    }
    int rows = (int) Math.min(maxRows, count);
    float[] values = new float[Math.multiplyExact(rows, dimension)];
    for (int row = 0; row < rows; row++) {
      floats(in, values, row * dimension, dimension, file);
    }
    return new Vectors(dimension, values);
  }

  private static IOException invalid(
      String kind, Path file, long size, int dimension, String expected) {
    return new IOException(
        String.format(
            Locale.ROOT,
            "Invalid %s file: %d bytes, rows of %d dimensions (expected %s; file=%s)",
            kind,
            size,
            dimension,
            expected,
            file));
  }

  private static int number(InputStream in, Path file) throws IOException {
    return bytes(in, Integer.BYTES, file).getInt();
  }

  private static void floats(InputStream in, float[] values, int from, int count, Path file)
      throws IOException {
    bytes(in, count * Float.BYTES, file).asFloatBuffer().get(values, from, count);
  }

  private static ByteBuffer bytes(InputStream in, int count, Path file) throws IOException {
    byte[] bytes = in.readNBytes(count);
    if (bytes.length < count) {
      throw new EOFException("The file ends in the middle of a vector: " + file);
    }
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
