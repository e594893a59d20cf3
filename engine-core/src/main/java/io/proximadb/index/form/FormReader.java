package io.proximadb.index.form;

import io.proximadb.error.CorruptFileException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * Reads one index file, see {@link IndexForm}. Who reads computes the size of all arrays from the
 * header's numbers, whose checksum is right, and has it compared with that of the file before
 * anything is allocated; makes use of what it read after {@link #finish()} only.
 */
public final class FormReader {
  /** Bytes that are brought to their order at a time. */
  private static final int CHUNK_BYTES = 64 * 1_024;

  private final IndexForm form;
  private final InputStream in;
  private final long length;
  private final String location;
  private final IndexForm.Header header;
  private final CRC32C checksum = new CRC32C();
  private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private long offset;

  /**
   * Begins with the header.
   *
   * @param length of the file in bytes
   * @param source that the index has to be of
   * @param location of the file, for messages
   * @throws CorruptFileException if the header is damaged, or the index of other rows
   * @throws io.proximadb.error.UnsupportedVersionException if it is of another version
   */
  public FormReader(IndexForm form, InputStream in, long length, UUID source, String location)
      throws IOException {
    this.form = form;
    this.in = in;
    this.length = length;
    this.location = location;
    byte[] bytes = in.readNBytes(IndexForm.HEADER_BYTES);
    this.header = form.header(bytes, location);
    if (!header.source().equals(source)) {
      throw form.corrupt(
          location,
          IndexForm.SOURCE_OFFSET,
          "it is an index of " + header.source() + ", expected one of " + source);
    }
    checksum.update(bytes);
    offset = bytes.length;
  }

  /** What the form has in the place of its kind. */
  public int kind() {
    return header.kind();
  }

  /** A number of the header, from 0. */
  public long number(int i) {
    return header.numbers()[i];
  }

  /**
   * A number of the header that has to be in a range.
   *
   * @throws CorruptFileException if it is not
   */
  public int number(int i, int least, int most) {
    long number = header.numbers()[i];
    if (number < least || number > most) {
      throw corrupt("number " + i + " of the header is " + number);
    }
    return (int) number;
  }

  /**
   * Compares the length of the file with what it has to be.
   *
   * @param arrayBytes of all arrays
   * @throws CorruptFileException if it is another
   */
  public void expect(long arrayBytes) {
    long expected = IndexForm.HEADER_BYTES + arrayBytes + IndexForm.FOOTER_BYTES;
    if (length != expected) {
      throw form.corrupt(location, length, "it is " + length + " bytes long, expected " + expected);
    }
  }

  public int[] ints(int count) throws IOException {
    int[] values = new int[count];
    for (int done = 0; done < count; ) {
      int n = Math.min(count - done, CHUNK_BYTES / Integer.BYTES);
      fill(n * Integer.BYTES);
      chunk.clear().asIntBuffer().get(values, done, n);
      done += n;
    }
    return values;
  }

  public long[] longs(int count) throws IOException {
    long[] values = new long[count];
    for (int done = 0; done < count; ) {
      int n = Math.min(count - done, CHUNK_BYTES / Long.BYTES);
      fill(n * Long.BYTES);
      chunk.clear().asLongBuffer().get(values, done, n);
      done += n;
    }
    return values;
  }

  public float[] floats(int count) throws IOException {
    float[] values = new float[count];
    for (int done = 0; done < count; ) {
      int n = Math.min(count - done, CHUNK_BYTES / Float.BYTES);
      fill(n * Float.BYTES);
      chunk.clear().asFloatBuffer().get(values, done, n);
      done += n;
    }
    return values;
  }

  public double[] doubles(int count) throws IOException {
    double[] values = new double[count];
    for (int done = 0; done < count; ) {
      int n = Math.min(count - done, CHUNK_BYTES / Double.BYTES);
      fill(n * Double.BYTES);
      chunk.clear().asDoubleBuffer().get(values, done, n);
      done += n;
    }
    return values;
  }

  /**
   * Bytes, and zeros behind them.
   *
   * @param padding zeros
   */
  public byte[] bytes(int count, int padding) throws IOException {
    byte[] values = new byte[count + padding];
    fill(values, 0, count);
    return values;
  }

  /** The same into a part of an array. */
  public void into(byte[] target, int at, int count) throws IOException {
    fill(target, at, count);
  }

  /**
   * Compares the checksum.
   *
   * @throws CorruptFileException if it is wrong
   */
  public void finish() throws IOException {
    byte[] footer = in.readNBytes(IndexForm.FOOTER_BYTES);
    byte[] expected =
        ByteBuffer.allocate(IndexForm.FOOTER_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt((int) checksum.getValue())
            .put(form.end().getBytes(StandardCharsets.US_ASCII))
            .array();
    if (!Arrays.equals(footer, expected)) {
      throw corrupt(
          "checksum and end mark "
              + Arrays.toString(footer)
              + ", expected "
              + Arrays.toString(expected));
    }
  }

  /** An error that names the file and how far it was read. */
  public CorruptFileException corrupt(String problem) {
    return form.corrupt(location, offset, problem);
  }

  private void fill(int count) throws IOException {
    fill(chunk.array(), 0, count);
  }

  private void fill(byte[] target, int at, int count) throws IOException {
    int read = in.readNBytes(target, at, count);
    if (read < count) {
      throw form.corrupt(location, offset + read, "it ends too early");
    }
    checksum.update(target, at, count);
    offset += count;
  }
}
