package io.proximadb.bench.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/** What parquet-java makes of ids and vectors with its defaults and zstd. */
final class ZstdParquet {
  static final String PEER = "parquet-java, zstd";

  private static final MessageType SCHEMA =
      MessageTypeParser.parseMessageType(
          "message row { required binary id (STRING);"
              + " required group vector (LIST) { repeated group list { required float element; } }"
              + " }");

  private ZstdParquet() {}

  /** Writes a set into a file; returns its bytes. */
  static long write(Path file, VectorSet set) throws IOException {
    SimpleGroupFactory rows = new SimpleGroupFactory(SCHEMA);
    Configuration configuration = new Configuration(false);
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(new org.apache.hadoop.fs.Path(file.toUri()))
            .withConf(configuration)
            .withType(SCHEMA)
            .withCompressionCodec(CompressionCodecName.ZSTD)
            .withWriteMode(ParquetFileWriter.Mode.OVERWRITE)
            .build()) {
      for (int row = 0; row < set.count(); row++) {
        Group group = rows.newGroup().append("id", BenchCollection.id(row));
        Group list = group.addGroup("vector");
        for (float value : set.row(row)) {
          list.addGroup("list").append("element", value);
        }
        writer.write(group);
      }
    }
    return Files.size(file);
  }
}
