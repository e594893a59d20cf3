package io.proximadb.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.generic.IndexedRecord;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetReaders;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.parquet.Parquet;
import org.apache.iceberg.types.Types;

/**
 * Looks for what is left of records of {@link Records} in every file below some folders: in the
 * bytes as they are, and in what Avro and Parquet files say when they are decoded.
 *
 * <p>Ids and numbers must be such as nothing else is.
 */
public final class Traces {
  private static final byte[] AVRO = {'O', 'b', 'j', 1};
  private static final byte[] PARQUET = {'P', 'A', 'R', '1'};

  private final Set<String> ids;
  private final Set<ByteBuffer> numbers = new HashSet<>();
  private final List<byte[]> patterns = new ArrayList<>();

  /**
   * Of these records, whatever their versions were.
   *
   * @param numbers of all versions that they ever had
   */
  public Traces(Collection<String> ids, Collection<Long> numbers) {
    this.ids = Set.copyOf(ids);
    ids.forEach(id -> patterns.add(id.getBytes(StandardCharsets.UTF_8)));
    for (long number : numbers) {
      ByteBuffer vector =
          ByteBuffer.allocate(Records.DIMENSION * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      for (float component : Records.vector(number)) {
        vector.putFloat(component);
      }
      patterns.add(vector.array());
      ByteBuffer bound = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      this.numbers.add(bound.putLong(0, number));
    }
  }

  /** One line for each file that holds a trace. */
  public List<String> in(Path... roots) {
    List<String> found = new ArrayList<>();
    for (Path root : roots) {
      try (Stream<Path> walk = Files.walk(root)) {
        for (Path file : walk.filter(Files::isRegularFile).toList()) {
          String trace = in(file);
          if (trace != null) {
            found.add(file + ": " + trace);
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return found;
  }

  private String in(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    for (byte[] pattern : patterns) {
      if (contains(bytes, pattern)) {
        return "bytes of '" + new String(pattern, StandardCharsets.UTF_8) + "'";
      }
    }
    if (startsWith(bytes, AVRO)) {
      return inAvro(file);
    }
    return startsWith(bytes, PARQUET) ? inParquet(file) : null;
  }

  private static boolean startsWith(byte[] bytes, byte[] magic) {
    return bytes.length > 8 && ByteBuffer.wrap(bytes, 0, 4).equals(ByteBuffer.wrap(magic));
  }

  private static boolean contains(byte[] bytes, byte[] pattern) {
    for (int i = 0; i + pattern.length <= bytes.length; i++) {
      int matched = 0;
      while (matched < pattern.length && bytes[i + matched] == pattern[matched]) {
        matched++;
      }
      if (matched == pattern.length) {
        return true;
      }
    }
    return false;
  }

  private String inAvro(Path file) throws IOException {
    try (DataFileReader<GenericRecord> reader =
        new DataFileReader<>(file.toFile(), new GenericDatumReader<>())) {
      for (GenericRecord record : reader) {
        String trace = inValue(record);
        if (trace != null) {
          return "Avro " + trace;
        }
      }
    }
    return null;
  }

  private String inValue(Object value) {
    if (value instanceof IndexedRecord record) {
      for (int i = 0; i < record.getSchema().getFields().size(); i++) {
        String trace = inValue(record.get(i));
        if (trace != null) {
          return record.getSchema().getFields().get(i).name() + "." + trace;
        }
      }
    } else if (value instanceof Collection<?> items) {
      for (Object item : items) {
        String trace = inValue(item);
        if (trace != null) {
          return trace;
        }
      }
    } else if (value instanceof Map<?, ?> map) {
      return inValue(map.values());
    } else if (value instanceof CharSequence text) {
      return ids.stream().anyMatch(id -> text.toString().contains(id)) ? "text " + text : null;
    } else if (value instanceof ByteBuffer bytes) {
      String text = StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
      boolean found = numbers.contains(bytes) || ids.stream().anyMatch(text::contains);
      return found ? "bytes " + text : null;
    } else if (value instanceof Long number) {
      ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      return numbers.contains(bytes.putLong(0, number)) ? "number " + number : null;
    }
    return null;
  }

  /** Files of other engines are compressed. */
  private String inParquet(Path file) throws IOException {
    Schema schema = new Schema(Types.NestedField.optional(1, "id", Types.StringType.get()));
    org.apache.iceberg.io.InputFile input = org.apache.iceberg.Files.localInput(file.toFile());
    try (CloseableIterable<Record> rows =
        Parquet.read(input)
            .project(schema)
            .createReaderFunc(type -> GenericParquetReaders.buildReader(schema, type))
            .build()) {
      for (Record row : rows) {
        Object id = row.getField("id");
        if (id != null && ids.contains(id.toString())) {
          return "Parquet row of " + id;
        }
      }
    }
    return null;
  }
}
