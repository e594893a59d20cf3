package io.proximadb.wal;

import io.proximadb.model.Row;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericFixed;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.jspecify.annotations.Nullable;

/**
 * Reads records of another writer's schema by Avro's rules of resolution: unknown fields are
 * skipped, missing ones take their default. Slower than {@link StraightRecordDecoder}.
 */
final class ResolvingRecordDecoder implements RecordDecoder {
  private final GenericDatumReader<GenericRecord> reader;
  private @Nullable BinaryDecoder reused;

  ResolvingRecordDecoder(int formatVersion, Schema writer) {
    this.reader = new GenericDatumReader<>(writer, WalSchemas.ofFormat(formatVersion));
  }

  @Override
  public void start(byte[] bytes, int offset, int length) {
    reused = DecoderFactory.get().binaryDecoder(bytes, offset, length, reused);
  }

  @Override
  public boolean atEnd() throws IOException {
    return in().isEnd();
  }

  @Override
  public WalRecord next(long sequence) throws IOException {
    GenericRecord record = reader.read(null, in());
    ByteBuffer table = ByteBuffer.wrap(((GenericFixed) record.get("table")).bytes());
    Long expiresAt = (Long) record.get("expiresAtMicros");
    return new WalRecord(
        sequence,
        new UUID(table.getLong(), table.getLong()),
        (Long) record.get("epoch"),
        WalSchemas.operation(record.get("operation").toString()),
        record.get("id").toString(),
        (Long) record.get("version"),
        (Long) record.get("updatedAtMicros"),
        expiresAt == null ? Row.NO_EXPIRY : expiresAt,
        vectors(record),
        metadata(record),
        flushedSequence(record));
  }

  /** Format 1 has no such field. */
  private static long flushedSequence(GenericRecord record) {
    Long flushed = record.hasField("flushedSequence") ? (Long) record.get("flushedSequence") : null;
    return flushed == null ? 0 : flushed;
  }

  private BinaryDecoder in() {
    if (reused == null) {
      throw new IllegalStateException("No payload was started");
    }
    return reused;
  }

  private static Map<Integer, float[]> vectors(GenericRecord record) {
    Map<Integer, float[]> vectors = new LinkedHashMap<>();
    for (Object item : (List<?>) record.get("vectors")) {
      GenericRecord entry = (GenericRecord) item;
      vectors.put(
          (Integer) entry.get("field"), RecordValues.floats((ByteBuffer) entry.get("values")));
    }
    return Collections.unmodifiableMap(vectors);
  }

  private static Map<Integer, @Nullable Object> metadata(GenericRecord record) {
    Map<Integer, @Nullable Object> metadata = new LinkedHashMap<>();
    for (Object item : (List<?>) record.get("metadata")) {
      GenericRecord entry = (GenericRecord) item;
      metadata.put((Integer) entry.get("field"), value(entry.get("value"), 0));
    }
    return Collections.unmodifiableMap(metadata);
  }

  /** The Java value of a generic {@code Value} record. */
  private static @Nullable Object value(Object wrapped, int depth) {
    RecordValues.checkDepth(depth);
    Object value = ((GenericRecord) wrapped).get("value");
    if (value instanceof CharSequence text) {
      return text.toString();
    }
    if (value instanceof ByteBuffer bytes) {
      return RecordValues.bytes(bytes);
    }
    return value instanceof GenericRecord record ? structured(record, depth) : value;
  }

  private static Object structured(GenericRecord record, int depth) {
    String kind = record.getSchema().getName();
    switch (kind) {
      case "Date":
        return LocalDate.ofEpochDay((Integer) record.get("days"));
      case "Timestamp":
        return RecordValues.instant((Long) record.get("micros"));
      case "ListValue":
        List<@Nullable Object> items = new ArrayList<>();
        for (Object item : (List<?>) record.get("items")) {
          items.add(value(item, depth + 1));
        }
        return items;
      case "StructValue":
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        for (Object item : (List<?>) record.get("fields")) {
          GenericRecord field = (GenericRecord) item;
          fields.put(field.get("name").toString(), value(field.get("value"), depth + 1));
        }
        return fields;
      default:
        throw new AvroRuntimeException("Unknown kind of value " + kind);
    }
  }
}
