package io.proximadb.index.hnsw;

import io.proximadb.index.approximate.Calibration;

/** What walks and looks at all codes cost. */
final class GraphCost implements Calibration.Cost {
  /** Bytes that pass in a nanosecond where rows lie anywhere, about. */
  private static final double BYTES_A_NANO = 8;

  /** What a row costs beside its bytes, in nanoseconds, about. */
  private static final double ROW_NANOS = 25;

  /** The same where rows are looked at one after the other. */
  private static final double SCANNED_ROW_NANOS = 10;

  private final double rankedRow;
  private final double walkedRow;
  private final double scannedRow;

  GraphCost(CodedRows codes) {
    this.rankedRow = ROW_NANOS + codes.dimension * Float.BYTES / BYTES_A_NANO;
    this.walkedRow = ROW_NANOS + codes.rowBytes / BYTES_A_NANO;
    this.scannedRow = SCANNED_ROW_NANOS + codes.rowBytes / (2 * BYTES_A_NANO);
  }

  @Override
  public double nanos(Calibration.Point way, long liveRows) {
    double looked = way.isScan() ? (double) liveRows * scannedRow : way.scored() * walkedRow;
    return way.rank() * rankedRow + looked;
  }
}
