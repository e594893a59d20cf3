package io.proximadb.testkit;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.model.VectorRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.iceberg.data.Record;

/**
 * The other writers of {@link CollectionModel}: what Spark and Flink do through ProximaDB, and what
 * engines do that know nothing of it. None of them holds the lease.
 */
final class ModelOthers {
  private final Random random;
  private final ExpectedRecords expected;
  private final ModelWrites writes;
  private final Path warehouse;
  private final Witness witness;

  ModelOthers(
      Random random,
      ExpectedRecords expected,
      ModelWrites writes,
      Path warehouse,
      Witness witness) {
    this.random = random;
    this.expected = expected;
    this.writes = writes;
    this.warehouse = warehouse;
    this.witness = witness;
  }

  /** Commits something, and says what. */
  String commit(CollectionTable table, long nowMicros) {
    table.refresh();
    List<VectorRecord> records =
        writes.records().stream().filter(record -> !expected.hasExpiryInLog(record.id())).toList();
    int kind = random.nextInt(4);
    if (witness != null && kind > 0 && !records.isEmpty()) {
      return byWitness(table, records, nowMicros);
    }
    boolean deletes = kind == 0;
    if (deletes) {
      Tables.delete(table, ModelWrites.ids(records));
    } else if (kind == 1 && !records.isEmpty() && !expected.sparse()) {
      records = append(table, records);
    } else {
      Tables.upsert(table, records);
    }
    for (VectorRecord record : records) {
      expected.commitOfOther(record.id(), deletes ? null : writes.expected(record));
    }
    String verb = deletes ? "deletes " : kind == 1 ? "appends " : "upserts ";
    return "other writer " + verb + records;
  }

  /** Appends rows over others of their ids; the rows have no expiry. */
  private List<VectorRecord> append(CollectionTable table, List<VectorRecord> records) {
    ForeignEngine foreign = new ForeignEngine(table, random);
    List<VectorRecord> appended = plain(records);
    List<Record> rows = new ArrayList<>();
    for (VectorRecord record : appended) {
      rows.add(foreign.row(record.id(), writes.expected(record).number()));
    }
    foreign.append(foreign.write(rows));
    return appended;
  }

  /** The records without expiry and without the column that comes and goes. */
  private List<VectorRecord> plain(List<VectorRecord> records) {
    return records.stream()
        .map(record -> Records.of(record.id(), writes.expected(record).number()))
        .toList();
  }

  /**
   * Rows that were replaced and are not deleted yet come back when another engine rewrites their
   * file, which is written down; so there are only inserts as long as there are such rows.
   */
  private String byWitness(CollectionTable table, List<VectorRecord> drawn, long nowMicros) {
    boolean settled = table.unsettledRows().orElse(0) == 0;
    Witness.Statement[] all = Witness.Statement.values();
    Witness.Statement statement =
        settled ? all[random.nextInt(all.length)] : Witness.Statement.INSERT;
    List<VectorRecord> records = plain(drawn);
    if (statement == Witness.Statement.UPDATE) {
      records =
          records.stream()
              .filter(record -> expected.committed(nowMicros).containsKey(record.id()))
              .toList();
    }
    boolean copyOnWrite = random.nextBoolean();
    if (!records.isEmpty()) {
      witness.write(warehouse, statement, copyOnWrite, expected.extraColumn(), records);
    }
    for (VectorRecord record : records) {
      boolean deletes = statement == Witness.Statement.DELETE;
      expected.commitOfOther(record.id(), deletes ? null : writes.expected(record));
    }
    return "other engine "
        + statement
        + (copyOnWrite ? " by copy " : " by deletes ")
        + ModelWrites.ids(records);
  }
}
