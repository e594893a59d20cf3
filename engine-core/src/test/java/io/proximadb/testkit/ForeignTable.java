package io.proximadb.testkit;

import io.proximadb.catalog.Warehouse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.PartitionKey;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.RowDelta;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableUtil;
import org.apache.iceberg.avro.Avro;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.InternalRecordWrapper;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.avro.DataWriter;
import org.apache.iceberg.data.parquet.GenericParquetWriter;
import org.apache.iceberg.deletes.BaseDVFileWriter;
import org.apache.iceberg.deletes.EqualityDeleteWriter;
import org.apache.iceberg.deletes.PositionDelete;
import org.apache.iceberg.deletes.PositionDeleteWriter;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.OutputFileFactory;
import org.apache.iceberg.parquet.Parquet;
import org.jspecify.annotations.Nullable;

/** A table of another engine, of any schema, in the catalog of a warehouse. */
public final class ForeignTable {
  private final Table table;

  private ForeignTable(Table table) {
    this.table = table;
  }

  /** Makes a table. */
  public static ForeignTable create(
      Warehouse warehouse, String name, Schema schema, PartitionSpec spec, int formatVersion) {
    TableIdentifier identifier = TableIdentifier.parse(name);
    Namespace namespace = identifier.namespace();
    if (warehouse.icebergCatalog() instanceof SupportsNamespaces namespaces
        && !namespaces.namespaceExists(namespace)) {
      namespaces.createNamespace(namespace);
    }
    return new ForeignTable(
        warehouse
            .icebergCatalog()
            .buildTable(identifier, schema)
            .withPartitionSpec(spec)
            .withProperty("format-version", Integer.toString(formatVersion))
            .create());
  }

  /** The table itself. */
  public Table table() {
    table.refresh();
    return table;
  }

  /** A row of these values, in the order of the table's columns. */
  public Record row(@Nullable Object... values) {
    Record row = GenericRecord.create(table().schema());
    for (int i = 0; i < values.length; i++) {
      row.set(i, values[i]);
    }
    return row;
  }

  /** Appends rows as one file, all of one partition, in one commit. */
  public DataFile append(FileFormat format, Record... rows) {
    return append(format, table().schema(), rows);
  }

  /** The same with a file that has these columns only. */
  public DataFile append(FileFormat format, Schema columns, Record... rows) {
    List<Record> written = new ArrayList<>();
    for (Record row : rows) {
      Record copy = GenericRecord.create(columns);
      columns
          .columns()
          .forEach(column -> copy.setField(column.name(), row.getField(column.name())));
      written.add(copy);
    }
    DataFile file = write(format, columns, partition(rows[0]), written);
    table.newAppend().appendFile(file).commit();
    return file;
  }

  private @Nullable PartitionKey partition(Record row) {
    if (table.spec().isUnpartitioned()) {
      return null;
    }
    PartitionKey key = new PartitionKey(table.spec(), table.schema());
    key.partition(new InternalRecordWrapper(table.schema().asStruct()).wrap(row));
    return key;
  }

  private OutputFile file(FileFormat format) {
    return table
        .io()
        .newOutputFile(
            table
                .locationProvider()
                .newDataLocation(format.addExtension("00000-0-" + UUID.randomUUID())));
  }

  private DataFile write(
      FileFormat format, Schema schema, @Nullable PartitionKey partition, List<Record> rows) {
    try {
      org.apache.iceberg.io.DataWriter<Record> writer =
          format == FileFormat.AVRO
              ? Avro.writeData(file(format))
                  .schema(schema)
                  .withSpec(table.spec())
                  .withPartition(partition)
                  .createWriterFunc(DataWriter::create)
                  .build()
              : Parquet.writeData(file(format))
                  .schema(schema)
                  .withSpec(table.spec())
                  .withPartition(partition)
                  .createWriterFunc(GenericParquetWriter::create)
                  .build();
      try (writer) {
        rows.forEach(writer::write);
      }
      return writer.toDataFile();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Deletes all rows that equal a row in these columns. */
  public void deleteEqual(Record row, String... columns) {
    Schema schema = table().schema().select(columns);
    try {
      EqualityDeleteWriter<Record> writer =
          Parquet.writeDeletes(file(FileFormat.PARQUET))
              .forTable(table)
              .withPartition(partition(row))
              .rowSchema(schema)
              .equalityFieldIds(
                  Arrays.stream(columns).map(name -> schema.findField(name).fieldId()).toList())
              .createWriterFunc(GenericParquetWriter::create)
              .buildEqualityWriter();
      try (writer) {
        Record key = GenericRecord.create(schema);
        schema.columns().forEach(c -> key.setField(c.name(), row.getField(c.name())));
        writer.write(key);
      }
      commit(List.of(writer.toDeleteFile()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Deletes a row of a file: by a vector in format 3, a file of positions in format 2. */
  public void deletePosition(DataFile file, long position) {
    table.refresh();
    try {
      if (TableUtil.formatVersion(table) >= 3) {
        BaseDVFileWriter writer =
            new BaseDVFileWriter(
                OutputFileFactory.builderFor(table, 0, 0).format(FileFormat.PUFFIN).build(),
                path -> null);
        try (writer) {
          writer.delete(file.location(), position, table.spec(), file.partition());
        }
        commit(writer.result().deleteFiles());
        return;
      }
      PositionDeleteWriter<Record> writer =
          Parquet.writeDeletes(file(FileFormat.PARQUET))
              .withSpec(table.spec())
              .withPartition(file.partition())
              .buildPositionWriter();
      try (writer) {
        PositionDelete<Record> delete = PositionDelete.create();
        writer.write(delete.set(file.location(), position));
      }
      commit(List.of(writer.toDeleteFile()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void commit(List<DeleteFile> deletes) {
    RowDelta delta = table.newRowDelta();
    deletes.forEach(delta::addDeletes);
    delta.commit();
  }

  /** Where its metadata is: another place after every commit. */
  public String metadataLocation() {
    table.refresh();
    return ((HasTableOperations) table).operations().current().metadataFileLocation();
  }
}
