package io.proximadb.storage.lsm;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;
import org.apache.iceberg.SchemaParser;
import org.apache.iceberg.avro.AvroSchemaUtil;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.PositionOutputStream;

/** A sorted run in memory, cut into blocks, to be written at once. */
final class RunFile {
  private static final String RECORD_NAME = "table";

  private final List<EncodedRow> rows;
  private final List<Block> blocks;
  private final byte[] header;
  private final byte[] sync;

  /** Rows {@code from} to {@code to}, exclusive. */
  private record Block(int from, int to, int size, int checksum) {}

  /**
   * Cuts a run.
   *
   * @param file names the file, and gives the sync marker, which must be unlikely in records
   * @param rows at least one, ascending
   */
  RunFile(UUID file, UUID table, RowEncoder encoder, List<EncodedRow> rows, int blockBytes) {
    this.rows = rows;
    this.blocks = cut(rows, blockBytes);
    AvroOutput marker = new AvroOutput();
    marker.writeFixedLong(file.getMostSignificantBits());
    marker.writeFixedLong(file.getLeastSignificantBits());
    this.sync = marker.toByteArray();
    this.header = header(table, encoder);
  }

  private static List<Block> cut(List<EncodedRow> rows, int blockBytes) {
    List<Block> blocks = new ArrayList<>();
    int from = 0;
    while (from < rows.size()) {
      CRC32C checksum = new CRC32C();
      int size = 0;
      int to = from;
      while (to < rows.size() && size < blockBytes) {
        byte[] record = rows.get(to++).record();
        checksum.update(record);
        size = Math.addExact(size, record.length);
      }
      blocks.add(new Block(from, to, size, (int) checksum.getValue()));
      from = to;
    }
    return blocks;
  }

  private byte[] header(UUID table, RowEncoder encoder) {
    AvroOutput out = new AvroOutput();
    out.writeRaw(LsmFormat.AVRO_MAGIC);
    out.writeLong(8);
    put(out, "avro.schema", AvroSchemaUtil.convert(encoder.schema(), RECORD_NAME).toString());
    put(out, "avro.codec", "null");
    put(out, LsmFormat.ICEBERG_SCHEMA_KEY, SchemaParser.toJson(encoder.schema()));
    put(out, LsmFormat.VERSION_KEY, LsmFormat.VERSION);
    put(out, LsmFormat.TABLE_UUID_KEY, table.toString());
    put(
        out,
        LsmFormat.DIMENSIONS_KEY,
        Arrays.stream(encoder.dimensions())
            .mapToObj(Integer::toString)
            .collect(Collectors.joining(",")));
    AvroOutput entries = new AvroOutput();
    for (Block block : blocks) {
      entries.writeFixedInt(block.to() - block.from());
      entries.writeFixedInt(block.size());
      entries.writeFixedInt(block.checksum());
    }
    writeText(out, LsmFormat.BLOCKS_KEY);
    out.writeBytes(entries.toByteArray());
    writeText(out, LsmFormat.CHECKSUM_KEY);
    out.writeLong(LsmFormat.CHECKSUM_BYTES);
    int checked = out.size();
    AvroOutput rest = new AvroOutput();
    rest.writeByte(0);
    rest.writeRaw(sync);
    CRC32C checksum = new CRC32C();
    checksum.update(out.array(), 0, checked);
    checksum.update(rest.array(), 0, rest.size());
    out.writeFixedInt((int) checksum.getValue());
    out.writeRaw(rest.array(), 0, rest.size());
    return out.toByteArray();
  }

  private static void put(AvroOutput out, String key, String value) {
    writeText(out, key);
    writeText(out, value);
  }

  private static void writeText(AvroOutput out, String text) {
    out.writeBytes(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The checksum that stands in the header. */
  int checksum() {
    int at = header.length - LsmFormat.SYNC_BYTES - 1 - LsmFormat.CHECKSUM_BYTES;
    return new AvroInput(ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN), at).readFixedInt();
  }

  int blockCount() {
    return blocks.size();
  }

  /** The id with which a block begins. */
  byte[] firstId(int block) {
    return rows.get(blocks.get(block).from()).id();
  }

  /** Writes the file and returns its size. */
  long write(OutputFile target) throws IOException {
    try (PositionOutputStream out = target.create()) {
      out.write(header);
      AvroOutput bytes = new AvroOutput();
      for (Block block : blocks) {
        bytes.clear();
        bytes.writeLong(block.to() - block.from());
        bytes.writeLong(block.size());
        for (EncodedRow row : rows.subList(block.from(), block.to())) {
          bytes.writeRaw(row.record());
        }
        bytes.writeRaw(sync);
        out.write(bytes.array(), 0, bytes.size());
      }
      return out.getPos();
    }
  }
}
