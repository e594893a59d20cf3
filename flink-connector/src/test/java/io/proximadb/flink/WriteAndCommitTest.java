package io.proximadb.flink;

import static io.proximadb.flink.Docs.deletion;
import static io.proximadb.flink.Docs.row;
import static org.apache.flink.types.RowKind.DELETE;
import static org.apache.flink.types.RowKind.INSERT;
import static org.apache.flink.types.RowKind.UPDATE_AFTER;
import static org.apache.flink.types.RowKind.UPDATE_BEFORE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.RowLevelCommit;
import io.proximadb.catalog.Warehouse;
import io.proximadb.error.CorruptFileException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.model.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.table.data.RowData;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class WriteAndCommitTest {
  /** A few rows of four floats. */
  private static final long TINY_BUFFER = 1_024;

  @TempDir Path warehouse;

  @BeforeEach
  void createCollection() {
    Docs.create(warehouse, Metric.EUCLIDEAN);
  }

  private SinkHarness sink() {
    return new SinkHarness(warehouse, ProximaSink.DEFAULT_BUFFER_BYTES);
  }

  /** Files of the table's folder that are waiting to be committed. */
  private List<Path> staged() throws IOException {
    try (Stream<Path> files = Files.walk(warehouse)) {
      return files
          .filter(file -> Files.isRegularFile(file) && file.toString().contains("__flink"))
          .toList();
    }
  }

  @Test
  void lastChangeOfAnIdInACheckpointWins() throws Exception {
    try (SinkHarness sink = sink()) {
      sink.write(row(INSERT, "gone", 1), row(INSERT, "kept", 1), row(INSERT, "back", 1));
      sink.write(deletion("gone"), row(UPDATE_AFTER, "kept", 2), deletion("back"));
      sink.write(row(INSERT, "back", 3), deletion("never"));
      sink.commit(sink.barrier(1));
    }
    assertThat(Docs.read(warehouse)).isEqualTo(Map.of("kept", 2, "back", 3));
    assertThat(Docs.commits(warehouse)).containsExactly("run/1");
  }

  @Test
  void laterCheckpointsReplaceAndDelete() throws Exception {
    try (SinkHarness sink = sink()) {
      sink.write(row(INSERT, "a", 1), row(INSERT, "b", 1), row(INSERT, "c", 1));
      sink.commit(sink.barrier(1));
      sink.write(row(INSERT, "a", 2), deletion("b"));
      sink.commit(sink.barrier(2));
      sink.write(row(INSERT, "b", 3), row(DELETE, "a", 2));
      sink.commit(sink.barrier(3));
    }
    assertThat(Docs.read(warehouse)).isEqualTo(Map.of("b", 3, "c", 1));
    assertThat(Docs.commits(warehouse)).containsExactly("run/1", "run/2", "run/3");
    assertThat(staged()).isEmpty();
  }

  @Test
  void updateBeforeDeletesOnlyWhereTheIdChanges() throws Exception {
    try (SinkHarness sink = sink()) {
      sink.write(row(INSERT, "same", 1), row(INSERT, "old", 1));
      sink.commit(sink.barrier(1));
      sink.write(row(UPDATE_BEFORE, "same", 1), row(UPDATE_AFTER, "same", 2));
      sink.write(row(UPDATE_BEFORE, "old", 1), row(UPDATE_AFTER, "new", 1));
      sink.commit(sink.barrier(2));
    }
    assertThat(Docs.read(warehouse)).isEqualTo(Map.of("same", 2, "new", 1));
  }

  @Test
  void aFullBufferIsWrittenBeforeTheBarrierAndStillIsOneCommit() throws Exception {
    ChangeScript script = ChangeScript.fresh("aFullBuffer", 500, 40);
    try (SinkHarness sink = new SinkHarness(warehouse, TINY_BUFFER)) {
      sink.write(row(INSERT, "id-0", -1), row(INSERT, "outside", -1));
      sink.commit(sink.barrier(1));
      for (int i = 0; i < script.length(); i++) {
        sink.write(script.change(i));
      }
      CheckpointCommittable committable = sink.barrier(2);
      assertThat(committable.batches()).hasSizeGreaterThan(20);
      sink.commit(committable);
    }
    Map<String, Integer> expected = script.outcome();
    expected.put("outside", -1);
    assertThat(Docs.read(warehouse)).as("seed %d", script.seed()).isEqualTo(expected);
    assertThat(Docs.commits(warehouse)).containsExactly("run/1", "run/2");
  }

  @Test
  void aCheckpointDeliveredTwiceIsCommittedOnce() throws Exception {
    try (SinkHarness sink = sink()) {
      sink.write(row(INSERT, "a", 1));
      CheckpointCommittable first = sink.barrier(1);
      sink.write(row(INSERT, "a", 2), row(INSERT, "b", 2));
      CheckpointCommittable second = sink.barrier(2);
      assertThat(sink.commit(second, first)).noneMatch(request -> request.alreadyCommitted);
      assertThat(sink.commit(first, second)).allMatch(request -> request.alreadyCommitted);
    }
    assertThat(Docs.read(warehouse)).isEqualTo(Map.of("a", 2, "b", 2));
    assertThat(Docs.commits(warehouse)).containsExactly("run/1", "run/2");
    assertThat(Docs.positions(warehouse)).isEqualTo(Map.of("proximadb.flink.run.sink", "2"));
  }

  @Test
  void aCheckpointDeliveredAgainDoesNotOverwriteWhatCameAfterIt() throws Exception {
    try (SinkHarness sink = sink();
        SinkHarness other = sink()) {
      sink.write(row(INSERT, "a", 1));
      CheckpointCommittable committable = sink.barrier(1);
      sink.commit(committable);
      other.write(row(INSERT, "a", 7));
      CheckpointCommittable foreign = other.barrier(1);
      other.commit(
          new CheckpointCommittable(
              foreign.tableUuid(), "other run", "sink", 1, foreign.batches()));
      sink.commit(committable);
    }
    assertThat(Docs.read(warehouse)).isEqualTo(Map.of("a", 7));
  }

  @Test
  void sinksOfOneRunHavePositionsOfTheirOwn() throws Exception {
    try (SinkHarness sink = sink()) {
      sink.write(row(INSERT, "a", 1));
      CheckpointCommittable one = sink.barrier(5);
      sink.write(row(INSERT, "b", 1));
      CheckpointCommittable two = sink.barrier(5);
      sink.commit(
          one,
          new CheckpointCommittable(two.tableUuid(), two.runId(), "second sink", 5, two.batches()));
    }
    assertThat(Docs.read(warehouse)).isEqualTo(Map.of("a", 1, "b", 1));
  }

  @Test
  void whatNoCheckpointTookOverIsDeleted() throws Exception {
    try (SinkHarness sink = new SinkHarness(warehouse, TINY_BUFFER)) {
      for (int i = 0; i < 50; i++) {
        sink.write(row(INSERT, "id-" + i, i));
      }
      assertThat(staged()).isNotEmpty();
    }
    assertThat(staged()).isEmpty();
    assertThat(Docs.commits(warehouse)).isEmpty();
  }

  @Test
  void aCheckpointOfADroppedTableIsRefused() throws Exception {
    try (SinkHarness sink = sink()) {
      sink.write(row(INSERT, "a", 1));
      CheckpointCommittable committable = sink.barrier(1);
      try (Warehouse open = Warehouse.open(Docs.properties(warehouse))) {
        open.drop(Docs.NAME);
      }
      assertThatThrownBy(() -> sink.commit(committable)).isInstanceOf(NotFoundException.class);
      Docs.create(warehouse, Metric.EUCLIDEAN);
      assertThatThrownBy(() -> sink.commit(committable))
          .isInstanceOf(NotFoundException.class)
          .hasMessageContaining("Cannot commit checkpoint 1 of sink sink in run run")
          .hasMessageContaining("dropped and created again");
    }
    assertThat(Docs.commits(warehouse)).isEmpty();
  }

  static Stream<List<Object>> badRows() {
    float[] three = {1, 2, 3};
    float[] notANumber = {1, 2, Float.NaN, 4};
    float[] infinite = {1, Float.NEGATIVE_INFINITY, 3, 4};
    return Stream.of(
        List.of(row(INSERT, "x", 1, three), "of record 'x': 3 (expected 4)"),
        List.of(row(INSERT, "x", 1, notANumber), "Invalid component 2 of vector 'vector'"),
        List.of(row(INSERT, "x", 1, infinite), "-Infinity (expected a finite number)"),
        List.of(row(INSERT, "x", 1, null), "no vector for field 'vector' (expected 4 floats)"),
        List.of(
            row(INSERT, "x", 1, new Float[] {1f, null, 3f, 4f}),
            "component 1 of vector 'vector' of record 'x': null"),
        List.of(row(INSERT, "", 1), "Invalid id: '' (expected non-empty text)"),
        List.of(row(INSERT, null, 1), "Invalid id: ''"),
        List.of(deletion(""), "Invalid id: ''"),
        List.of(row(INSERT, "x".repeat(2_000), 1), "of 2000 bytes (expected at most 1024)"));
  }

  @ParameterizedTest
  @MethodSource("badRows")
  void aBadRowIsRefusedWithItsReason(List<Object> rowAndReason) {
    try (SinkHarness sink = sink()) {
      sink.write(row(INSERT, "good", 1));
      assertThatThrownBy(() -> sink.write((RowData) rowAndReason.get(0)))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining((String) rowAndReason.get(1));
    }
    assertThat(Docs.commits(warehouse)).isEmpty();
  }

  @Test
  void aZeroVectorHasNoDirection() {
    try (Warehouse open = Warehouse.open(Docs.properties(warehouse))) {
      open.drop(Docs.NAME);
    }
    Docs.create(warehouse, Metric.COSINE);
    try (SinkHarness sink = sink()) {
      assertThatThrownBy(() -> sink.write(row(INSERT, "x", 1, new float[4])))
          .hasMessage(
              "Invalid vector 'vector' of record 'x': all components are zero (expected a"
                  + " direction, the metric is COSINE)");
    }
  }

  @Test
  void aJobThatStartsOverWithItsOldIdIsARunOfItsOwn() throws Exception {
    try (SinkHarness sink = sink()) {
      sink.write(row(INSERT, "a", 1));
      sink.commit(sink.barrier(4));
    }
    try (Warehouse open = Warehouse.open(Docs.properties(warehouse))) {
      CollectionTable table = open.load(Docs.NAME);
      assertThat(CommitPosition.chooseRun(table, "run", "sink", 4)).isEqualTo("run");
      assertThat(CommitPosition.chooseRun(table, "run", "sink", 9)).isEqualTo("run");
      assertThat(CommitPosition.chooseRun(table, "new", "sink", WriterResult.NOT_RESTORED))
          .isEqualTo("new");
      assertThat(CommitPosition.chooseRun(table, "run", "sink", 3)).startsWith("run-");
      assertThat(CommitPosition.chooseRun(table, "run", "sink", WriterResult.NOT_RESTORED))
          .startsWith("run-");
      RowLevelCommit.on(table).setProperty("proximadb.flink.run.sink", "four").commit();
      assertThatThrownBy(() -> CommitPosition.read(table, "run", "sink"))
          .isInstanceOf(CorruptFileException.class)
          .hasMessage(
              "Invalid table property 'proximadb.flink.run.sink': 'four' (expected a checkpoint"
                  + " id)");
    }
  }
}
