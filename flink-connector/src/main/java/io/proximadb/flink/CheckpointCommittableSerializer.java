package io.proximadb.flink;

import java.io.IOException;
import java.util.UUID;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * Version 1: {@code int magic "PXCC"}, {@code long} x 2 table UUID, text run id, text sink uid,
 * {@code long} checkpoint id, then batches; texts and batches as {@link BatchCodec} writes them.
 */
final class CheckpointCommittableSerializer
    implements SimpleVersionedSerializer<CheckpointCommittable> {
  private static final String WHAT = "checkpoint committable";
  private static final int VERSION = 1;
  private static final int MAGIC = 0x50584343;
  private static final int INITIAL_BYTES = 1_024;

  @Override
  public int getVersion() {
    return VERSION;
  }

  @Override
  public byte[] serialize(CheckpointCommittable committable) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(INITIAL_BYTES);
    out.writeInt(MAGIC);
    out.writeLong(committable.tableUuid().getMostSignificantBits());
    out.writeLong(committable.tableUuid().getLeastSignificantBits());
    BatchCodec.writeText(committable.runId(), out);
    BatchCodec.writeText(committable.sinkUid(), out);
    out.writeLong(committable.checkpointId());
    BatchCodec.write(committable.batches(), out);
    return out.getCopyOfBuffer();
  }

  @Override
  public CheckpointCommittable deserialize(int version, byte[] bytes) throws IOException {
    DataInputDeserializer in = BatchCodec.open(WHAT, MAGIC, version, VERSION, bytes);
    CheckpointCommittable committable =
        new CheckpointCommittable(
            new UUID(in.readLong(), in.readLong()),
            BatchCodec.readText(in),
            BatchCodec.readText(in),
            in.readLong(),
            BatchCodec.read(in));
    BatchCodec.checkEnd(WHAT, in);
    return committable;
  }
}
