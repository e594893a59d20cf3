package io.proximadb.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.UnsupportedVersionException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32C;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs of releases to come, written here by Avro itself. */
class WalSchemaEvolutionTest {
  private static final String OURS = WalSchemas.RECORD.toString();

  @TempDir Path folder;

  @Test
  void unknownFieldsOfANewerWriterAreIgnored() throws Exception {
    Schema newer =
        new Schema.Parser()
            .parse(
                OURS.replace(
                        "{\"name\":\"epoch\",\"type\":\"long\"}",
                        "{\"name\":\"trace\",\"type\":[\"null\",\"string\"],\"default\":null},"
                            + "{\"name\":\"epoch\",\"type\":\"long\"}")
                    .replace(
                        "{\"name\":\"values\",\"type\":\"bytes\"}",
                        "{\"name\":\"values\",\"type\":\"bytes\"},"
                            + "{\"name\":\"note\",\"type\":\"string\",\"default\":\"\"}"));
    assertThat(newer.getField("trace")).isNotNull();
    GenericRecord record = record(newer, "UPDATE");
    record.put("trace", "who sent it");
    GenericData.Array<GenericRecord> vectors = array(newer, "vectors");
    GenericRecord vector = new GenericData.Record(vectors.getSchema().getElementType());
    vector.put("field", 4);
    vector.put("values", ByteBuffer.wrap(new byte[] {0, 0, (byte) 0x80, 0x3F}));
    vector.put("note", "unknown to us");
    vectors.add(vector);
    record.put("vectors", vectors);
    write(newer, record, record);
    try (WalFixture.Opened log = WalFixture.open(WalFixture.LOCAL, folder)) {
      assertThat(log.records()).hasSize(2);
      WalRecord read = log.records().get(1);
      assertThat(read.sequence()).isEqualTo(2);
      assertThat(read.tableUuid()).isEqualTo(WalFixture.TABLE);
      assertThat(read.epoch()).isEqualTo(11);
      assertThat(read.id()).isEqualTo("from the future");
      assertThat(read.vectors().get(4)).containsExactly(1f);
    }
  }

  @Test
  void operationsWeDoNotKnowAreRefused() throws Exception {
    Schema newer =
        new Schema.Parser()
            .parse(
                OURS.replace(
                    "[\"INSERT\",\"UPDATE\",\"SOFT_DELETE\",\"SET_TTL\",\"REMOVE_TTL\",\"FLUSH\"]",
                    "[\"TRUNCATE\"]"));
    write(newer, record(newer, "TRUNCATE"));
    assertThatThrownBy(() -> WalFixture.open(WalFixture.LOCAL, folder))
        .isInstanceOf(UnsupportedVersionException.class)
        .hasMessageContaining("wal-00000000000000000001.log")
        .hasMessageContaining("v2");
  }

  @Test
  void newerFormatsAreToldFromDamage() throws Exception {
    write(WalSchemas.RECORD, record(WalSchemas.RECORD, "SOFT_DELETE"));
    Path segment = WalFixture.segments(folder).get(0);
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(segment)).order(ByteOrder.LITTLE_ENDIAN);
    int length = bytes.getInt(LogFormat.HEADER_LENGTH_OFFSET);
    bytes.putInt(LogFormat.HEADER_VERSION_OFFSET, 3);
    CRC32C checksum = new CRC32C();
    checksum.update(bytes.array(), 0, length - LogFormat.CHECKSUM_BYTES);
    bytes.putInt(length - LogFormat.CHECKSUM_BYTES, (int) checksum.getValue());
    Files.write(segment, bytes.array());
    assertThatThrownBy(() -> WalFixture.open(WalFixture.LOCAL, folder))
        .isInstanceOf(UnsupportedVersionException.class)
        .hasMessageContaining("v3 (supported: v1 to v2");
  }

  private static GenericRecord record(Schema schema, String operation) {
    GenericRecord record = new GenericData.Record(schema);
    ByteBuffer table = ByteBuffer.allocate(16);
    table.putLong(WalFixture.TABLE.getMostSignificantBits());
    table.putLong(WalFixture.TABLE.getLeastSignificantBits());
    record.put("table", new GenericData.Fixed(schema.getField("table").schema(), table.array()));
    record.put("epoch", 11L);
    record.put(
        "operation", new GenericData.EnumSymbol(schema.getField("operation").schema(), operation));
    record.put("id", "from the future");
    record.put("version", 1L);
    record.put("updatedAtMicros", 2L);
    record.put("vectors", array(schema, "vectors"));
    record.put("metadata", array(schema, "metadata"));
    return record;
  }

  private static GenericData.Array<GenericRecord> array(Schema schema, String field) {
    return new GenericData.Array<>(schema.getField(field).schema(), List.of());
  }

  /** A segment of one frame. */
  private void write(Schema schema, GenericRecord... records) throws IOException {
    ByteArrayOutputStream payload = new ByteArrayOutputStream();
    BinaryEncoder out = EncoderFactory.get().binaryEncoder(payload, null);
    GenericDatumWriter<GenericRecord> writer = new GenericDatumWriter<>(schema);
    for (GenericRecord record : records) {
      writer.write(record, out);
    }
    out.flush();
    int length = payload.size();
    ByteBuffer frame =
        ByteBuffer.allocate(LogFormat.FRAME_HEADER_BYTES + length).order(ByteOrder.LITTLE_ENDIAN);
    frame.putInt(LogFormat.FRAME_MAGIC).putInt(length).putInt(0).putInt(0);
    frame.putLong(0).putLong(1).putInt(records.length).putInt(length).put(payload.toByteArray());
    CRC32C checksum = LogFrame.checksum(42, length);
    checksum.update(frame.array(), LogFormat.FRAME_FLAGS_OFFSET, frame.capacity() - 12);
    frame.putInt(LogFormat.FRAME_CHECKSUM_OFFSET, (int) checksum.getValue());
    ByteArrayOutputStream segment = new ByteArrayOutputStream();
    segment.write(
        LogHeader.encode(new LogOwner(WalFixture.ENGINE, 1, 0), 1, 42, 0, 1, schema).array());
    segment.write(frame.array());
    Files.write(LogFormat.segment(folder, 1), segment.toByteArray());
  }
}
