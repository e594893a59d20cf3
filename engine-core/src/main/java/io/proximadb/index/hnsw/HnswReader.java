package io.proximadb.index.hnsw;

import io.proximadb.index.approximate.Calibration;
import io.proximadb.vector.quantize.Int8Parameters;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;

/** Reads a graph index, see {@link HnswFormat}. */
public final class HnswReader {
  /** Bytes that are brought to their order at a time. */
  private static final int CHUNK_BYTES = 64 * 1_024;

  private final InputStream in;
  private final String location;
  private final CRC32C checksum = new CRC32C();
  private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private long offset;

  private HnswReader(InputStream in, String location) {
    this.in = in;
    this.location = location;
  }

  /**
   * Reads an index into memory. No byte of a damaged one is made use of: sizes are taken from a
   * header whose checksum is right, and links are checked besides the checksum of all.
   *
   * @param length of the file
   * @param source that the index has to be of
   * @param location of the file, for messages
   * @throws io.proximadb.error.CorruptFileException if it is damaged, cut short or of other rows
   * @throws io.proximadb.error.UnsupportedVersionException if it is of another version
   */
  public static HnswIndex read(InputStream in, long length, UUID source, String location)
      throws IOException {
    return new HnswReader(in, location).read(length, source);
  }

  private HnswIndex read(long length, UUID source) throws IOException {
    byte[] head = in.readNBytes(HnswFormat.HEADER_BYTES);
    HnswFormat.Header header = HnswFormat.header(head, length, location);
    if (!header.source().equals(source)) {
      throw HnswFormat.corrupt(
          location, 24, "it is an index of " + header.source() + ", expected one of " + source);
    }
    checksum.update(head);
    offset = head.length;
    float[] mean = floats(header.dimension());
    float[] basis = floats(Math.multiplyExact(header.codes(), header.dimension()));
    Int8Parameters parameters = new Int8Parameters(header.metric(), mean, basis, header.step());
    CodedRows codes = CodedRows.of(parameters, header.bits(), header.rows());
    fill(codes.bytes, CodedRows.FIRST_ROW, codes.codedBytes());
    int[] layerSizes = header.layerSizes();
    HnswGraph graph =
        new HnswGraph(
            header.rows(),
            header.degree(),
            header.degree() / 2,
            new int[layerSizes[1]],
            layerSizes);
    fill(graph.links);
    fill(graph.slotRows);
    for (int layer = 1; layer <= graph.top(); layer++) {
      fill(graph.links(layer));
    }
    List<Calibration.Point> points = new ArrayList<>();
    for (int i = 0; i < header.points(); i++) {
      points.add(point());
    }
    checkFooter();
    checkNodes(graph);
    return new HnswIndex(codes, graph, new Calibration(points));
  }

  private Calibration.Point point() throws IOException {
    int[] numbers = new int[4];
    fill(numbers);
    float[] measured = floats(3);
    return new Calibration.Point(
        numbers[0], numbers[1], numbers[2], numbers[3], measured[0], measured[1], measured[2]);
  }

  private void checkFooter() throws IOException {
    byte[] footer = in.readNBytes(HnswFormat.FOOTER_BYTES);
    byte[] expected =
        ByteBuffer.allocate(HnswFormat.FOOTER_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt((int) checksum.getValue())
            .put(HnswFormat.END)
            .array();
    if (!Arrays.equals(footer, expected)) {
      throw HnswFormat.corrupt(
          location,
          offset,
          "checksum and end mark "
              + Arrays.toString(footer)
              + ", expected "
              + Arrays.toString(expected));
    }
  }

  /** A writer that failed to keep this would have a right checksum. */
  private void checkNodes(HnswGraph graph) {
    checkBelow(graph.rows, graph.slotRows, false);
    for (int layer = 0; layer <= graph.top(); layer++) {
      checkBelow(graph.links(layer).length / graph.degree(layer), graph.links(layer), true);
    }
  }

  private void checkBelow(int nodes, int[] numbers, boolean orNone) {
    for (int number : numbers) {
      if (number >= nodes || number < (orNone ? HnswGraph.NONE : 0)) {
        throw HnswFormat.corrupt(location, offset, "node " + number + " of " + nodes);
      }
    }
  }

  private float[] floats(int count) throws IOException {
    float[] values = new float[count];
    for (int done = 0; done < count; ) {
      int n = Math.min(count - done, CHUNK_BYTES / Float.BYTES);
      fill(chunk.array(), 0, n * Float.BYTES);
      chunk.clear().asFloatBuffer().get(values, done, n);
      done += n;
    }
    return values;
  }

  private void fill(int[] values) throws IOException {
    for (int done = 0; done < values.length; ) {
      int n = Math.min(values.length - done, CHUNK_BYTES / Integer.BYTES);
      fill(chunk.array(), 0, n * Integer.BYTES);
      chunk.clear().asIntBuffer().get(values, done, n);
      done += n;
    }
  }

  private void fill(byte[] target, int at, int count) throws IOException {
    int read = in.readNBytes(target, at, count);
    if (read < count) {
      throw HnswFormat.corrupt(location, offset + read, "it ends too early");
    }
    checksum.update(target, at, count);
    offset += count;
  }
}
