package io.proximadb.storage.clusters;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.io.FileBytes;
import io.proximadb.model.Metric;
import io.proximadb.storage.TableContext;
import io.proximadb.vector.cluster.Centroids;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.apache.iceberg.io.PositionOutputStream;

/**
 * The bytes of a cluster model, all numbers little-endian; {@code docs/format/cluster-model.md} is
 * the specification.
 *
 * <pre>
 * offset         size    field
 * 0              8       magic "PROXIMA\0"
 * 8              8       name "CLUSTERS"
 * 16             4       version, 1
 * 20             4       generation
 * 24             16      table UUID, upper half first
 * 40             4       Iceberg's field id of the vector column
 * 44             4       metric: 0 COSINE, 1 EUCLIDEAN, 2 MANHATTAN, 3 DOT
 * 48             4       dimension d
 * 52             4       clusters k
 * 56             4       groups g
 * 60             4       zero
 * 64             8       live rows of the table at the training
 * 72             8       rows of the sample
 * 80             8       the table's last sequence number at the training
 * 88             8       seed
 * 96             8       time of the training, microseconds since 1970
 * 104            8       distortion, a double
 * 112            4 g     first cluster of each group
 * 112 + 4 g      4 k     rows of the sample in each cluster
 * h              4 k d   centroids, floats; h = 112 + 4 g + 4 k
 * h + 4 k d      4       CRC-32C of all bytes before
 * h + 4 k d + 4  4       end mark "PXCE"
 * </pre>
 */
final class ClusterModelFormat {
  static final int VERSION = 1;

