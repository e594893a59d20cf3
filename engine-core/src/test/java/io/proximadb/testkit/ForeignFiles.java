package io.proximadb.testkit;

import io.proximadb.model.Row;
import io.proximadb.model.Timestamps;
import io.proximadb.storage.TableContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.avro.Avro;
import org.apache.iceberg.data.GenericRecord;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.avro.DataWriter;
import org.apache.iceberg.data.parquet.GenericParquetWriter;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types.NestedField;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/** Writes data files by Iceberg's own writers, in every encoding they have. */
public final class ForeignFiles {
  private static final List<String> CODECS =
      List.of("uncompressed", "snappy", "gzip", "zstd", "lz4_raw");

  private final FileIO io;
  private final String folder;
  private final Random random;
  private String last = "";

  public ForeignFiles(FileIO io, String folder, Random random) {
    this.io = io;
    this.folder = folder;
    this.random = random;
  }

  /** How the last file was written, for messages. */
  public String last() {
    return last;
  }

  /** A file of any format, compression and page version. */
  public DataFile write(Schema schema, List<Record> rows) {
    return write(random.nextInt(4) == 0 ? FileFormat.AVRO : FileFormat.PARQUET, schema, rows);
  }

  /** A file of that format, of any compression and page version. */
  public DataFile write(FileFormat format, Schema schema, List<Record> rows) {
    Map<String, String> properties = properties();
    last = format + " " + properties;
    OutputFile file =
        io.newOutputFile(folder + "/" + format.addExtension("00000-0-" + UUID.randomUUID()));
    try {
      org.apache.iceberg.io.DataWriter<Record> writer =
          format == FileFormat.AVRO
              ? Avro.writeData(file)
                  .schema(schema)
                  .withSpec(PartitionSpec.unpartitioned())
                  .createWriterFunc(DataWriter::create)
                  .build()
              : Parquet.writeData(file)
                  .schema(schema)
                  .withSpec(PartitionSpec.unpartitioned())
                  .setAll(properties)
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

  private Map<String, String> properties() {
    Map<String, String> properties = new LinkedHashMap<>();
    properties.put("write.parquet.compression-codec", CODECS.get(random.nextInt(CODECS.size())));
    properties.put("write.parquet.page-size-bytes", "" + (200 << random.nextInt(8)));
    properties.put("write.parquet.page-version", random.nextBoolean() ? "v1" : "v2");
    properties.put("write.parquet.row-group-size-bytes", "" + (500 << random.nextInt(12)));
    properties.put("write.parquet.row-group-check-min-record-count", "5");
    properties.put("write.parquet.row-group-check-max-record-count", "5");
    return properties;
  }

  /** A row as Iceberg's generic writers take it. */
  public static Record record(TableContext table, Row row) {
    Record record = GenericRecord.create(table.icebergSchema());
    for (int i = 0; i < table.schema().metadataFields().size(); i++) {
      String name = table.schema().metadataFields().get(i).name();
      record.setField(name, value(table.icebergSchema().findField(name).type(), row.metadata()[i]));
    }
    for (int i = 0; i < table.schema().vectorFields().size(); i++) {
      List<Float> vector = new ArrayList<>();
      for (float component : row.vectors()[i]) {
        vector.add(component);
      }
      record.setField(table.schema().vectorFields().get(i).name(), vector);
    }
    record.setField("id", row.id());
    record.setField("_version", row.version());
    record.setField("_updated_at", time(Timestamps.ofMicros(row.updatedAtMicros())));
    if (row.expiresAtMicros() != Row.NO_EXPIRY) {
      record.setField("expires_at", time(Timestamps.ofMicros(row.expiresAtMicros())));
    }
    return record;
  }

  private static OffsetDateTime time(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }

  private static Object value(Type type, Object value) {
    if (value instanceof List<?> items) {
      List<Object> list = new ArrayList<>();
      items.forEach(item -> list.add(value(type.asListType().elementType(), item)));
      return list;
    }
    if (value instanceof Map<?, ?> fields) {
      Record record = GenericRecord.create(type.asStructType());
      for (NestedField field : type.asStructType().fields()) {
        record.setField(field.name(), value(field.type(), fields.get(field.name())));
      }
      return record;
    }
    if (value instanceof Instant instant) {
      return time(instant);
    }
    return value instanceof byte[] bytes ? ByteBuffer.wrap(bytes) : value;
  }

  /** Two rows of columns {@code key} and {@code title}, as writers outside Iceberg make them. */
  public static void writeWithoutIds(Path path) throws IOException {
    MessageType schema =
        MessageTypeParser.parseMessageType(
            "message m { required binary key (STRING); optional binary title (STRING); }");
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(new LocalOutputFile(path)).withType(schema).build()) {
      SimpleGroupFactory groups = new SimpleGroupFactory(schema);
      for (int i = 0; i < 2; i++) {
        writer.write(groups.newGroup().append("key", "k" + i).append("title", "t" + i));
      }
    }
  }
}
