package io.proximadb.wal;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;

/** The Avro schema that records are written with, and the order of its parts. */
final class WalSchemas {
  /** The schema of records of this version. */
  static final Schema RECORD = load("wal-record-v2.avsc");

  /** The schema of records of format 1. */
  private static final Schema RECORD_V1 = load("wal-record-v1.avsc");

  /** The same as it stands in a segment's header. */
  private static final byte[] RECORD_JSON = RECORD.toString().getBytes(StandardCharsets.UTF_8);

  /* Branches of the union in Value, in the schema's order. */
  static final int NULL = 0;
  static final int BOOLEAN = 1;
  static final int INT = 2;
  static final int LONG = 3;
  static final int FLOAT = 4;
  static final int DOUBLE = 5;
  static final int STRING = 6;
  static final int BYTES = 7;
  static final int DATE = 8;
  static final int TIMESTAMP = 9;
  static final int LIST = 10;
  static final int STRUCT = 11;

  /** Branch of an optional long that is given; branch 0 is null. */
  static final int GIVEN = 1;

  /** Upper bound of the nesting of values: both sides recurse. */
  static final int MAX_VALUE_DEPTH = 64;

  /** In the order of the symbols of the schema's enum. */
  private static final List<WalRecord.Operation> OPERATIONS =
      RECORD.getField("operation").schema().getEnumSymbols().stream()
          .map(WalRecord.Operation::valueOf)
          .toList();

  private WalSchemas() {}

  /** The text of a schema for a header. */
  static byte[] toJson(Schema schema) {
    return schema.equals(RECORD) ? RECORD_JSON : schema.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** The schema of a header's text; {@link #RECORD} itself, without parsing, if it is that. */
  static Schema parse(byte[] bytes, int offset, int length) {
    if (Arrays.equals(bytes, offset, offset + length, RECORD_JSON, 0, RECORD_JSON.length)) {
      return RECORD;
    }
    return new Schema.Parser().parse(new String(bytes, offset, length, StandardCharsets.UTF_8));
  }

  /** The reader's schema for segments of a format. */
  static Schema ofFormat(int version) {
    return version == 1 ? RECORD_V1 : RECORD;
  }

  /** The number that stands for an operation. */
  static int symbol(WalRecord.Operation operation) {
    return OPERATIONS.indexOf(operation);
  }

  /** The operation that a number stands for. */
  static WalRecord.Operation operation(int symbol) {
    if (symbol < 0 || symbol >= OPERATIONS.size()) {
      throw new AvroRuntimeException("Unknown operation " + symbol);
    }
    return OPERATIONS.get(symbol);
  }

  /** The operation of a name, those of format 1 included. */
  static WalRecord.Operation operation(String symbol) {
    return switch (symbol) {
      case "UPSERT" -> WalRecord.Operation.UPDATE;
      case "DELETE" -> WalRecord.Operation.SOFT_DELETE;
      default -> WalRecord.Operation.valueOf(symbol);
    };
  }

  private static Schema load(String name) {
    try (InputStream in = WalSchemas.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("Cannot find the log's schema: no resource '" + name + "'");
      }
      return new Schema.Parser().parse(in);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the log's schema '" + name + "'", e);
    }
  }
}
