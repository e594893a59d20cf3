package io.proximadb.index.ivf;

import io.proximadb.index.approximate.Calibration;
import io.proximadb.index.form.FormReader;
import io.proximadb.index.form.FormWriter;
import io.proximadb.index.form.IndexForm;
import io.proximadb.model.Metric;
import io.proximadb.vector.quantize.Int8Parameters;
import io.proximadb.vector.quantize.Int8Quantizer;
import io.proximadb.vector.quantize.ProductQuantizer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The file of an index: an {@link IndexForm} of kind 0 EUCLIDEAN, 1 COSINE, 2 DOT; {@code
 * docs/format/index.md} is the specification.
 *
 * <pre>
 * numbers of the header
 * 0  rows n
 * 1  dimension d
 * 2  codes of a row c
 * 3  lists l
 * 4  1 if rows are in the order of lists, else 0
 * 5  step between codes, the bits of a float
 * 6  points of calibration p
 * 7  parts of the directions that rows are coded in, or 0 if each is coded by itself
 *
 * arrays
 * 4 d        mean
 * 4 c d      directions
 * 4 (l + 1)  first position of each list, and n
 * 4 n        row of each position, unless rows are in the order of lists
 * l r        coded centroids of r bytes, see Int8Quantizer
 * 1024 c     centroids of parts, if there are parts: 256 floats for each direction
 * n r        coded rows by position; of parts + 4 bytes if there are parts, see ProductQuantizer
 * 16 p       points of calibration: share, size, effort, ranked
 * 12 p       rows scored, recall, recall less one standard error
 * </pre>
 */
final class IvfFormat {
  static final int VERSION = 1;

  private static final IndexForm FORM = new IndexForm("IVFIDX\0\0", VERSION, "list index", "PXVE");

  /** A metric's number is its place. */
  private static final List<Metric> METRICS = List.of(Metric.EUCLIDEAN, Metric.COSINE, Metric.DOT);

  /** Far more than are measured. */
  private static final int MAX_POINTS = 10_000;

  private static final int POINT_INTS = 4;
  private static final int POINT_FLOATS = 3;

  private IvfFormat() {}

  static void write(IvfIndex index, UUID source, OutputStream out) throws IOException {
    Int8Parameters parameters = index.quantizer.parameters();
    ProductQuantizer product = index.product;
    int[] rowAt = index.lists.rowAt();
    List<Calibration.Point> points = index.calibration.points();
    long[] numbers = {
      index.rowCount(),
      index.dimension(),
      index.quantizer.codes(),
      index.lists.count(),
      rowAt == null ? 1 : 0,
      Float.floatToIntBits(parameters.step()),
      points.size(),
      product == null ? IvfSettings.NO_PARTS : product.parts()
    };
    int kind = METRICS.indexOf(index.metric());
    FormWriter writer = new FormWriter(FORM, kind, source, numbers, out);
    writer.floats(parameters.mean());
    writer.floats(parameters.basis());
    writer.ints(index.lists.starts());
    if (rowAt != null) {
      writer.ints(rowAt);
    }
    writer.bytes(index.centroids, 0, index.centroids.length);
    if (product != null) {
      writer.floats(product.book());
    }
    writer.bytes(index.codes, IvfIndex.FIRST_ROW, index.codes.length - IvfIndex.FIRST_ROW);
    int[] settings = new int[POINT_INTS * points.size()];
    float[] measured = new float[POINT_FLOATS * points.size()];
    for (int i = 0; i < points.size(); i++) {
      Calibration.Point point = points.get(i);
      settings[POINT_INTS * i] = point.share();
      settings[POINT_INTS * i + 1] = point.k();
      settings[POINT_INTS * i + 2] = point.effort();
      settings[POINT_INTS * i + 3] = point.rank();
      measured[POINT_FLOATS * i] = point.scored();
      measured[POINT_FLOATS * i + 1] = point.recall();
      measured[POINT_FLOATS * i + 2] = point.certain();
    }
    writer.ints(settings);
    writer.floats(measured);
    writer.finish();
  }

