package io.proximadb.storage.viper;

import io.proximadb.storage.viper.ChecksumBlock.PageCheck;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.Util;

/**
 * A page as it will stand in the file.
 *
 * @param header its header in bytes
 * @param body what follows it, in parts on the heap
 * @param bodyBytes size of all parts
 * @param rows rows in it; 0 for a dictionary
 */
@SuppressWarnings("ArrayRecordComponent")
record EncodedPage(byte[] header, List<ByteBuffer> body, int bodyBytes, int rows) {
  /** Completes the header with sizes and checksum; compression has taken away some bytes. */
  static EncodedPage of(PageHeader header, List<ByteBuffer> body, int rows, int savedBytes)
      throws IOException {
    CRC32 crc = new CRC32();
    int bytes = 0;
    for (ByteBuffer part : body) {
      crc.update(part.duplicate());
      bytes = Math.addExact(bytes, part.remaining());
    }
    header.setUncompressed_page_size(bytes + savedBytes).setCompressed_page_size(bytes);
    header.setCrc((int) crc.getValue());
    ByteArrayOutputStream headerBytes = new ByteArrayOutputStream(64);
    Util.writePageHeader(header, headerBytes);
    return new EncodedPage(headerBytes.toByteArray(), body, bytes, rows);
  }

  int size() {
    return header.length + bodyBytes;
  }

  /** Of the header, which Parquet's own checksum leaves out. */
  PageCheck check() {
    CRC32C crc = new CRC32C();
    crc.update(header);
    return new PageCheck(header.length, (int) crc.getValue());
  }

  void writeTo(OutputStream out) throws IOException {
    out.write(header);
    for (ByteBuffer part : body) {
      out.write(part.array(), part.arrayOffset() + part.position(), part.remaining());
    }
  }
}
