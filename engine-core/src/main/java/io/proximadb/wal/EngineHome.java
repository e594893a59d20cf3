package io.proximadb.wal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.proximadb.error.CorruptFileException;
import io.proximadb.error.UnavailableException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.io.Disk;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The folder that makes an engine the engine it is: its id, how often it was opened, and a lock so
 * that it is open once.
 *
 * <p>The id stays as long as the folder does; table properties name it. The lock is freed by {@link
 * #close()} or by the death of the process, however it dies.
 */
public final class EngineHome implements AutoCloseable {
  static final String IDENTITY_FILE = "engine.json";
  static final String LOCK_FILE = "engine.lock";

  private static final int FORMAT_VERSION = 1;

  /** Upper bound of the identity file, which has about 150 bytes. */
  private static final int MAX_IDENTITY_BYTES = 64 << 10;

  private static final String WAL_FOLDER = "wal";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final UUID engineId;
  private final long incarnation;
  private final HomeLock lock;

  private record Identity(UUID engineId, long incarnation) {
    String checksum() {
      CRC32C checksum = new CRC32C();
      String text = FORMAT_VERSION + "|" + engineId + "|" + incarnation;
      checksum.update(text.getBytes(StandardCharsets.UTF_8));
      return String.format(Locale.ROOT, "%08x", checksum.getValue());
    }
  }

  private EngineHome(Path folder, Identity identity, HomeLock lock) {
    this.folder = folder;
    this.engineId = identity.engineId();
    this.incarnation = identity.incarnation();
    this.lock = lock;
  }

  /**
   * Locks a home, making it if there is none, and counts its incarnation up, durably.
   *
   * @param address where this engine can be reached, for the error message of another one; any text
   * @throws UnavailableException if another process, or this one, has it open, naming the folder
   *     and who it is; or if the disk fails
   * @throws CorruptFileException if the identity is damaged
   * @throws UnsupportedVersionException if a newer release wrote it
   */
  public static EngineHome open(Disk disk, Path folder, String address) {
    try {
      disk.createDirectories(folder);
      HomeLock lock = HomeLock.acquire(folder, LOCK_FILE, address);
      try {
        Identity identity = advance(disk, folder);
        return new EngineHome(folder, identity, lock);
      } catch (IOException | RuntimeException e) {
        lock.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UnavailableException(
          "Cannot open engine home: the disk failed (folder="
              + folder
              + ", cause="
              + e.getMessage()
              + ")",
          e);
    }
  }

  public Path folder() {
    return folder;
  }

  /** Where this engine's log is. */
  public Path walFolder() {
    return folder.resolve(WAL_FOLDER);
  }

  public UUID engineId() {
    return engineId;
  }

  /** How often the home was opened, this time included. */
  public long incarnation() {
    return incarnation;
  }

  /** Frees the lock. */
  @Override
  public void close() {
    try {
      lock.close();
    } catch (IOException e) {
      throw new UnavailableException(
          "Cannot close engine home: its lock is not freed before this process ends (folder="
              + folder
              + ")",
          e);
    }
  }

  private static Identity advance(Disk disk, Path folder) throws IOException {
    Path file = folder.resolve(IDENTITY_FILE);
    Identity next;
    if (disk.exists(file)) {
      Identity last = read(disk, file);
      next = new Identity(last.engineId(), last.incarnation() + 1);
    } else {
      next = new Identity(UUID.randomUUID(), 1);
    }
    write(disk, folder, next);
    return next;
  }

  private static void write(Disk disk, Path folder, Identity identity) throws IOException {
    ObjectNode json = JSON.createObjectNode();
    json.put("format-version", FORMAT_VERSION);
    json.put("engine-id", identity.engineId().toString());
    json.put("incarnation", identity.incarnation());
    json.put("crc32c", identity.checksum());
    Path temporary = folder.resolve(IDENTITY_FILE + LogFormat.TEMPORARY_SUFFIX);
    disk.delete(temporary);
    try (Disk.Output out = disk.create(temporary)) {
      out.write(StandardCharsets.UTF_8.encode(json.toPrettyString() + "\n"));
      out.sync();
    }
    disk.move(temporary, folder.resolve(IDENTITY_FILE));
    disk.syncDirectory(folder);
  }

  private static Identity read(Disk disk, Path file) throws IOException {
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
    Identity identity = new Identity(engineId, json.path("incarnation").asLong(0));
    String expected = json.path("crc32c").asText();
    if (!expected.equals(identity.checksum())) {
      throw corrupt(file, "checksum differs", expected, identity.checksum(), null);
    }
    return identity;
  }

  private static JsonNode parse(Disk disk, Path file) throws IOException {
    try (SeekableByteChannel in = disk.read(file)) {
      if (in.size() > MAX_IDENTITY_BYTES) {
        throw corrupt(
            file, "too long", "at most " + MAX_IDENTITY_BYTES + " bytes", in.size(), null);
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
