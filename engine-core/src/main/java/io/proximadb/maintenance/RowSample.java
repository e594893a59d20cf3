package io.proximadb.maintenance;

import io.proximadb.catalog.LiveFile;
import io.proximadb.storage.RowLineage;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.Segments;
import io.proximadb.storage.TableContext;
import io.proximadb.storage.VectorRows;
import io.proximadb.storage.clusters.ClusterModels;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.roaringbitmap.RoaringBitmap;

/**
 * Vectors of live rows, drawn evenly over files and positions.
 *
 * @param vectors of the field that orders rows, one after the other, and perhaps room for more
 * @param dimension of each
 * @param count how many
 * @param looked rows looked at, those that were dead or too old included
 */
@SuppressWarnings("ArrayRecordComponent")
record RowSample(float[] vectors, int dimension, int count, int looked) {
  /**
   * Draws rows.
   *
   * @param wanted most rows
   * @param newerThan rows that were last updated in a commit with a larger sequence number only;
   *     the smallest number for all
   */
  static RowSample take(
      MaintenanceScope scope,
      TableContext context,
      List<LiveFile> files,
      int wanted,
      long newerThan,
      long seed) {
    int dimension = ClusterModels.field(context).dimension();
    long rows = files.stream().mapToLong(file -> file.dataFile().recordCount()).sum();
    int most = (int) Math.min(wanted, rows);
    float[] vectors = new float[Math.multiplyExact(most, dimension)];
    Random random = new Random(seed);
    long rowsBefore = 0;
    int count = 0;
    int looked = 0;
    for (LiveFile file : files) {
      scope.checkNotStopped();
      rowsBefore += file.dataFile().recordCount();
      int share = (int) (most * rowsBefore / rows) - looked;
      looked += share;
      try (SegmentReader reader = Segments.open(context, file.dataFile())) {
        RoaringBitmap dead = file.deletedPositions(context.io());
        VectorRows source = reader.vectors(ClusterModels.field(context).name());
        RowLineage lineage = newerThan == Long.MIN_VALUE ? null : reader.lineage();
        int[] positions = positions(reader.rowCount(), share, random);
        source.prefetch(positions, Arrays.stream(positions).map(row -> row + 1).toArray());
        for (int position : positions) {
          if (!dead.contains(position)
              && (lineage == null || lineage.updatedIn(position) > newerThan)) {
            source.copy(position, 1, vectors, count * dimension);
            count++;
          }
        }
      }
    }
    return new RowSample(vectors, dimension, count, Math.max(1, looked));
  }

  /** One row of each stretch, so that all parts of a file are seen. */
  private static int[] positions(int rows, int share, Random random) {
    int[] positions = new int[share];
    for (int i = 0; i < share; i++) {
      int from = (int) ((long) rows * i / share);
      int to = (int) ((long) rows * (i + 1) / share);
      positions[i] = from + random.nextInt(to - from);
    }
    return positions;
  }

  long bytesRead() {
    return (long) Float.BYTES * dimension * count;
  }
}
