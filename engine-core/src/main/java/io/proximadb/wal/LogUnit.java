package io.proximadb.wal;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.ResourceExhaustedException;
import io.proximadb.model.Row;
import java.time.Instant;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Records appended together, encoded: the grain of atomicity.
 *
 * <p>Encoding needs no number, because a record's number follows from its position; so callers
 * encode side by side and only numbering is done one at a time.
 */
final class LogUnit {
  private static final long MICROS_PER_SECOND = 1_000_000;
  private static final int NANOS_PER_MICRO = 1_000;

  /**
   * Of a record without its id, vectors and metadata: a UUID, and eleven numbers of a byte to ten.
   */
  private static final int RECORD_BYTES = 80;

  /** Of a vector without its floats: two numbers of up to five bytes. */
  private static final int VECTOR_BYTES = 10;

  private final byte[] bytes;
  private final int length;
  private final int records;
  private final Map<UUID, Integer> lastRecordByTable;
  private long firstSequence;

  /**
   * Records that are encoded already.
   *
   * @param length how many of the bytes count
   */
  LogUnit(byte[] bytes, int length, int records, Map<UUID, Integer> lastRecordByTable) {
    this.bytes = bytes;
    this.length = length;
    this.records = records;
    this.lastRecordByTable = lastRecordByTable;
  }

  /**
   * Encodes records.
   *
   * @throws InvalidArgumentException if there are none, or a value is of a class the log does not
   *     know
   * @throws ResourceExhaustedException if they take more bytes than allowed
   */
  static LogUnit encode(List<WalRecord> records, int maxBytes) {
    if (records.isEmpty()) {
      throw new InvalidArgumentException(
          "Cannot append to the log: no records (expected at least 1)");
    }
    AvroOutput out = new AvroOutput(expectedBytes(records), maxBytes);
    Map<UUID, Integer> lastByTable = new HashMap<>();
    int position = 0;
    for (WalRecord record : records) {
      write(record, out);
      // A flush mark is only a note: it keeps no segment.
      if (record.operation() != WalRecord.Operation.FLUSH) {
        lastByTable.put(record.tableUuid(), position);
      }
      position++;
    }
    if (out.size() > maxBytes) {
      throw new ResourceExhaustedException(
          "Cannot append to the log: the records of one write take more than its limit allows"
              + " (records="
              + records.size()
              + ", bytes="
              + out.size()
              + ", limit="
              + maxBytes
              + ", name=MAX_UNIT_BYTES)");
    }
    return new LogUnit(out.array(), out.size(), records.size(), lastByTable);
  }

  /** What records with ASCII ids and no metadata take at most; more is grown into. */
  private static long expectedBytes(List<WalRecord> records) {
    long bytes = 0;
    for (WalRecord record : records) {
      bytes += RECORD_BYTES + record.id().length();
      for (float[] vector : record.vectors().values()) {
        bytes += VECTOR_BYTES + (long) Float.BYTES * vector.length;
      }
    }
    return bytes;
  }

  byte[] bytes() {
    return bytes;
  }

  /** How many of {@link #bytes()} count. */
  int length() {
    return length;
  }

  int records() {
    return records;
  }

  /** Position in this unit of each table's last record that needs keeping. */
  Map<UUID, Integer> lastRecordByTable() {
    return lastRecordByTable;
  }

  /** Numbers the records; called once, under the lock of the queue that publishes the unit. */
  void number(long first) {
    firstSequence = first;
  }

  long firstSequence() {
    return firstSequence;
  }

  long lastSequence() {
    return firstSequence + records - 1;
  }

