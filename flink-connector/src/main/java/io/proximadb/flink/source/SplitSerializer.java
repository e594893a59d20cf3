package io.proximadb.flink.source;

import io.proximadb.query.ChangedRows;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * The bytes of splits in checkpoints, big-endian:
 *
 * <pre>
 * split = text (id), text (file), int part, int parts, long read micros, long snapshot,
 *         byte whole, long done
 * text  = int length, UTF-8 bytes
 * </pre>
 */
final class SplitSerializer implements SimpleVersionedSerializer<ProximaSplit> {
  private static final int VERSION = 1;
  private static final int FIRST_BYTES = 256;

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(ProximaSplit split) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(FIRST_BYTES);
    write(split, out);
    return out.getCopyOfBuffer();
  }

  @Override
  public ProximaSplit deserialize(int version, byte[] bytes) throws IOException {
    checkVersion("split", version);
    return read(new DataInputDeserializer(bytes));
  }

  static void checkVersion(String what, int version) throws IOException {
    if (version != VERSION) {
      throw new IOException(
          "Unsupported source " + what + ": v" + version + " (supported: v" + VERSION + ")");
    }
  }

  private static void write(ProximaSplit split, DataOutputSerializer out) throws IOException {
    writeText(split.splitId(), out);
    writeText(split.file(), out);
    out.writeInt(split.part().index());
    out.writeInt(split.part().count());
    out.writeLong(split.readMicros());
    out.writeLong(split.place().snapshotId());
    out.writeBoolean(split.place().whole());
    out.writeLong(split.place().done());
  }

  private static ProximaSplit read(DataInputDeserializer in) throws IOException {
    return new ProximaSplit(
        readText(in),
        readText(in),
        new ChangedRows.Part(in.readInt(), in.readInt()),
        in.readLong(),
        new ProximaSplit.Place(in.readLong(), in.readBoolean(), in.readLong()));
  }

  static void writeAll(List<ProximaSplit> splits, DataOutputSerializer out) throws IOException {
    out.writeInt(splits.size());
    for (ProximaSplit split : splits) {
      write(split, out);
    }
  }

  static List<ProximaSplit> readAll(DataInputDeserializer in) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > in.available()) {
      throw new IOException(
          "Cannot read source state: " + count + " splits in " + in.available() + " bytes");
    }
    List<ProximaSplit> splits = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      splits.add(read(in));
    }
    return splits;
  }

  private static void writeText(String text, DataOutputSerializer out) throws IOException {
    byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static String readText(DataInputDeserializer in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > in.available()) {
      throw new IOException(
          "Cannot read source state: a text of "
              + length
              + " bytes with "
              + in.available()
              + " bytes left");
    }
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return new String(bytes, java.nio.charset.StandardCharsets.UTF_8);
  }
}
