package io.proximadb.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.ConflictException;
import io.proximadb.model.CollectionName;
import io.proximadb.model.VectorRecord;
import io.proximadb.storage.IdSets;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.Seed;
import io.proximadb.testkit.Tables;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.LocationProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The one row-level commit, against a real catalog. */
class RowLevelCommitTest {
  private static final CollectionName DOCS = CollectionName.parse("docs");

  @TempDir Path folder;
  private Warehouse warehouse;
  private CollectionTable table;

  @BeforeEach
  void open() {
    warehouse = Warehouse.open(Map.of("warehouse", folder.toString()));
    table = warehouse.create(DOCS, Records.schema(), Map.of());
  }

  @AfterEach
  void close() {
    warehouse.close();
  }

  @Test
  void laterCommitsReplaceRowsOfEarlierOnes() {
    Tables.upsert(table, List.of(Records.of("a", 1), Records.of("b", 2), Records.of("c", 3)));
    RowLevelCommit.Result second =
        Tables.upsert(table, List.of(Records.of("b", 20), Records.of("d", 4)));
    assertThat(second.rowsAdded()).isEqualTo(2);
    assertThat(second.rowsDeleted()).isEqualTo(1);
    RowLevelCommit.Result third = Tables.upsert(table, List.of(Records.of("a", 10)));
    assertThat(third.rowsDeleted()).isEqualTo(1);
    Map<String, Long> expected = Map.of("a", 10L, "b", 20L, "c", 3L, "d", 4L);
    assertThat(Tables.numbers(table)).isEqualTo(expected);
    assertThat(Tables.numbersByIceberg(table)).isEqualTo(expected);
  }

  @Test
  void stepsOfOneCommitApplyInOrder() {
    Tables.upsert(table, List.of(Records.of("a", 1)));
    RowLevelCommit commit = RowLevelCommit.on(table);
    RowSelector a = Superseded.by(table, IdSets.of(table.context(), List.of("a")));
    commit.delete(a);
    Tables.stage(table, List.of(Records.of("a", 2), Records.of("b", 3))).forEach(commit::add);
    commit.delete(a);
    Tables.stage(table, List.of(Records.of("a", 4))).forEach(commit::add);
    assertThat(commit.commit().rowsDeleted()).isEqualTo(2);
    assertThat(Tables.numbers(table)).isEqualTo(Map.of("a", 4L, "b", 3L));
    assertThat(Tables.numbersByIceberg(table)).isEqualTo(Map.of("a", 4L, "b", 3L));
    assertThat(table.table().snapshots()).hasSize(2);
  }

  @Test
  void aRequiredPropertyThatDiffersRefusesTheCommit() {
    RowLevelCommit.on(table).setProperty("proximadb.owner.epoch", "7").commit();
    RowLevelCommit commit =
        RowLevelCommit.on(table)
            .requireProperty("proximadb.owner.epoch", "6")
            .setProperty("proximadb.x", "y");
    Tables.stage(table, List.of(Records.of("a", 1))).forEach(commit::add);
    assertThatThrownBy(commit::commit)
        .isInstanceOf(ConflictException.class)
        .hasMessageContaining("proximadb.owner.epoch=7, expected 6");
    assertThat(Tables.numbers(table)).isEmpty();
    assertThat(table.property("proximadb.x")).isNull();
  }

  @Test
  void propertiesGoAndComeWithTheRowsOfACommit() {
    RowLevelCommit.on(table)
        .setProperty("proximadb.x", "1")
        .setProperty("proximadb.y", "1")
        .commit();
    RowLevelCommit commit =
        RowLevelCommit.on(table)
            .removeProperty("proximadb.x")
            .removeProperty("proximadb.never-there")
            .setProperty("proximadb.z", "1");
    Tables.stage(table, List.of(Records.of("a", 1))).forEach(commit::add);
    commit.commit();
    assertThat(table.property("proximadb.x")).isNull();
    assertThat(table.properties())
        .containsEntry("proximadb.y", "1")
        .containsEntry("proximadb.z", "1");
    assertThat(Tables.numbers(table)).isEqualTo(Map.of("a", 1L));
    RowLevelCommit.on(table).removeProperty("proximadb.y").commit();
    assertThat(table.property("proximadb.y")).isNull();
    RowLevelCommit.on(table).removeProperty("proximadb.y").setProperty("proximadb.y", "2").commit();
    assertThat(table.property("proximadb.y")).isEqualTo("2");
    RowLevelCommit.on(table).setProperty("proximadb.y", "3").removeProperty("proximadb.y").commit();
    assertThat(table.property("proximadb.y")).isNull();
  }

  @Test
  void concurrentWritersLoseNothingAndLeaveNoIdTwice() throws Exception {
    int writers = 4;
    int commits = 12;
    Random seeds = Seed.random("RowLevelCommitTest.concurrent");
    ExecutorService threads = Executors.newFixedThreadPool(writers);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int writer = 0; writer < writers; writer++) {
        Random random = new Random(seeds.nextLong());
        int number = writer;
        running.add(
            threads.submit(
                () -> {
                  CollectionTable own = warehouse.load(DOCS);
                  for (int i = 0; i < commits; i++) {
                    List<VectorRecord> records = new ArrayList<>();
                    for (int id = 0; id < 20; id++) {
                      if (random.nextInt(3) == 0) {
                        records.add(Records.of("r" + id, number * 1_000L + i));
                      }
                    }
                    Tables.upsert(own, records);
                  }
                }));
      }
      for (Future<?> future : running) {
        future.get();
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(Tables.numbers(table)).isEqualTo(Tables.numbersByCommitOrder(table));
    assertThat(Tables.numbersByIceberg(table)).isEqualTo(Tables.numbers(table));
  }

  /** The catalog does the commit, or does not, and in both cases says it does not know. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anUnknownOutcomeIsResolvedByLooking(boolean passes) {
    Tables.upsert(table, List.of(Records.of("a", 1), Records.of("b", 2)));
    AtomicInteger commits = new AtomicInteger();
    TableOperations real = warehouse.load(DOCS).operations();
    TableOperations vague = new VagueOperations(real, commits, passes);
    CollectionTable vagueTable = new CollectionTable(DOCS, new BaseTable(vague, "docs"));
    RowLevelCommit.Result result = Tables.upsert(vagueTable, List.of(Records.of("a", 10)));
    assertThat(commits).hasValue(passes ? 1 : 2);
    assertThat(result.rowsDeleted()).isEqualTo(1);
    assertThat(Tables.numbers(table)).isEqualTo(Map.of("a", 10L, "b", 2L));
    assertThat(table.table().snapshots()).hasSize(2);
  }

  private record VagueOperations(TableOperations real, AtomicInteger commits, boolean passes)
      implements TableOperations {
    @Override
    public void commit(TableMetadata base, TableMetadata metadata) {
      if (commits.getAndIncrement() > 0) {
        real.commit(base, metadata);
        return;
      }
      if (passes) {
        real.commit(base, metadata);
      }
      throw new CommitStateUnknownException(new IllegalStateException("connection lost"));
    }

    @Override
    public TableMetadata current() {
      return real.current();
    }

    @Override
    public TableMetadata refresh() {
      return real.refresh();
    }

    @Override
    public FileIO io() {
      return real.io();
    }

    @Override
    public String metadataFileLocation(String fileName) {
      return real.metadataFileLocation(fileName);
    }

    @Override
    public LocationProvider locationProvider() {
      return real.locationProvider();
    }

    @Override
    public TableOperations temp(TableMetadata uncommitted) {
      return real.temp(uncommitted);
    }
  }
}
