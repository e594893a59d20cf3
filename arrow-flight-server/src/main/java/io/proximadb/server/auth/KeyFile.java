package io.proximadb.server.auth;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.proximadb.error.CorruptFileException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.UnsupportedVersionException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The file of a server's keys: JSON, readable by its owner alone, replaced whole.
 *
 * <pre>{@code
 * {"version": 2,
 *  "keys": [{"name": "admin", "sha256": "<hex>", "createdAt": "<ISO-8601>", "expiresAt": "<ISO-8601>",
 *            "grants": [{"namespace": "*", "collection": "*", "role": "ADMIN"}]}]}
 * }</pre>
 *
 * <p>{@code expiresAt} is left out for keys that do not expire. Version 1 had no grants; its keys
 * are administrators of everything.
 */
final class KeyFile {
  private static final int VERSION = 2;
  private static final int SHA256_BYTES = 32;
  private static final ObjectMapper JSON = new ObjectMapper();

  private KeyFile() {}

  /**
   * Reads a file.
   *
   * @throws CorruptFileException if it is not what this class writes
   * @throws UnsupportedVersionException if a newer version wrote it
   */
  static List<StoredKey> read(Path file) throws IOException {
    JsonNode root = parse(file);
    int version = root.path("version").asInt();
    if (version > VERSION) {
      throw new UnsupportedVersionException(
          "Unsupported key file '" + file + "': v" + version + " (supported: v" + VERSION + ")");
    }
    List<StoredKey> keys = new ArrayList<>();
    for (JsonNode key : root.path("keys")) {
      try {
        keys.add(key(key, version));
      } catch (IllegalArgumentException | DateTimeException | InvalidArgumentException e) {
        throw new CorruptFileException(
            "Invalid key file '" + file + "': key " + keys.size() + " is not a key with its hash",
            e);
      }
    }
    if (keys.isEmpty()) {
      throw new CorruptFileException(
          "Invalid key file '"
              + file
              + "': no keys (delete it to have a new admin key made at the next start)");
    }
    return List.copyOf(keys);
  }

  private static JsonNode parse(Path file) throws IOException {
    try {
      return JSON.readTree(Files.readAllBytes(file));
    } catch (JsonProcessingException e) {
      e.clearLocation();
      throw new CorruptFileException("Invalid key file '" + file + "': not JSON", e);
    }
  }

  private static StoredKey key(JsonNode key, int version) {
    byte[] sha256 = HexFormat.of().parseHex(key.path("sha256").asText());
    if (sha256.length != SHA256_BYTES) {
      throw new IllegalArgumentException("a hash of " + sha256.length + " bytes");
    }
    List<Grant> grants = new ArrayList<>();
    for (JsonNode grant : key.path("grants")) {
      grants.add(
          new Grant(
              grant.path("namespace").asText(),
              grant.path("collection").asText(),
              Role.valueOf(grant.path("role").asText())));
    }
    return new StoredKey(
        key.path("name").asText(),
        sha256,
        version == 1 ? List.of(Grant.everything(Role.ADMIN)) : grants,
        Instant.parse(key.path("createdAt").asText()),
        expiry(key));
  }

  private static @Nullable Instant expiry(JsonNode key) {
    return key.hasNonNull("expiresAt") ? Instant.parse(key.path("expiresAt").asText()) : null;
  }

  /** Writes a file that is not there; false if another process was faster. */
  static boolean create(Path file, List<StoredKey> keys) throws IOException {
    Path draft = draft(file, keys);
    try {
      Files.move(draft, file);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  /** Writes a file in the place of the one that is there. */
  static void replace(Path file, List<StoredKey> keys) throws IOException {
    Path draft = draft(file, keys);
    try {
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  private static Path draft(Path file, List<StoredKey> keys) throws IOException {
    ObjectNode root = JSON.createObjectNode().put("version", VERSION);
    ArrayNode list = root.putArray("keys");
    keys.forEach(key -> add(list.addObject(), key));
    Path folder =
        Objects.requireNonNull(file.toAbsolutePath().getParent(), "a file is in a folder");
    Files.createDirectories(folder);
    Path draft = Files.createTempFile(folder, "keys", ".tmp", ownerOnly(folder));
    try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
      ByteBuffer bytes =
          ByteBuffer.wrap(JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(root));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    return draft;
  }

  private static void add(ObjectNode node, StoredKey key) {
    node.put("name", key.name())
        .put("sha256", HexFormat.of().formatHex(key.sha256()))
        .put("createdAt", key.createdAt().toString());
    if (key.expiresAt() != null) {
      node.put("expiresAt", key.expiresAt().toString());
    }
    ArrayNode grants = node.putArray("grants");
    for (Grant grant : key.grants()) {
      grants
          .addObject()
          .put("namespace", grant.namespace())
          .put("collection", grant.collection())
          .put("role", grant.role().name());
    }
  }

  private static FileAttribute<?>[] ownerOnly(Path folder) {
    boolean posix = folder.getFileSystem().supportedFileAttributeViews().contains("posix");
    return posix
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }
}