  static IvfIndex read(InputStream in, long length, UUID source, String location)
      throws IOException {
    FormReader reader = new FormReader(FORM, in, length, source, location);
    if (reader.kind() < 0 || reader.kind() >= METRICS.size()) {
      throw reader.corrupt("metric " + reader.kind());
    }
    int rows = reader.number(0, 1, Integer.MAX_VALUE);
    int dimension = reader.number(1, 1, Integer.MAX_VALUE);
    int codes = reader.number(2, 1, dimension);
    int lists = reader.number(3, 1, Math.min(rows, IvfSettings.MAX_LISTS));
    boolean inOrder = reader.number(4, 0, 1) == 1;
    float step = Float.intBitsToFloat((int) reader.number(5));
    int points = reader.number(6, 0, MAX_POINTS);
    int parts = reader.number(7, 0, codes);
    boolean inParts = parts != IvfSettings.NO_PARTS;
    if (!(step > 0)) {
      throw reader.corrupt("step between codes " + step);
    }
    int centroidBytes = Int8Quantizer.rowBytes(codes);
    int rowBytes = inParts ? ProductQuantizer.rowBytes(parts) : centroidBytes;
    reader.expect(
        Float.BYTES * ((1L + codes) * dimension)
            + Integer.BYTES * (lists + 1L + (inOrder ? 0 : rows))
            + (long) centroidBytes * lists
            + (inParts ? ProductQuantizer.memoryBytes(codes) : 0)
            + (long) rowBytes * rows
            + points * (long) (POINT_INTS + POINT_FLOATS) * Integer.BYTES);
    float[] mean = reader.floats(dimension);
    float[] basis = reader.floats(Math.multiplyExact(codes, dimension));
    int[] starts = reader.ints(lists + 1);
    int[] rowAt = inOrder ? null : reader.ints(rows);
    byte[] centroids = reader.bytes(Math.multiplyExact(lists, centroidBytes), 0);
    Int8Quantizer quantizer =
        new Int8Quantizer(new Int8Parameters(METRICS.get(reader.kind()), mean, basis, step));
    ProductQuantizer product =
        inParts
            ? new ProductQuantizer(
                quantizer,
                parts,
                reader.floats(Math.multiplyExact(codes, ProductQuantizer.CENTROIDS)))
            : null;
    byte[] coded = IvfIndex.room(rows, rowBytes);
    reader.into(coded, IvfIndex.FIRST_ROW, coded.length - IvfIndex.FIRST_ROW);
    int[] settings = reader.ints(POINT_INTS * points);
    float[] measured = reader.floats(POINT_FLOATS * points);
    reader.finish();
    return new IvfIndex(
        quantizer,
        product,
        lists(reader, rows, starts, rowAt),
        centroids,
        coded,
        new Calibration(points(settings, measured)));
  }

  /** A writer that failed to keep this would have a right checksum. */
  private static RowLists lists(FormReader reader, int rows, int[] starts, int @Nullable [] rowAt) {
    if (starts[0] != 0 || starts[starts.length - 1] != rows) {
      throw reader.corrupt("lists of rows " + starts[0] + " to " + starts[starts.length - 1]);
    }
    for (int list = 1; list < starts.length; list++) {
      if (starts[list] <= starts[list - 1]) {
        throw reader.corrupt("list " + (list - 1) + " is empty");
      }
    }
    if (rowAt == null) {
      return RowLists.inOrder(starts);
    }
    boolean[] seen = new boolean[rows];
    for (int row : rowAt) {
      if (row < 0 || row >= rows || seen[row]) {
        throw reader.corrupt("row " + row + " of " + rows + " is not there or stands twice");
      }
      seen[row] = true;
    }
    return RowLists.of(starts, rowAt);
  }

  private static List<Calibration.Point> points(int[] settings, float[] measured) {
    List<Calibration.Point> points = new ArrayList<>();
    for (int i = 0; i < settings.length / POINT_INTS; i++) {
      points.add(
          new Calibration.Point(
              settings[POINT_INTS * i],
              settings[POINT_INTS * i + 1],
              settings[POINT_INTS * i + 2],
              settings[POINT_INTS * i + 3],
              measured[POINT_FLOATS * i],
              measured[POINT_FLOATS * i + 1],
              measured[POINT_FLOATS * i + 2]));
    }
    return points;
  }
}
