package io.proximadb.flink.source;

import java.io.IOException;
import java.util.List;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * What the enumerator keeps in checkpoints.
 *
 * @param planned true if all splits were made
 * @param snapshotId the snapshot that a scan reads, {@link ProximaSplit.Place#NONE} if there is
 *     none
 * @param waiting splits that no reader has
 */
public record SourceProgress(boolean planned, long snapshotId, List<ProximaSplit> waiting) {
  private static final int FIRST_BYTES = 256;

  public SourceProgress {
    waiting = List.copyOf(waiting);
  }

  static final class Serializer implements SimpleVersionedSerializer<SourceProgress> {
    @Override
    public int getVersion() {
      return new SplitSerializer().getVersion();
    }

    @Override
    public byte[] serialize(SourceProgress progress) throws IOException {
      DataOutputSerializer out = new DataOutputSerializer(FIRST_BYTES);
      out.writeBoolean(progress.planned());
      out.writeLong(progress.snapshotId());
      SplitSerializer.writeAll(progress.waiting(), out);
      return out.getCopyOfBuffer();
    }

    @Override
    public SourceProgress deserialize(int version, byte[] bytes) throws IOException {
      SplitSerializer.checkVersion("state", version);
      DataInputDeserializer in = new DataInputDeserializer(bytes);
      return new SourceProgress(in.readBoolean(), in.readLong(), SplitSerializer.readAll(in));
    }
  }
}
