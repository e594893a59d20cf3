package io.proximadb.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.io.LocalFileIO;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Row;
import io.proximadb.storage.CompactionPolicy;
import io.proximadb.storage.CompactionPolicy.Candidate;
import io.proximadb.storage.CompactionPolicy.Input;
import io.proximadb.storage.CompactionPolicy.Task;
import io.proximadb.storage.CompactionWriter;
import io.proximadb.storage.RowLineage;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.SegmentWriter;
import io.proximadb.storage.Segments;
import io.proximadb.storage.StagedSegment;
import io.proximadb.storage.Staging;
import io.proximadb.storage.StorageFormat;
import io.proximadb.storage.TableContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PrimitiveIterator;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.roaringbitmap.RoaringBitmap;

/** What every layout's part in compaction must do; a new one gets the suite by extending this. */
public abstract class CompactionContract {
  @TempDir protected Path folder;

  /** The layout under test; files of some ten thousand bytes give several outputs. */
  protected abstract StorageFormat format();

  /** Properties of the table whose files are rewritten. */
  protected Map<String, String> properties(CollectionSchema schema) {
    return Map.of();
  }

  /** Three inputs of distinct ids, some of another layout, with dead rows. */
  private final class Inputs implements AutoCloseable {
    final TableContext table;
    final List<Input> open = new ArrayList<>();
    final List<List<Row>> rows = new ArrayList<>();
    int live;

    Inputs(CollectionSchema schema, Random random, boolean mixed) {
      this.table =
          RandomCollections.table(schema, folder.toString(), new LocalFileIO(), properties(schema));
      List<Row> all = RandomCollections.rows(schema, 360, random);
      for (int i = 0; i < 3; i++) {
        List<Row> mine = new ArrayList<>();
        for (int row = i; row < all.size(); row += 3) {
          mine.add(all.get(row));
        }
        StorageFormat layout = mixed && i < 2 ? other() : format();
        Map<String, Row> byId = new HashMap<>();
        mine.forEach(row -> byId.put(row.id(), row));
        for (StagedSegment segment : write(layout, table, mine)) {
          SegmentReader reader = Segments.open(table, segment.dataFile());
          List<Row> stored = new ArrayList<>();
          RoaringBitmap dead = new RoaringBitmap();
          for (int row = 0; row < reader.rowCount(); row++) {
            stored.add(byId.get(reader.id(row)));
            if (random.nextInt(4) == 0) {
              dead.add(row);
            } else {
              live++;
            }
          }
          open.add(new Input(reader, dead));
          rows.add(stored);
        }
      }
    }

    Task task() {
      return new Task(
          open.stream().map(input -> input.reader().dataFile()).toList(), 1, 1, "a test");
    }

    @Override
    public void close() {
      open.forEach(input -> input.reader().close());
    }
  }

  private StorageFormat other() {
    return StorageFormat.all().stream()
        .filter(layout -> !layout.name().equals(format().name()))
        .findFirst()
        .orElseThrow();
  }

  private static List<StagedSegment> write(
      StorageFormat layout, TableContext table, List<Row> rows) {
    try (SegmentWriter writer = layout.newWriter(table, "test")) {
      rows.forEach(writer::append);
      List<StagedSegment> segments = writer.finish();
      segments.forEach(segment -> Staging.promote(table.io(), segment));
      return segments;
    }
  }

  @Test
  void rowsThatAreNotDeadMoveOnceAndInOrder() {
    movesRows("CompactionContract.moves", false);
  }

  @Test
  void rowsOfAnotherLayoutMoveAsWell() {
    movesRows("CompactionContract.movesOthers", true);
  }

  private void movesRows(String name, boolean mixed) {
    Random random = Seed.random(name);
    try (Inputs inputs = new Inputs(RandomCollections.allTypes(), random, mixed)) {
      CompactionPolicy policy = format().compaction();
      List<Row> moved = new ArrayList<>();
      List<StagedSegment> outputs;
      try (CompactionWriter writer = policy.newWriter(inputs.table, inputs.task())) {
        PrimitiveIterator.OfLong order = policy.order(inputs.table, inputs.open);
        while (order.hasNext()) {
          long pointer = order.nextLong();
          int input = (int) (pointer >>> Integer.SIZE);
          int position = (int) pointer;
          assertThat(inputs.open.get(input).dead().contains(position)).isFalse();
          Row row = inputs.rows.get(input).get(position);
          moved.add(row);
          writer.append(row, 1_000 + moved.size(), moved.size() % 7);
        }
        outputs = writer.finish();
      }
      assertThat(moved).hasSize(inputs.live);
      assertThat(new HashSet<>(moved)).hasSize(inputs.live);
      outputs.forEach(segment -> Staging.promote(inputs.table.io(), segment));
      checkOutputs(name, inputs.table, outputs, moved, random);
    }
  }

