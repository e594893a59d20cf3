package io.proximadb.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.proximadb.model.Row;
import io.proximadb.wal.WalInspection;
import io.proximadb.wal.WalInspection.Codec;
import io.proximadb.wal.WalInspection.Segment;
import io.proximadb.wal.WalRecord;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What is in a log as JSON. */
final class WalJson {
  private static final ObjectMapper JSON = new ObjectMapper();

  private WalJson() {}

  /**
   * A record in one line. Times are in ISO 8601, bytes in Base64, columns under their Iceberg field
   * ids.
   *
   * @param values true for the values of vectors, false for their lengths
   */
  static String record(WalRecord record, boolean values) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("sequence", record.sequence());
    json.put("table", record.tableUuid().toString());
    json.put("epoch", record.epoch());
    json.put("operation", record.operation().name());
    if (record.operation() == WalRecord.Operation.FLUSH) {
      json.put("flushedSequence", record.flushedSequence());
      return text(json, false);
    }
    json.put("id", record.id());
    json.put("version", record.version());
    json.put("updatedAt", time(record.updatedAtMicros()));
    if (record.expiresAtMicros() != Row.NO_EXPIRY) {
      json.put("expiresAt", time(record.expiresAtMicros()));
    }
    if (record.operation().givesRow()) {
      Map<String, Object> vectors = new LinkedHashMap<>();
      new TreeMap<>(record.vectors())
          .forEach((field, vector) -> vectors.put("" + field, values ? vector : vector.length));
      json.put("vectors", vectors);
      Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
      new TreeMap<>(record.metadata())
          .forEach((field, value) -> metadata.put("" + field, value(value)));
      json.put("metadata", metadata);
    }
    return text(json, false);
  }

  private static String time(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS).toString();
  }

  private static @Nullable Object value(@Nullable Object value) {
    if (value instanceof byte[] bytes) {
      return Base64.getEncoder().encodeToString(bytes);
    }
    if (value instanceof Instant || value instanceof LocalDate) {
      return value.toString();
    }
    if (value instanceof List<?> list) {
      List<@Nullable Object> items = new ArrayList<>();
      list.forEach(item -> items.add(value(item)));
      return items;
    }
    if (value instanceof Map<?, ?> map) {
      Map<String, @Nullable Object> fields = new LinkedHashMap<>();
      map.forEach((name, item) -> fields.put(String.valueOf(name), value(item)));
      return fields;
    }
    return value;
  }

  /** All of a log but its records. */
  static String inspection(WalInspection log) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("sound", log.sound());
    json.put("folder", log.folder().toString());
    json.put("home", string(log.home()));
    json.put("engineId", string(log.engineId()));
    json.put("incarnation", log.incarnation() < 0 ? null : log.incarnation());
    json.put("running", !log.runningBy().isEmpty());
    json.put("runningBy", log.runningBy());
    List<Object> directories = new ArrayList<>();
    for (WalInspection.Directory directory : log.directories()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("path", directory.path().toString());
      one.put("layout", directory.layout());
      one.put("listed", directory.listed());
      one.put("missing", directory.missing());
      directories.add(one);
    }
    json.put("directories", directories);
    json.put("releasedSequence", log.released());
    json.put("firstSequence", log.firstSequence());
    json.put("lastSequence", log.lastSequence());
    json.put("durableSequence", log.durableSequence());
    json.put("gaps", log.gaps());
    json.put("givenUp", log.givenUp());
    json.put("segments", log.segments().stream().map(WalJson::segment).toList());
    List<Object> tables = new ArrayList<>();
    for (WalInspection.Table table : log.tables()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("uuid", table.uuid().toString());
      one.put("operations", new TreeMap<>(table.operations()));
      one.put("lastSequence", table.lastSequence());
      one.put("flushedSequence", table.flushedSequence());
      tables.add(one);
    }
    json.put("tables", tables);
    json.put("refusal", log.refusal());
    json.put("actions", log.actions());
    json.put("notes", log.notes());
    return text(json, true);
  }

  private static Map<String, @Nullable Object> segment(Segment segment) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("files", segment.files().stream().map(Path::toString).toList());
    json.put("size", segment.size());
    json.put("state", segment.state());
    json.put("format", segment.format());
    json.put("engineId", string(segment.engineId()));
    json.put("incarnation", segment.incarnation());
    json.put("epoch", segment.epoch());
    json.put("stripe", segment.stripe());
    json.put("stripes", segment.stripes());
    json.put("firstSequence", segment.firstSequence());
    json.put("lastSequence", segment.lastSequence());
    json.put("durableSequence", segment.durableSequence());
    json.put("frames", segment.frames());
    json.put("records", segment.records());
    Map<String, Object> codecs = new LinkedHashMap<>();
    for (var codec : segment.codecs().entrySet()) {
      Codec used = codec.getValue();
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("frames", used.frames());
      one.put("plainBytes", used.plainBytes());
      one.put("storedBytes", used.storedBytes());
      codecs.put(codec.getKey().name(), one);
    }
    json.put("codecs", codecs);
    json.put("tornTail", segment.tornTail());
    List<Object> damage = new ArrayList<>();
    for (WalInspection.Damage part : segment.damage()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("file", part.file().toString());
      one.put("offset", part.offset());
      one.put("bytes", part.bytes());
      one.put("what", part.what());
      one.put("expected", part.expected());
      one.put("found", part.found());
      damage.add(one);
    }
    json.put("damage", damage);
    return json;
  }

  private static @Nullable String string(@Nullable Object value) {
    return value == null ? null : value.toString();
  }

  private static String text(Object json, boolean pretty) {
    try {
      return pretty
          ? JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json)
          : JSON.writeValueAsString(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Cannot write JSON", e);
    }
  }
}
