package io.proximadb.server.auth;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.proximadb.error.CorruptFileException;
import io.proximadb.error.UnavailableException;
import io.proximadb.error.UnsupportedVersionException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The keys that open a server. A key is 256 random bits, so its SHA-256 is all that has to be kept:
 * nobody can search for what it came from, and a copy of the file opens nothing.
 *
 * <p>The file is JSON: {@code {"version": 1, "keys": [{"name", "sha256", "createdAt"}]}}, readable
 * by its owner alone. Immutable once loaded; safe for use by several threads.
 */
public final class ApiKeys {
  /** What every key begins with, so that scanners for leaked secrets can know it. */
  public static final String KEY_PREFIX = "pxk_";

  /** Name of the key that the first start makes. */
  public static final String ADMIN = "admin";

  private static final int KEY_BYTES = 32;
  private static final int FILE_VERSION = 1;
  private static final ObjectMapper JSON = new ObjectMapper();

  @SuppressWarnings("ArrayRecordComponent") // never compared as a record
  private record StoredKey(String name, byte[] sha256) {}

  private final List<StoredKey> keys;

  private ApiKeys(List<StoredKey> keys) {
    this.keys = keys;
  }

  /**
   * What opening a key file gave.
   *
   * @param keys the keys
   * @param newAdminKey the admin key in clear, if this call made the file; it is not to be had
   *     again
   */
  public record Opened(ApiKeys keys, Optional<String> newAdminKey) {
    /** Says whether there is a new key, not which. */
    @Override
    public String toString() {
      return "Opened[newAdminKey=" + (newAdminKey.isPresent() ? "<hidden>" : "none") + "]";
    }
  }

  /**
   * Loads a key file, or makes it with one admin key if it is not there.
   *
   * @throws CorruptFileException if the file is not what this class writes
   * @throws UnsupportedVersionException if a newer version wrote it
   * @throws UnavailableException if it cannot be read or written
   */
  public static Opened open(Path file) {
    try {
      if (Files.exists(file)) {
        return new Opened(load(file), Optional.empty());
      }
      byte[] random = new byte[KEY_BYTES];
      new SecureRandom().nextBytes(random);
      String key = KEY_PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(random);
      return create(file, key)
          ? new Opened(load(file), Optional.of(key))
          : new Opened(load(file), Optional.empty());
    } catch (IOException e) {
      throw new UnavailableException("Cannot open key file '" + file + "': " + e.getMessage(), e);
    }
  }

  /**
   * The name of a key, if it is one of ours. The time it takes depends on the number of keys alone.
   */
  public Optional<String> authenticate(String presented) {
    byte[] hash = sha256(presented);
    Optional<String> name = Optional.empty();
    for (StoredKey key : keys) {
      if (MessageDigest.isEqual(key.sha256(), hash)) {
        name = Optional.of(key.name());
      }
    }
    return name;
  }

  private static ApiKeys load(Path file) throws IOException {
    JsonNode root = parse(file);
    if (root.path("version").asInt() > FILE_VERSION) {
      throw new UnsupportedVersionException(
          "Unsupported key file '"
              + file
              + "': v"
              + root.path("version").asInt()
              + " (supported: v"
              + FILE_VERSION
              + ")");
    }
    List<StoredKey> keys = new ArrayList<>();
    for (JsonNode key : root.path("keys")) {
      try {
        keys.add(
            new StoredKey(
                key.path("name").asText(), HexFormat.of().parseHex(key.path("sha256").asText())));
      } catch (IllegalArgumentException e) {
        throw new CorruptFileException(
            "Invalid key file '" + file + "': key " + keys.size() + " has no SHA-256 in hex", e);
      }
    }
    if (keys.isEmpty()) {
      throw new CorruptFileException(
          "Invalid key file '"
              + file
              + "': no keys (delete it to have a new admin key made at the next start)");
    }
    return new ApiKeys(List.copyOf(keys));
  }

  private static JsonNode parse(Path file) throws IOException {
    try {
      return JSON.readTree(Files.readAllBytes(file));
    } catch (JsonProcessingException e) {
      e.clearLocation();
      throw new CorruptFileException("Invalid key file '" + file + "': not JSON", e);
    }
  }

  /** Writes a file with one key; false if another process was faster. */
  private static boolean create(Path file, String key) throws IOException {
    ObjectNode root = JSON.createObjectNode().put("version", FILE_VERSION);
    root.putArray("keys")
        .addObject()
        .put("name", ADMIN)
        .put("sha256", HexFormat.of().formatHex(sha256(key)))
        .put("createdAt", Instant.now().toString());
    Path folder =
        Objects.requireNonNull(file.toAbsolutePath().getParent(), "a file is in a folder");
    Files.createDirectories(folder);
    Path draft = Files.createTempFile(folder, "keys", ".tmp", ownerOnly(folder));
    try {
      try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
        ByteBuffer bytes = ByteBuffer.wrap(JSON.writeValueAsBytes(root));
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      }
      Files.move(draft, file);
      return true;
    } catch (FileAlreadyExistsException e) {
      return false;
    } finally {
      Files.deleteIfExists(draft);
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

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
