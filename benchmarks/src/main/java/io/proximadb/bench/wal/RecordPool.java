package io.proximadb.bench.wal;

import io.proximadb.bench.FashionMnist;
import io.proximadb.model.Row;
import io.proximadb.wal.WalRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;

/**
 * Real records: vectors of Fashion-MNIST, cut or padded around their middle, with an id and three
 * metadata values; as the log takes them, and as the bytes that the log writes for them, which the
 * peer gets as its values.
 */
final class RecordPool {
  /** The schema in the header of each segment. */
  private static final String SCHEMA = "wal-record-v2.avsc";

  private static final UUID TABLE = UUID.fromString("7f0a3e2c-9d41-4b6e-8a57-0c1d2e3f4a5b");
  private static final long FIRST_VERSION = 1_700_000_000_000_000L;
  private static final int VECTOR_FIELD = 5;
  private static final int SPLIT_FIELD = 6;
  private static final int BRIGHTNESS_FIELD = 7;
  private static final int IMAGE_FIELD = 8;

  private final int dimension;
  private final List<List<WalRecord>> units = new ArrayList<>();
  private final List<byte[]> keys = new ArrayList<>();
  private final List<byte[]> encoded = new ArrayList<>();
  private final long bytes;

  private RecordPool(int dimension, float[] images, int count) throws IOException {
    this.dimension = dimension;
    Encoder encoder = new Encoder();
    for (int image = 0; image < count; image++) {
      WalRecord record = record(dimension, images, image);
      units.add(List.of(record));
      keys.add(record.id().getBytes(StandardCharsets.UTF_8));
      encoded.add(encoder.encode(record));
    }
    this.bytes = encoded.stream().mapToLong(value -> value.length).sum();
  }

  /**
   * Makes records.
   *
   * @param images end to end, of {@link FashionMnist#DIMENSION} floats
   * @param maxCount the most records to make
   */
  static RecordPool of(int dimension, float[] images, int maxCount) throws IOException {
    return new RecordPool(
        dimension, images, Math.min(maxCount, images.length / FashionMnist.DIMENSION));
  }

  private static WalRecord record(int dimension, float[] images, int image) {
    float[] vector = new float[dimension];
    // An image is dark at its edges; what is cut off is the edges.
    int skip = (FashionMnist.DIMENSION - dimension) / 2;
    int from = Math.max(skip, 0);
    int to = Math.max(-skip, 0);
    int length = Math.min(dimension, FashionMnist.DIMENSION);
    System.arraycopy(images, image * FashionMnist.DIMENSION + from, vector, to, length);
    double sum = 0;
    for (float value : vector) {
      sum += value;
    }
    return new WalRecord(
        0,
        TABLE,
        1,
        WalRecord.Operation.INSERT,
        "image-" + image,
        FIRST_VERSION + image,
        FIRST_VERSION + image,
        Row.NO_EXPIRY,
        Map.of(VECTOR_FIELD, vector),
        Map.of(SPLIT_FIELD, "train", BRIGHTNESS_FIELD, sum / dimension, IMAGE_FIELD, (long) image),
        0);
  }

  int dimension() {
    return dimension;
  }

  int size() {
    return units.size();
  }

  /** One record, to be appended alone. */
  List<WalRecord> unit(int record) {
    return units.get(record);
  }

  /** A record's id. */
  byte[] key(int record) {
    return keys.get(record);
  }

  /** The bytes that the log writes for a record. */
  byte[] encoded(int record) {
    return encoded.get(record);
  }

  /** Mean bytes of a record in the log. */
  int recordBytes() {
    return (int) (bytes / size());
  }

  /** Records end to end, as in a frame, over and over, as many as fit into so many bytes. */
  byte[] payload(int firstRecord, int maxBytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(maxBytes);
    int record = firstRecord % size();
    while (out.size() + encoded(record).length <= maxBytes) {
      out.writeBytes(encoded(record));
      record = (record + 1) % size();
    }
    return out.toByteArray();
  }

  /** Avro's own encoder, with the log's schema. */
  private static final class Encoder {
    private final Schema schema;
    private final GenericDatumWriter<GenericData.Record> writer;

    Encoder() throws IOException {
      try (InputStream in = WalRecord.class.getResourceAsStream(SCHEMA)) {
        if (in == null) {
          throw new IOException("Cannot find the log's schema: no resource '" + SCHEMA + "'");
        }
        schema = new Schema.Parser().parse(in);
      }
      writer = new GenericDatumWriter<>(schema);
    }

    byte[] encode(WalRecord record) throws IOException {
      GenericData.Record avro = new GenericData.Record(schema);
      ByteBuffer table = ByteBuffer.allocate(2 * Long.BYTES);
      table.putLong(record.tableUuid().getMostSignificantBits());
      table.putLong(record.tableUuid().getLeastSignificantBits());
      avro.put("table", new GenericData.Fixed(field("table"), table.array()));
      avro.put("epoch", record.epoch());
      avro.put(
          "operation", new GenericData.EnumSymbol(field("operation"), record.operation().name()));
      avro.put("id", record.id());
      avro.put("version", record.version());
      avro.put("updatedAtMicros", record.updatedAtMicros());
      avro.put("vectors", vectors(record));
      avro.put("metadata", metadata(record));
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      BinaryEncoder binary = EncoderFactory.get().directBinaryEncoder(out, null);
      writer.write(avro, binary);
      binary.flush();
      return out.toByteArray();
    }

    private GenericData.Array<GenericData.Record> vectors(WalRecord record) {
      Schema array = field("vectors");
      List<GenericData.Record> entries = new ArrayList<>();
      record
          .vectors()
          .forEach(
              (id, vector) -> {
                ByteBuffer values =
                    ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
                values.asFloatBuffer().put(vector);
                entries.add(entry(array, id, "values", values));
              });
      return new GenericData.Array<>(array, entries);
    }

    private GenericData.Array<GenericData.Record> metadata(WalRecord record) {
      Schema array = field("metadata");
      Schema value = array.getElementType().getField("value").schema();
      List<GenericData.Record> entries = new ArrayList<>();
      record
          .metadata()
          .forEach(
              (id, given) -> {
                GenericData.Record wrapped = new GenericData.Record(value);
                wrapped.put("value", given);
                entries.add(entry(array, id, "value", wrapped));
              });
      return new GenericData.Array<>(array, entries);
    }

    private static GenericData.Record entry(Schema array, int id, String name, Object value) {
      GenericData.Record entry = new GenericData.Record(array.getElementType());
      entry.put("field", id);
      entry.put(name, value);
      return entry;
    }

    private Schema field(String name) {
      return schema.getField(name).schema();
    }
  }
}
