package io.proximadb.storage.ids;

import io.proximadb.storage.HashOrder;
import io.proximadb.storage.TableContext;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.apache.iceberg.io.PositionOutputStream;

/** Collects the hashes of a data file's ids in row order and writes its id index. */
public final class IdIndexWriter {
  private static final int INITIAL_ROWS = 1_024;
  private static final int CHUNK_BYTES = 64 * 1024;

  private final TableContext table;
  private final String dataFileName;
  private long[] hashes = new long[INITIAL_ROWS];
  private int rows;

  /**
   * Starts an index.
   *
   * @param dataFileName name of the data file, without folder
   */
  public IdIndexWriter(TableContext table, String dataFileName) {
    this.table = table;
    this.dataFileName = dataFileName;
  }

  /** Adds the hash of the next row's id. */
  public void add(long hash) {
    if (rows == hashes.length) {
      hashes = Arrays.copyOf(hashes, Math.multiplyExact(hashes.length, 2));
    }
    hashes[rows++] = hash;
  }

  /** Writes the index in its place, durably, over any that is there; returns the location. */
  public String write() throws IOException {
    String location = table.idIndexLocation(dataFileName);
    try (PositionOutputStream out = table.io().newOutputFile(location).createOrOverwrite()) {
      CRC32C checksum = new CRC32C();
      emit(header(), out, checksum);
      int[] order = HashOrder.of(hashes, rows);
      ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      for (int row : order) {
        chunk.putLong(hashes[row]);
        emitFull(chunk, out, checksum);
      }
      emit(chunk.flip(), out, checksum);
      chunk.clear();
      for (int row : order) {
        chunk.putInt(row);
        emitFull(chunk, out, checksum);
      }
      emit(chunk.flip(), out, checksum);
      ByteBuffer footer =
          ByteBuffer.allocate(IdIndexFormat.FOOTER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      footer.putInt((int) checksum.getValue()).put(IdIndexFormat.END);
      out.write(footer.array());
    }
    return location;
  }

  private ByteBuffer header() {
    byte[] name = dataFileName.getBytes(StandardCharsets.UTF_8);
    ByteBuffer header =
        ByteBuffer.allocate(IdIndexFormat.hashesOffset(name.length)).order(ByteOrder.LITTLE_ENDIAN);
    header.put(IdIndexFormat.MAGIC).put(IdIndexFormat.NAME);
    header.putInt(IdIndexFormat.VERSION).putInt(rows);
    header.putLong(table.tableUuid().getMostSignificantBits());
    header.putLong(table.tableUuid().getLeastSignificantBits());
    header.putInt(name.length).putInt(0).put(name);
    return header.clear();
  }

  private static void emitFull(ByteBuffer chunk, OutputStream out, CRC32C checksum)
      throws IOException {
    if (!chunk.hasRemaining()) {
      emit(chunk.flip(), out, checksum);
      chunk.clear();
    }
  }

  private static void emit(ByteBuffer bytes, OutputStream out, CRC32C checksum) throws IOException {
    out.write(bytes.array(), bytes.arrayOffset(), bytes.limit());
    checksum.update(bytes);
  }
}
