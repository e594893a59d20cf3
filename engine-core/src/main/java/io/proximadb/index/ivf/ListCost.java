package io.proximadb.index.ivf;

import io.proximadb.index.approximate.Calibration;

/** What looks at lists and at all codes cost. */
final class ListCost implements Calibration.Cost {
  /** Bytes that pass in a nanosecond where vectors lie anywhere, about. */
  private static final double BYTES_A_NANO = 8;

  /** What a vector costs beside its bytes, in nanoseconds, about. */
  private static final double VECTOR_NANOS = 25;

  /** What a row of codes costs beside its bytes, in nanoseconds, about. */
  private static final double ROW_NANOS = 4;

  /** The same of a row that is not looked at in the order of rows. */
  private static final double GATHERED_ROW_NANOS = 10;

  /** What a look into a table costs, in nanoseconds, about. */
  private static final double PART_NANOS = 0.5;

  private final double rankedRow;
  private final double listedRow;
  private final double scannedRow;

  ListCost(IvfIndex index) {
    this.rankedRow = VECTOR_NANOS + index.dimension() * Float.BYTES / BYTES_A_NANO;
    double codes =
        index.product == null
            ? index.rowBytes() / (2 * BYTES_A_NANO)
            : index.product.parts() * PART_NANOS;
    this.listedRow = ROW_NANOS + codes;
    this.scannedRow = GATHERED_ROW_NANOS + codes;
  }

  @Override
  public double nanos(Calibration.Point way, long liveRows) {
    double looked = way.isScan() ? (double) liveRows * scannedRow : way.scored() * listedRow;
    return way.rank() * rankedRow + looked;
  }
}