  private static final byte[] MAGIC = "PROXIMA\0CLUSTERS".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] END = "PXCE".getBytes(StandardCharsets.US_ASCII);
  private static final int HEADER_BYTES = 112;
  private static final int COUNTS_OFFSET = 48;
  private static final int FOOTER_BYTES = 8;

  /** Metrics by their number in the file. */
  private static final List<Metric> METRICS =
      List.of(Metric.COSINE, Metric.EUCLIDEAN, Metric.MANHATTAN, Metric.DOT);

  private ClusterModelFormat() {}

  private static long size(int dimension, int clusters, int groups) {
    return HEADER_BYTES
        + (long) Integer.BYTES * groups
        + (long) Integer.BYTES * clusters
        + (long) Float.BYTES * clusters * dimension
        + FOOTER_BYTES;
  }

  /** Writes a model to a place where no file is, durably. */
  static void write(TableContext table, String location, ClusterModel model) throws IOException {
    Centroids centroids = model.centroids();
    int[] groupStarts = centroids.groupStarts();
    int groups = groupStarts.length - 1;
    int dimension = centroids.dimension();
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.toIntExact(size(dimension, centroids.count(), groups)))
            .order(ByteOrder.LITTLE_ENDIAN);
    ClusterModel.Training training = model.training();
    bytes.put(MAGIC).putInt(VERSION).putInt(model.generation());
    bytes.putLong(table.tableUuid().getMostSignificantBits());
    bytes.putLong(table.tableUuid().getLeastSignificantBits());
    bytes.putInt(model.fieldId()).putInt(METRICS.indexOf(centroids.metric()));
    bytes.putInt(dimension).putInt(centroids.count()).putInt(groups).putInt(0);
    bytes.putLong(training.tableRows()).putLong(training.sampledRows());
    bytes.putLong(training.tableSequence()).putLong(training.seed());
    bytes.putLong(training.atMicros()).putDouble(training.distortion());
    for (int group = 0; group < groups; group++) {
      bytes.putInt(groupStarts[group]);
    }
    for (int size : model.sizes()) {
      bytes.putInt(size);
    }
    for (int cluster = 0; cluster < centroids.count(); cluster++) {
      for (float component : centroids.centroid(cluster)) {
        bytes.putFloat(component);
      }
    }
    bytes.putInt(checksum(bytes.duplicate().flip())).put(END);
    try (PositionOutputStream out = table.io().newOutputFile(location).create()) {
      out.write(bytes.array());
    }
  }

  /**
   * Reads a model and verifies all of it.
   *
   * @throws CorruptFileException if it is damaged, or of another table, field or generation
   * @throws UnsupportedVersionException if a newer version wrote it
   */
  static ClusterModel read(TableContext table, String location, int fieldId, int generation) {
    FileBytes file = FileBytes.open(table.io(), location, -1);
    try (file) {
      if (file.size() < HEADER_BYTES + FOOTER_BYTES || file.size() > Integer.MAX_VALUE) {
        throw corrupt(file, "size", file.size(), "at least " + (HEADER_BYTES + FOOTER_BYTES));
      }
      ByteBuffer bytes = file.read(0, (int) file.size());
      if (!bytes.slice(0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC))) {
        throw corrupt(file, "magic", bytes.getLong(0), "PROXIMA CLUSTERS");
      }
      int checksumOffset = bytes.limit() - FOOTER_BYTES;
      int stored = bytes.getInt(checksumOffset);
      int found = checksum(bytes.duplicate().limit(checksumOffset));
      if (found != stored) {
        throw corrupt(
            file,
            "checksum at offset " + checksumOffset,
            String.format(Locale.ROOT, "%08x", found),
            String.format(Locale.ROOT, "%08x", stored));
      }
      bytes.position(MAGIC.length);
      int version = bytes.getInt();
      if (version != VERSION) {
        throw new UnsupportedVersionException(
            "Unsupported cluster model " + location + ": v" + version + " (supported: v1)");
      }
      check(file, "generation", bytes.getInt(), generation);
      check(file, "table", new UUID(bytes.getLong(), bytes.getLong()), table.tableUuid());
      check(file, "field id", bytes.getInt(), fieldId);
      return read(file, bytes, fieldId, generation);
    }
  }

  private static ClusterModel read(FileBytes file, ByteBuffer bytes, int fieldId, int generation) {
    int metric = bytes.getInt();
    if (metric < 0 || metric >= METRICS.size()) {
      throw corrupt(file, "metric", metric, "0 to " + (METRICS.size() - 1));
    }
    int dimension = bytes.getInt();
    int clusters = bytes.getInt();
    int groups = bytes.getInt();
    if (dimension < 1 || groups < 1 || clusters < groups) {
      throw corrupt(
          file, "counts at offset " + COUNTS_OFFSET, clusters + " in " + groups, "1 in 1");
    }
    check(file, "size", file.size(), size(dimension, clusters, groups));
    bytes.getInt();
    ClusterModel.Training training =
        new ClusterModel.Training(
            bytes.getLong(),
            bytes.getLong(),
            bytes.getLong(),
            bytes.getLong(),
            bytes.getLong(),
            bytes.getDouble());
    int[] groupStarts = new int[groups + 1];
    for (int group = 0; group < groups; group++) {
      groupStarts[group] = bytes.getInt();
    }
    groupStarts[groups] = clusters;
    int[] sizes = new int[clusters];
    for (int cluster = 0; cluster < clusters; cluster++) {
      sizes[cluster] = bytes.getInt();
    }
    float[] values = new float[clusters * dimension];
    for (int i = 0; i < values.length; i++) {
      values[i] = bytes.getFloat();
    }
    return new ClusterModel(
        generation,
        fieldId,
        Centroids.of(METRICS.get(metric), dimension, values, groupStarts),
        sizes,
        training);
  }

  private static int checksum(ByteBuffer bytes) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes);
    return (int) checksum.getValue();
  }

  private static void check(FileBytes file, String what, Object found, Object expected) {
    if (!found.equals(expected)) {
      throw corrupt(file, what, found, expected);
    }
  }

  private static CorruptFileException corrupt(
      FileBytes file, String what, Object found, Object expected) {
    return new CorruptFileException(
        "Cannot read cluster model "
            + file.location()
            + ": wrong "
            + what
            + " (found "
            + found
            + ", expected "
            + expected
            + ")");
  }
}
