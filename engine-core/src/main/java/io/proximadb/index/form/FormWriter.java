package io.proximadb.index.form;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.zip.CRC32C;

/** Writes one index file, see {@link IndexForm}. The caller makes it durable. */
public final class FormWriter {
  /** Bytes that are brought to their order at a time. */
  private static final int CHUNK_BYTES = 64 * 1_024;

  private final IndexForm form;
  private final OutputStream out;
  private final CRC32C checksum = new CRC32C();
  private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);

  /** Begins a file with its header. */
  public FormWriter(IndexForm form, int kind, UUID source, long[] numbers, OutputStream out)
      throws IOException {
    this.form = form;
    this.out = out;
    byte[] header = form.bytes(new IndexForm.Header(kind, source, numbers));
    bytes(header, 0, header.length);
  }

  public void ints(int[] values) throws IOException {
    for (int value : values) {
      chunk.putInt(value);
      flushIfFull();
    }
    flush();
  }

  public void longs(long[] values) throws IOException {
    for (long value : values) {
      chunk.putLong(value);
      flushIfFull();
    }
    flush();
  }

  public void floats(float[] values) throws IOException {
    for (float value : values) {
      chunk.putFloat(value);
      flushIfFull();
    }
    flush();
  }

  public void doubles(double[] values) throws IOException {
    for (double value : values) {
      chunk.putDouble(value);
      flushIfFull();
    }
    flush();
  }

  public void bytes(byte[] values, int offset, int length) throws IOException {
    out.write(values, offset, length);
    checksum.update(values, offset, length);
  }

  /** Ends the file with its checksum. */
  public void finish() throws IOException {
    ByteBuffer footer = ByteBuffer.allocate(IndexForm.FOOTER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    footer.putInt((int) checksum.getValue()).put(form.end().getBytes(StandardCharsets.US_ASCII));
    out.write(footer.array());
  }

  private void flushIfFull() throws IOException {
    if (!chunk.hasRemaining()) {
      flush();
    }
  }

  private void flush() throws IOException {
    bytes(chunk.array(), 0, chunk.position());
    chunk.clear();
  }
}
