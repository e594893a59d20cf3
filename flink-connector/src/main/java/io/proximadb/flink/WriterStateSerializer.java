package io.proximadb.flink;

import java.io.IOException;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * A writer's state is the id of the checkpoint it was part of, and nothing else: rows are in
 * segments by then. Version 1: {@code int magic "PXWS"}, {@code long} checkpoint id.
 */
final class WriterStateSerializer implements SimpleVersionedSerializer<Long> {
  private static final String WHAT = "writer state";
  private static final int VERSION = 1;
  private static final int MAGIC = 0x50585753;

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(Long checkpointId) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(Integer.BYTES + Long.BYTES);
    out.writeInt(MAGIC);
    out.writeLong(checkpointId);
    return out.getCopyOfBuffer();
  }

  @Override
  public Long deserialize(int version, byte[] bytes) throws IOException {
    DataInputDeserializer in = BatchCodec.open(WHAT, MAGIC, version, VERSION, bytes);
    long checkpointId = in.readLong();
    BatchCodec.checkEnd(WHAT, in);
    return checkpointId;
  }
}
