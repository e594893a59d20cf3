package io.proximadb.query;

import io.proximadb.model.Metric;
import io.proximadb.model.VectorField;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.VectorRows;
import io.proximadb.vector.DistanceFunction;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.roaringbitmap.RoaringBitmap;

/** How long the vectors of files are, found out once for each file, which never changes. */
final class RowLengths {
  /** Files remembered, a few hundred bytes each. */
  private static final int MAX_FILES = 10_000;

  /** Rows measured at once: their scores, 8 KiB, fit the first-level cache. */
  private static final int CHUNK_ROWS = 1_024;

  private record Key(String location, String field) {}

  private static final Map<Key, RoundingBound.Lengths> KNOWN =
      Collections.synchronizedMap(
          new LinkedHashMap<Key, RoundingBound.Lengths>(16, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Key, RoundingBound.Lengths> eldest) {
              return size() > MAX_FILES;
            }
          });

  private RowLengths() {}

  /** The shortest and the longest vector among the rows of a file, deleted ones included. */
  static RoundingBound.Lengths of(SegmentReader reader, VectorField field) {
    if (!reader.hasVectors(field.name())) {
      return RoundingBound.Lengths.NONE;
    }
    Key key = new Key(reader.dataFile().location(), field.name());
    RoundingBound.Lengths known = KNOWN.get(key);
    if (known == null) {
      known = measure(reader, field);
      KNOWN.put(key, known);
    }
    return known;
  }

  private static RoundingBound.Lengths measure(SegmentReader reader, VectorField field) {
    RoaringBitmap without = reader.rowsWithoutVector(field.name());
    VectorRows rows = reader.vectors(field.name());
    DistanceFunction fromZero = DistanceFunction.of(Metric.EUCLIDEAN, new float[field.dimension()]);
    double[] squares = new double[CHUNK_ROWS];
    int rowBytes = field.dimension() * Float.BYTES;
    double min = Double.POSITIVE_INFINITY;
    double max = 0;
    rows.prefetch(new int[] {0}, new int[] {rows.rowCount()});
    for (int block = 0; block < rows.blockCount(); block++) {
      ByteBuffer bytes = rows.block(block);
      int firstRow = rows.firstRow(block);
      int blockRows = rows.firstRow(block + 1) - firstRow;
      for (int done = 0; done < blockRows; done += CHUNK_ROWS) {
        int count = Math.min(CHUNK_ROWS, blockRows - done);
        fromZero.scores(bytes, done * rowBytes, count, squares);
        for (int i = 0; i < count; i++) {
          if (without.isEmpty() || !without.contains(firstRow + done + i)) {
            min = Math.min(min, squares[i]);
            max = Math.max(max, squares[i]);
          }
        }
      }
    }
    return new RoundingBound.Lengths(Math.sqrt(min), Math.sqrt(max));
  }
}
