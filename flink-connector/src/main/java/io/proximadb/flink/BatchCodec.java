package io.proximadb.flink;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.proximadb.storage.StagedSegment;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.iceberg.ContentFileParser;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.PartitionSpec;

/**
 * The bytes of batches in checkpoints, big-endian:
 *
 * <pre>
 * batches  = int count, batch*
 * batch    = int count, text* (ids), int count, segment*
 * segment  = text (data file as Iceberg's content-file JSON), text (staged), text (id index)
 * text     = int length, UTF-8 bytes
 * </pre>
 *
 * <p>Data files travel as JSON, not as Java objects, so that state outlives an upgrade of Iceberg.
 */
final class BatchCodec {
  private static final ObjectMapper JSON = new ObjectMapper();

  private BatchCodec() {}

  static void write(List<Batch> batches, DataOutput out) throws IOException {
    out.writeInt(batches.size());
    for (Batch batch : batches) {
      out.writeInt(batch.ids().size());
      for (String id : batch.ids()) {
        writeText(id, out);
      }
      out.writeInt(batch.segments().size());
      for (StagedSegment segment : batch.segments()) {
        writeText(ContentFileParser.toJson(segment.dataFile(), PartitionSpec.unpartitioned()), out);
        writeText(segment.stagedLocation(), out);
        writeText(segment.idIndexLocation(), out);
      }
    }
  }

  static List<Batch> read(DataInputDeserializer in) throws IOException {
    int count = readCount(in);
    List<Batch> batches = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      List<String> ids = readIds(in);
      batches.add(new Batch(ids, readSegments(in)));
    }
    return batches;
  }

  private static List<String> readIds(DataInputDeserializer in) throws IOException {
    int count = readCount(in);
    List<String> ids = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      ids.add(readText(in));
    }
    return ids;
  }

  private static List<StagedSegment> readSegments(DataInputDeserializer in) throws IOException {
    int count = readCount(in);
    List<StagedSegment> segments = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      DataFile file =
          (DataFile)
              ContentFileParser.fromJson(
                  JSON.readTree(readText(in)), PartitionSpec.unpartitioned());
      segments.add(new StagedSegment(file, readText(in), readText(in)));
    }
    return segments;
  }

  static void writeText(String text, DataOutput out) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  static String readText(DataInputDeserializer in) throws IOException {
    byte[] bytes = new byte[readCount(in)];
    ((DataInput) in).readFully(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** A count of things that take at least a byte each, so never more than the bytes left. */
  private static int readCount(DataInputDeserializer in) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > in.available()) {
      throw new IOException(
          "Cannot read sink state: a count of "
              + count
              + " with "
              + in.available()
              + " bytes left (offset="
              + in.getPosition()
              + ")");
    }
    return count;
  }

  /** Checks the start of a serialized value. */
  static DataInputDeserializer open(String what, int magic, int version, int known, byte[] bytes)
      throws IOException {
    if (version != known) {
      throw new IOException(
          "Unsupported " + what + ": v" + version + " (supported: v" + known + ")");
    }
    DataInputDeserializer in = new DataInputDeserializer(bytes);
    int found = bytes.length < Integer.BYTES ? 0 : in.readInt();
    if (found != magic) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Cannot read %s: it starts with 0x%08x (expected 0x%08x)",
              what,
              found,
              magic));
    }
    return in;
  }

  static void checkEnd(String what, DataInputDeserializer in) throws IOException {
    if (in.available() != 0) {
      throw new IOException("Cannot read " + what + ": " + in.available() + " bytes after its end");
    }
  }
}