  private static void write(WalRecord record, AvroOutput out) {
    UUID table = record.tableUuid();
    out.writeUuid(table.getMostSignificantBits(), table.getLeastSignificantBits());
    out.writeLong(record.epoch());
    out.writeLong(WalSchemas.symbol(record.operation()));
    out.writeString(record.id());
    out.writeLong(record.version());
    out.writeLong(record.updatedAtMicros());
    if (record.expiresAtMicros() == Row.NO_EXPIRY) {
      out.writeLong(WalSchemas.NULL);
    } else {
      out.writeLong(WalSchemas.GIVEN);
      out.writeLong(record.expiresAtMicros());
    }
    out.startItems(record.vectors().size());
    record
        .vectors()
        .forEach(
            (field, vector) -> {
              out.writeLong(field);
              out.writeFloats(vector);
            });
    out.endItems();
    out.startItems(record.metadata().size());
    record
        .metadata()
        .forEach(
            (field, value) -> {
              out.writeLong(field);
              writeValue(value, out, 0);
            });
    out.endItems();
    if (record.flushedSequence() == 0) {
      out.writeLong(WalSchemas.NULL);
    } else {
      out.writeLong(WalSchemas.GIVEN);
      out.writeLong(record.flushedSequence());
    }
  }

  private static void writeValue(@Nullable Object value, AvroOutput out, int depth) {
    if (depth > WalSchemas.MAX_VALUE_DEPTH) {
      throw new InvalidArgumentException(
          "Cannot append to the log: a value is nested too deep (expected at most "
              + WalSchemas.MAX_VALUE_DEPTH
              + " levels)");
    }
    if (value == null) {
      out.writeLong(WalSchemas.NULL);
    } else if (value instanceof Boolean bit) {
      out.writeLong(WalSchemas.BOOLEAN);
      out.writeBoolean(bit);
    } else if (value instanceof Integer number) {
      out.writeLong(WalSchemas.INT);
      out.writeLong(number);
    } else if (value instanceof Long number) {
      out.writeLong(WalSchemas.LONG);
      out.writeLong(number);
    } else if (value instanceof Float number) {
      out.writeLong(WalSchemas.FLOAT);
      out.writeFloat(number);
    } else if (value instanceof Double number) {
      out.writeLong(WalSchemas.DOUBLE);
      out.writeDouble(number);
    } else if (value instanceof String text) {
      out.writeLong(WalSchemas.STRING);
      out.writeString(text);
    } else {
      writeOther(value, out, depth);
    }
  }

  private static void writeOther(Object value, AvroOutput out, int depth) {
    if (value instanceof byte[] bytes) {
      out.writeLong(WalSchemas.BYTES);
      out.writeBytes(bytes);
    } else if (value instanceof LocalDate date) {
      out.writeLong(WalSchemas.DATE);
      out.writeLong(days(date));
    } else if (value instanceof Instant instant) {
      out.writeLong(WalSchemas.TIMESTAMP);
      out.writeLong(micros(instant));
    } else if (value instanceof List<?> items) {
      out.writeLong(WalSchemas.LIST);
      out.startItems(items.size());
      items.forEach(item -> writeValue(item, out, depth + 1));
      out.endItems();
    } else if (value instanceof Map<?, ?> fields) {
      out.writeLong(WalSchemas.STRUCT);
      out.startItems(fields.size());
      fields.forEach(
          (name, field) -> {
            out.writeString(String.valueOf(name));
            writeValue(field, out, depth + 1);
          });
      out.endItems();
    } else {
      throw new InvalidArgumentException(
          "Cannot append to the log: a value of class "
              + value.getClass().getName()
              + " (expected one of io.proximadb.model.FieldType)");
    }
  }

  private static int days(LocalDate date) {
    try {
      return Math.toIntExact(date.toEpochDay());
    } catch (ArithmeticException e) {
      throw new InvalidArgumentException(
          "Cannot append to the log: date " + date + " (expected days since 1970 in 32 bits)", e);
    }
  }

  private static long micros(Instant instant) {
    try {
      return Math.addExact(
          Math.multiplyExact(instant.getEpochSecond(), MICROS_PER_SECOND),
          instant.getNano() / NANOS_PER_MICRO);
    } catch (ArithmeticException e) {
      throw new InvalidArgumentException(
          "Cannot append to the log: "
              + instant
              + " (expected an instant whose microseconds since 1970 fit 64 bits)",
          e);
    }
  }
}
