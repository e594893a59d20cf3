package io.proximadb.testkit;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.RowDelta;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableUtil;
import org.apache.iceberg.avro.Avro;
import org.apache.iceberg.data.BaseDeleteLoader;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.avro.DataWriter;
import org.apache.iceberg.data.parquet.GenericParquetWriter;
import org.apache.iceberg.deletes.BaseDVFileWriter;
import org.apache.iceberg.deletes.EqualityDeleteWriter;
import org.apache.iceberg.deletes.PositionDelete;
import org.apache.iceberg.deletes.PositionDeleteWriter;
import org.apache.iceberg.io.DeleteWriteResult;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.OutputFileFactory;
import org.apache.iceberg.parquet.Parquet;

/** Writes to a table as an engine does that knows Iceberg and nothing of ProximaDB. */
public final class ForeignEngine {
  private final Table table;
  private final Random random;

  public ForeignEngine(CollectionTable collection, Random random) {
    this.table = collection.table();
    this.random = random;
  }

  /** A row of {@link Records#schema()} that is made from its number. */
  public Record row(String id, long number) {
    Record row = GenericRecord.create(table.schema());
    row.setField("id", id);
    row.setField("number", number);
    row.setField("category", number % 7 == 0 ? null : "c" + number % 5);
    List<Float> vector = new ArrayList<>();
    for (float component : Records.vector(number)) {
      vector.add(component);
    }
    row.setField("vector", vector);
    row.setField("_version", 1L);
    row.setField("_updated_at", OffsetDateTime.of(2020, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC));
    return row;
  }

  /** Writes a data file of any format, compression and page version. */
  public DataFile write(List<Record> rows) {
    return new ForeignFiles(table.io(), table.location() + "/data", random)
        .write(table.schema(), rows);
  }

  private OutputFile file(FileFormat format) {
    return table
        .io()
        .newOutputFile(
            table
                .locationProvider()
                .newDataLocation(format.addExtension("00000-0-" + UUID.randomUUID())));
  }

  /** Commits these files as one append. */
  public void append(DataFile... files) {
    table.refresh();
    org.apache.iceberg.AppendFiles append = table.newAppend();
    for (DataFile file : files) {
      append.appendFile(file);
    }
    append.commit();
  }

  /** Writes an equality delete file over these columns. */
  public DeleteFile equalityDelete(List<String> columns, List<Record> rows) {
    Schema schema = table.schema().select(columns);
    List<Integer> ids = columns.stream().map(name -> schema.findField(name).fieldId()).toList();
    try {
      EqualityDeleteWriter<Record> writer =
          random.nextBoolean()
              ? Avro.writeDeletes(file(FileFormat.AVRO))
                  .forTable(table)
                  .rowSchema(schema)
                  .equalityFieldIds(ids)
                  .createWriterFunc(DataWriter::create)
                  .buildEqualityWriter()
              : Parquet.writeDeletes(file(FileFormat.PARQUET))
                  .forTable(table)
                  .rowSchema(schema)
                  .equalityFieldIds(ids)
                  .createWriterFunc(GenericParquetWriter::create)
                  .buildEqualityWriter();
      try (writer) {
        for (Record row : rows) {
          Record key = GenericRecord.create(schema);
          schema.columns().forEach(c -> key.setField(c.name(), row.getField(c.name())));
          writer.write(key);
        }
      }
      return writer.toDeleteFile();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Commits rows and equality deletes at once, as streaming upserts do. */
  public void delta(List<DataFile> added, List<DeleteFile> deletes) {
    table.refresh();
    RowDelta delta = table.newRowDelta();
    added.forEach(delta::addRows);
    deletes.forEach(delta::addDeletes);
    delta.commit();
  }

  /** Deletes rows of a file by position: a vector in format 3, a file of positions in format 2. */
  public void deletePositions(LiveFile file, Collection<Long> positions) {
    table.refresh();
    try {
      if (TableUtil.formatVersion(table) >= 3) {
        deleteByVector(file, positions);
      } else {
        deleteByFile(file, positions);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void deleteByVector(LiveFile file, Collection<Long> positions) throws IOException {
    List<DeleteFile> before =
        file.deletes().stream().filter(d -> d.format() == FileFormat.PUFFIN).toList();
    BaseDVFileWriter writer =
        new BaseDVFileWriter(
            OutputFileFactory.builderFor(table, 0, 0).format(FileFormat.PUFFIN).build(),
            path ->
                before.isEmpty()
                    ? null
                    : new BaseDeleteLoader(delete -> table.io().newInputFile(delete.location()))
                        .loadPositionDeletes(before, path));
    try (writer) {
      positions.forEach(position -> writer.delete(file.location(), position, table.spec(), null));
    }
    DeleteWriteResult result = writer.result();
    RowDelta delta = table.newRowDelta().validateFromSnapshot(table.currentSnapshot().snapshotId());
    result.deleteFiles().forEach(delta::addDeletes);
    result.rewrittenDeleteFiles().forEach(delta::removeDeletes);
    delta.commit();
  }

  private void deleteByFile(LiveFile file, Collection<Long> positions) throws IOException {
    PositionDeleteWriter<Record> writer =
        random.nextBoolean()
            ? Parquet.writeDeletes(file(FileFormat.PARQUET))
                .withSpec(table.spec())
                .buildPositionWriter()
            : Avro.writeDeletes(file(FileFormat.AVRO)).withSpec(table.spec()).buildPositionWriter();
    try (writer) {
      PositionDelete<Record> delete = PositionDelete.create();
      positions.stream()
          .sorted(Comparator.naturalOrder())
          .forEach(position -> writer.write(delete.set(file.location(), position)));
    }
    table.newRowDelta().addDeletes(writer.toDeleteFile()).commit();
  }
}
