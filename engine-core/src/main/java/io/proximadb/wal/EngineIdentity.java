package io.proximadb.wal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.proximadb.error.CorruptFileException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.io.Disk;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What an engine's home says about the engine: a JSON file with a checksum over its values.
 *
 * <p>Version 1 has no sessions. It is read, and the next write makes it version 2.
 */
record EngineIdentity(UUID engineId, long incarnation, EngineSessions sessions) {
  static final String FILE = "engine.json";

  private static final int FORMAT_VERSION = 2;
  private static final int VERSION_WITHOUT_SESSIONS = 1;

  /** Upper bound of the file: {@link EngineSessions#MAX_SESSIONS} lines take a third of it. */
  private static final int MAX_BYTES = 1 << 20;

  private static final ObjectMapper JSON = new ObjectMapper();

  /** The identity of the next time that the home is opened. */
  EngineIdentity next() {
    return new EngineIdentity(engineId, incarnation + 1, sessions.begin(incarnation + 1));
  }

  private String checksum(int version) {
    CRC32C checksum = new CRC32C();
    String text = version + "|" + engineId + "|" + incarnation;
    if (version > VERSION_WITHOUT_SESSIONS) {
      text += "|" + String.join(",", sessions.texts());
    }
    checksum.update(text.getBytes(StandardCharsets.UTF_8));
    return String.format(Locale.ROOT, "%08x", checksum.getValue());
  }

  /** Takes the place of the identity before, durably and as a whole. */
  void write(Disk disk, Path folder) throws IOException {
    ObjectNode json = JSON.createObjectNode();
    json.put("format-version", FORMAT_VERSION);
    json.put("engine-id", engineId.toString());
    json.put("incarnation", incarnation);
    ArrayNode array = json.putArray("sessions");
    sessions.texts().forEach(array::add);
    json.put("crc32c", checksum(FORMAT_VERSION));
    Path temporary = folder.resolve(FILE + LogFormat.TEMPORARY_SUFFIX);
    disk.delete(temporary);
    try (Disk.Output out = disk.create(temporary)) {
      out.write(StandardCharsets.UTF_8.encode(json.toPrettyString() + "\n"));
      out.sync();
    }
    disk.move(temporary, folder.resolve(FILE));
    disk.syncDirectory(folder);
  }

  /**
   * Reads a home's identity.
   *
   * @throws CorruptFileException if it is damaged
   * @throws UnsupportedVersionException if a newer release wrote it
   */
  static EngineIdentity read(Disk disk, Path file) throws IOException {
    JsonNode json = parse(disk, file);
    int version = json.path("format-version").asInt(0);
    if (version > FORMAT_VERSION) {
      throw new UnsupportedVersionException(
          "Unsupported engine identity: v"
              + version
              + " (supported: v"
              + FORMAT_VERSION
              + ", file="
              + file
              + ")");
    }
    String id = json.path("engine-id").asText();
    UUID engineId;
    try {
      engineId = UUID.fromString(id);
    } catch (IllegalArgumentException e) {
      throw corrupt(file, "engine-id is no UUID", "a UUID", id, e);
    }
    EngineIdentity identity =
        new EngineIdentity(engineId, json.path("incarnation").asLong(0), sessions(json, file));
    String expected = json.path("crc32c").asText();
    if (!expected.equals(identity.checksum(version))) {
      throw corrupt(file, "checksum differs", expected, identity.checksum(version), null);
    }
    return identity;
  }

  private static EngineSessions sessions(JsonNode json, Path file) {
    List<String> texts = new ArrayList<>();
    json.path("sessions").forEach(node -> texts.add(node.asText()));
    EngineSessions sessions = EngineSessions.parse(texts);
    if (sessions == null) {
      throw corrupt(file, "bad sessions", "ascending sessions", texts.size() + " others", null);
    }
    return sessions;
  }

  private static JsonNode parse(Disk disk, Path file) throws IOException {
    try (SeekableByteChannel in = disk.read(file)) {
      if (in.size() > MAX_BYTES) {
        throw corrupt(file, "too long", "at most " + MAX_BYTES + " bytes", in.size(), null);
      }
      ByteBuffer bytes = ByteBuffer.allocate((int) in.size());
      while (bytes.hasRemaining()) {
        if (in.read(bytes) < 0) {
          throw new EOFException("File got shorter while it was read (file=" + file + ")");
        }
      }
      JsonNode json = JSON.readTree(bytes.array());
      if (!json.isObject()) {
        throw corrupt(file, "no JSON object", "an object", json.getNodeType(), null);
      }
      return json;
    } catch (JsonProcessingException e) {
      throw corrupt(file, "no JSON", "an object", "text that is none", e);
    }
  }

  private static CorruptFileException corrupt(
      Path file, String what, Object expected, Object found, @Nullable Throwable cause) {
    return new CorruptFileException(
        "Cannot read engine identity: "
            + what
            + " (file="
            + file
            + ", offset=0, expected="
            + expected
            + ", found="
            + found
            + ")",
        cause);
  }
}
