package io.proximadb.flink;

import java.io.IOException;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * Version 1: {@code int magic "PXWR"}, {@code long} restored checkpoint id, then batches as {@link
 * BatchCodec} writes them.
 */
final class WriterResultSerializer implements SimpleVersionedSerializer<WriterResult> {
  private static final String WHAT = "writer result";
  private static final int VERSION = 1;
  private static final int MAGIC = 0x50585752;
  private static final int INITIAL_BYTES = 1_024;

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(WriterResult result) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(INITIAL_BYTES);
    out.writeInt(MAGIC);
    out.writeLong(result.restoredCheckpointId());
    BatchCodec.write(result.batches(), out);
    return out.getCopyOfBuffer();
  }

  @Override
  public WriterResult deserialize(int version, byte[] bytes) throws IOException {
    DataInputDeserializer in = BatchCodec.open(WHAT, MAGIC, version, VERSION, bytes);
    WriterResult result = new WriterResult(in.readLong(), BatchCodec.read(in));
    BatchCodec.checkEnd(WHAT, in);
    return result;
  }
}
