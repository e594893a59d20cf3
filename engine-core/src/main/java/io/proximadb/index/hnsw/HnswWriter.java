package io.proximadb.index.hnsw;

import io.proximadb.index.approximate.Calibration;
import io.proximadb.vector.quantize.Int8Parameters;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;
import java.util.zip.CRC32C;

/** Writes a graph index, see {@link HnswFormat}. */
public final class HnswWriter {
  /** Bytes that are brought to their order at a time. */
  private static final int CHUNK_BYTES = 64 * 1_024;

  private final OutputStream out;
  private final CRC32C checksum = new CRC32C();
  private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);

  private HnswWriter(OutputStream out) {
    this.out = out;
  }

  /**
   * Writes an index; the caller makes the file durable.
   *
   * @param source names the rows, so that the index is not taken for that of others
   */
  public static void write(HnswIndex index, UUID source, OutputStream out) throws IOException {
    new HnswWriter(out).write(index, source);
  }

  private void write(HnswIndex index, UUID source) throws IOException {
    HnswGraph graph = index.graph();
    CodedRows codes = index.codes();
    Int8Parameters parameters = codes.parameters();
    int[] layerSizes = new int[graph.top() + 1];
    for (int layer = 1; layer <= graph.top(); layer++) {
      layerSizes[layer] = graph.layerSize(layer);
    }
    byte[] header =
        new HnswFormat.Header(
                source,
                index.metric(),
                graph.rows,
                index.dimension(),
                codes.codes(),
                codes.bits(),
                graph.degree,
                parameters.step(),
                layerSizes,
                index.calibration().points().size())
            .bytes();
    emit(header, 0, header.length);
    emit(parameters.mean());
    emit(parameters.basis());
    emit(codes.bytes, CodedRows.FIRST_ROW, codes.codedBytes());
    emit(graph.links);
    emit(graph.slotRows);
    for (int layer = 1; layer <= graph.top(); layer++) {
      emit(graph.links(layer));
    }
    for (Calibration.Point point : index.calibration().points()) {
      emit(point);
    }
    ByteBuffer footer = ByteBuffer.allocate(HnswFormat.FOOTER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    out.write(footer.putInt((int) checksum.getValue()).put(HnswFormat.END).array());
  }

  private void emit(Calibration.Point point) throws IOException {
    emit(new int[] {point.share(), point.k(), point.effort(), point.rank()});
    emit(new float[] {point.scored(), point.recall(), point.certain()});
  }

  private void emit(float[] values) throws IOException {
    for (float value : values) {
      chunk.putFloat(value);
      flushIfFull();
    }
    flush();
  }

  private void emit(int[] values) throws IOException {
    for (int value : values) {
      chunk.putInt(value);
      flushIfFull();
    }
    flush();
  }

  private void flushIfFull() throws IOException {
    if (!chunk.hasRemaining()) {
      flush();
    }
  }

  private void flush() throws IOException {
    emit(chunk.array(), 0, chunk.position());
    chunk.clear();
  }

  private void emit(byte[] bytes, int offset, int length) throws IOException {
    out.write(bytes, offset, length);
    checksum.update(bytes, offset, length);
  }
}