  private void checkOutputs(
      String name,
      TableContext table,
      List<StagedSegment> outputs,
      List<Row> moved,
      Random random) {
    int at = 0;
    for (StagedSegment output : outputs) {
      try (SegmentReader reader = format().open(table, output.dataFile()).orElseThrow()) {
        List<Row> expected = moved.subList(at, at + reader.rowCount());
        new SegmentChecker(name, table, expected).check(reader, random);
        RowLineage lineage = reader.lineage();
        assertThat(lineage).isNotNull();
        for (int row = 0; row < reader.rowCount(); row++) {
          assertThat(lineage.rowId(row)).isEqualTo(1_001 + at + row);
          assertThat(lineage.updatedIn(row)).isEqualTo((at + row + 1) % 7);
        }
        at += reader.rowCount();
      }
    }
    assertThat(at).isEqualTo(moved.size());
  }

  @Test
  void rowsWithoutLineageHaveNone() {
    Random random = Seed.random("CompactionContract.none");
    try (Inputs inputs = new Inputs(RandomCollections.schema(random), random, false)) {
      CompactionPolicy policy = format().compaction();
      try (CompactionWriter writer = policy.newWriter(inputs.table, inputs.task())) {
        PrimitiveIterator.OfLong order = policy.order(inputs.table, inputs.open);
        while (order.hasNext()) {
          long pointer = order.nextLong();
          Row row = inputs.rows.get((int) (pointer >>> Integer.SIZE)).get((int) pointer);
          writer.append(row, -1, -1);
        }
        StagedSegment output = writer.finish().get(0);
        Staging.promote(inputs.table.io(), output);
        try (SegmentReader reader = format().open(inputs.table, output.dataFile()).orElseThrow()) {
          assertThat(reader.lineage()).as("of a file that is in no table").isNull();
        }
      }
    }
  }

  @Test
  void nothingIsLeftOfACompactionThatIsGivenUp() throws IOException {
    Random random = Seed.random("CompactionContract.givenUp");
    try (Inputs inputs = new Inputs(RandomCollections.allTypes(), random, false)) {
      Set<Path> before = files();
      CompactionPolicy policy = format().compaction();
      try (CompactionWriter writer = policy.newWriter(inputs.table, inputs.task())) {
        PrimitiveIterator.OfLong order = policy.order(inputs.table, inputs.open);
        for (int i = 0; i < inputs.live - 1; i++) {
          long pointer = order.nextLong();
          Row row = inputs.rows.get((int) (pointer >>> Integer.SIZE)).get((int) pointer);
          writer.append(row, i, i);
        }
      }
      assertThat(files()).isEqualTo(before);
    }
  }

  private Set<Path> files() throws IOException {
    try (Stream<Path> found = Files.walk(folder)) {
      return new HashSet<>(found.filter(Files::isRegularFile).toList());
    }
  }

  @Test
  void filesOfAnotherLayoutAreNotOpenedButRewritten() {
    Random random = Seed.random("CompactionContract.others");
    CollectionSchema schema = RandomCollections.schema(random);
    TableContext table = RandomCollections.table(schema, folder.toString(), new LocalFileIO());
    List<Candidate> candidates = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      List<Row> rows = RandomCollections.rows(schema, 50, random);
      for (StagedSegment segment : write(other(), table, rows)) {
        assertThat(format().open(table, segment.dataFile())).isEmpty();
        candidates.add(new Candidate(segment.dataFile(), segment.dataFile().recordCount()));
      }
    }
    List<Task> tasks = format().compaction().plan(table, candidates);
    assertThat(tasks.stream().flatMap(task -> task.inputs().stream()))
        .containsExactlyInAnyOrderElementsOf(candidates.stream().map(Candidate::file).toList());
    assertThat(tasks).allMatch(task -> task.gain() > 0 && !task.reason().isEmpty());
    List<Candidate> own = new ArrayList<>();
    for (StagedSegment segment :
        write(format(), table, RandomCollections.rows(schema, 5, random))) {
      own.add(new Candidate(segment.dataFile(), segment.dataFile().recordCount()));
    }
    assertThat(format().compaction().plan(table, own)).isEmpty();
  }
}
