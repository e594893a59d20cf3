package io.proximadb.spark.read;

import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.DoubleColumn;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.VectorRows;
import java.util.BitSet;
import org.roaringbitmap.RoaringBitmap;

/** How far rows of a file are from the query of an order, by the function of SQL itself. */
final class RowDistances {
  private final TopRows top;
  private final SegmentReader reader;

  RowDistances(TopRows top, SegmentReader reader) {
    this.top = top;
    this.reader = reader;
  }

  /**
   * The distances of rows; null for rows without a vector, and where the function is.
   *
   * @param positions of the rows in the file
   */
  Column of(int[] positions) {
    String field = top.query().field();
    double[] distances = new double[positions.length];
    BitSet nulls = new BitSet();
    if (reader.hasVectors(field)) {
      VectorRows rows = reader.vectors(field);
      RoaringBitmap without = reader.rowsWithoutVector(field);
      float[] vector = new float[rows.dimension()];
      for (int i = 0; i < positions.length; i++) {
        Float distance = null;
        if (!without.contains(positions[i])) {
          rows.copy(positions[i], 1, vector, 0);
          distance = top.distance(vector);
        }
        if (distance == null) {
          nulls.set(i);
        } else {
          distances[i] = distance;
        }
      }
    } else {
      nulls.set(0, positions.length);
    }
    return new DoubleColumn(Scalar.FLOAT, distances, nulls.isEmpty() ? null : nulls);
  }
}
