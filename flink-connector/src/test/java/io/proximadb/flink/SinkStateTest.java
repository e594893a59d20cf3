package io.proximadb.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.storage.StagedSegment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.Metrics;
import org.apache.iceberg.PartitionSpec;
import org.junit.jupiter.api.Test;

class SinkStateTest {
  private static final WriterResultSerializer RESULTS = new WriterResultSerializer();
  private static final CheckpointCommittableSerializer COMMITTABLES =
      new CheckpointCommittableSerializer();

  private static StagedSegment segment(String name, long rows) {
    DataFile file =
        DataFiles.builder(PartitionSpec.unpartitioned())
            .withPath("/w/data/" + name)
            .withFormat(FileFormat.PARQUET)
            .withFileSizeInBytes(4_096)
            .withSplitOffsets(List.of(4L))
            .withMetrics(
                new Metrics(
                    rows,
                    Map.of(1, 100L),
                    Map.of(1, rows),
                    Map.of(1, 0L),
                    null,
                    Map.of(1, ByteBuffer.wrap(new byte[] {'a'})),
                    Map.of(1, ByteBuffer.wrap(new byte[] {(byte) 0xc3, (byte) 0xa4}))))
            .build();
    return new StagedSegment(file, "/w/_proximadb/__flink/" + name, "/w/index/" + name);
  }

  private static CheckpointCommittable committable() {
    return new CheckpointCommittable(
        UUID.fromString("01234567-89ab-cdef-0123-456789abcdef"),
        "run",
        "uid",
        Long.MAX_VALUE - 1,
        List.of(
            new Batch(
                List.of("a", "\u00e4\ud83d\ude00"), List.of(segment("1", 1), segment("2", 9))),
            new Batch(List.of("b"), List.of())));
  }

  @Test
  void committableComesBackWhole() throws IOException {
    CheckpointCommittable before = committable();
    CheckpointCommittable after =
        COMMITTABLES.deserialize(COMMITTABLES.getVersion(), COMMITTABLES.serialize(before));
    assertThat(after)
        .usingRecursiveComparison()
        .ignoringFieldsMatchingRegexes("batches.segments.dataFile.*")
        .isEqualTo(before);
    DataFile file = after.batches().get(0).segments().get(1).dataFile();
    DataFile expected = before.batches().get(0).segments().get(1).dataFile();
    assertThat(file.location()).isEqualTo(expected.location());
    assertThat(file.recordCount()).isEqualTo(9);
    assertThat(file.fileSizeInBytes()).isEqualTo(4_096);
    assertThat(file.columnSizes()).isEqualTo(expected.columnSizes());
    assertThat(file.valueCounts()).isEqualTo(expected.valueCounts());
    assertThat(file.nullValueCounts()).isEqualTo(expected.nullValueCounts());
    assertThat(file.lowerBounds()).isEqualTo(expected.lowerBounds());
    assertThat(file.upperBounds()).isEqualTo(expected.upperBounds());
    assertThat(file.splitOffsets()).isEqualTo(expected.splitOffsets());
  }

  @Test
  void writerResultComesBackWhole() throws IOException {
    WriterResult before = new WriterResult(7, List.of(new Batch(List.of("x"), List.of())));
    assertThat(RESULTS.deserialize(RESULTS.getVersion(), RESULTS.serialize(before)))
        .isEqualTo(before);
  }

  @Test
  void writerStateComesBack() throws IOException {
    WriterStateSerializer states = new WriterStateSerializer();
    byte[] bytes = states.serialize(1L << 40);
    assertThat(states.deserialize(states.getVersion(), bytes)).isEqualTo(1L << 40);
    assertThatThrownBy(() -> states.deserialize(1, new byte[12]))
        .hasMessage("Cannot read writer state: it starts with 0x00000000 (expected 0x50585753)");
  }

  @Test
  void damagedStateIsRefused() throws IOException {
    byte[] bytes = COMMITTABLES.serialize(committable());
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> COMMITTABLES.deserialize(1, cut))
          .as("first %d bytes", length)
          .isInstanceOf(IOException.class);
    }
    assertThatThrownBy(() -> COMMITTABLES.deserialize(1, Arrays.copyOf(bytes, bytes.length + 1)))
        .hasMessage("Cannot read checkpoint committable: 1 bytes after its end");
  }

  @Test
  void foreignStateIsRefused() throws IOException {
    byte[] result = RESULTS.serialize(new WriterResult(WriterResult.NOT_RESTORED, List.of()));
    assertThatThrownBy(() -> COMMITTABLES.deserialize(1, result))
        .hasMessage(
            "Cannot read checkpoint committable: it starts with 0x50585752 (expected 0x50584343)");
    assertThatThrownBy(() -> RESULTS.deserialize(2, result))
        .hasMessage("Unsupported writer result: v2 (supported: v1)");
  }

  @Test
  void stepsOfParallelWritersAreJoinedInOrder() {
    Batch a1 = new Batch(List.of("a"), List.of(segment("a1", 1)));
    Batch a2 = new Batch(List.of("a"), List.of(segment("a2", 1)));
    Batch b1 = new Batch(List.of("b", "c"), List.of(segment("b1", 2)));
    List<Batch> joined = Batch.zip(List.of(List.of(a1, a2), List.of(b1), List.of()));
    assertThat(joined).hasSize(2);
    assertThat(joined.get(0).ids()).containsExactly("a", "b", "c");
    assertThat(joined.get(0).segments())
        .containsExactly(a1.segments().get(0), b1.segments().get(0));
    assertThat(joined.get(1)).isEqualTo(a2);
    assertThat(Batch.zip(List.of())).isEmpty();
  }
}
