package io.proximadb.server.auth;

import io.proximadb.error.AlreadyExistsException;
import io.proximadb.error.CorruptFileException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.error.ProximaException;
import io.proximadb.error.ResourceExhaustedException;
import io.proximadb.error.UnavailableException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.model.CollectionName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys that open a server. A key is 256 random bits, so its SHA-256, by the platform's own
 * implementation, is all that has to be kept: nobody can search for what it came from, and a copy
 * of the file opens nothing. A slow hash is for passwords, which people choose; here it would only
 * let callers without a key keep the server busy.
 *
 * <p>Changes are in the file when they return, and hold at once. A file that another process
 * changed is read again within {@link #LOOK_INTERVAL}. Safe for use by several threads.
 */
public final class ApiKeys {
  private static final Logger LOG = LoggerFactory.getLogger(ApiKeys.class);

  /** What every key begins with, so that scanners for leaked secrets can know it. */
  public static final String KEY_PREFIX = "pxk_";

  /** Name of the key that the first start makes. */
  public static final String ADMIN = "admin";

  /** Most keys of a server: each call is compared with all of them. */
  public static final int MAX_KEYS = 1_000;

  /** Most grants of a key. */
  public static final int MAX_GRANTS = 100;

  /** Longest time for which a key opens after it was rotated. */
  public static final Duration MAX_OVERLAP = Duration.ofDays(7);

  /** How old the last look at the file may be. */
  public static final Duration LOOK_INTERVAL = Duration.ofSeconds(1);

  private static final int KEY_BYTES = 32;
  private static final String SCHEME = "bearer ";

  private final Path file;
  private final InstantSource clock;
  private final AtomicLong lastLookNanos = new AtomicLong();
  private volatile State state;

  /** What was read, and from which file. */
  private record State(List<StoredKey> keys, FileTime modified, long bytes) {}

  private ApiKeys(Path file, InstantSource clock) throws IOException {
    this.file = file;
    this.clock = clock;
    this.state = load();
    lastLookNanos.set(System.nanoTime());
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
   * A key that was made.
   *
   * @param key in clear; it is not to be had again
   * @param description the rest
   */
  public record Created(String key, KeyDescription description) {
    /** Without the key. */
    @Override
    public String toString() {
      return "Created[key=<hidden>, description=" + description + "]";
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
    return open(file, InstantSource.system());
  }

  /** The same by another clock. */
  public static Opened open(Path file, InstantSource clock) {
    try {
      if (Files.exists(file)) {
        return new Opened(new ApiKeys(file, clock), Optional.empty());
      }
      String key = newKey();
      StoredKey admin =
          new StoredKey(
              ADMIN, sha256(key), List.of(Grant.everything(Role.ADMIN)), clock.instant(), null);
      boolean made = KeyFile.create(file, List.of(admin));
      return new Opened(new ApiKeys(file, clock), made ? Optional.of(key) : Optional.empty());
    } catch (IOException e) {
      throw unavailable("open", file, e);
    }
  }

  private static UnavailableException unavailable(String verb, Path file, IOException e) {
    return new UnavailableException(
        "Cannot " + verb + " key file '" + file + "': " + e.getMessage(), e);
  }

  /**
   * Who a call comes from. The time it takes depends on the number of keys alone.
   *
   * @param header what stands in {@code authorization}; null if there is no such header
   * @throws AccessException if that is no key, none of ours, or one that has expired
   */
  public Caller authenticate(@Nullable String header) {
    if (header == null || !header.toLowerCase(Locale.ROOT).startsWith(SCHEME)) {
      throw AccessException.unauthenticated(
          "no API key (expected the header 'authorization: Bearer <key>')");
    }
    look();
    byte[] hash = sha256(header.substring(SCHEME.length()).strip());
    StoredKey found = null;
    for (StoredKey key : state.keys()) {
      if (MessageDigest.isEqual(key.sha256(), hash)) {
        found = key;
      }
    }
    if (found == null) {
      throw AccessException.unauthenticated("unknown API key (expected one of this server)");
    }
    if (found.isExpired(clock.instant())) {
      throw AccessException.unauthenticated(
          "expired API key (expected one that is valid; an administrator can make it)");
    }
    return new Caller(found.name(), found.grants());
  }

  /** The keys that open something, by name. */
  public List<KeyDescription> list() {
    look();
    Instant now = clock.instant();
    return state.keys().stream()
        .filter(key -> !key.isExpired(now))
        .map(StoredKey::description)
        .sorted((a, b) -> a.name().compareTo(b.name()))
        .toList();
  }

  /**
   * Makes a key.
   *
   * @param expiresAt from when on it opens nothing, or null if it is not to expire
   * @throws AlreadyExistsException if there is one of that name
   */
  public Created create(String name, List<Grant> grants, @Nullable Instant expiresAt) {
    if (!CollectionName.isName(name)) {
      throw new InvalidArgumentException(
          "Invalid name of a key: '" + name + "' (expected [A-Za-z][A-Za-z0-9_]{0,127})");
    }
    if (grants.isEmpty() || grants.size() > MAX_GRANTS) {
      throw new InvalidArgumentException(
          "Invalid number of grants: " + grants.size() + " (expected 1 to " + MAX_GRANTS + ")");
    }
    Instant now = clock.instant();
    if (expiresAt != null && !expiresAt.isAfter(now)) {
      throw new InvalidArgumentException(
          "Invalid expiry: " + expiresAt + " (expected a time after " + now + ")");
    }
    String key = newKey();
    StoredKey stored = new StoredKey(name, sha256(key), grants, now, expiresAt);
    change(
        keys -> {
          if (keys.stream().anyMatch(each -> each.name().equals(name))) {
            throw new AlreadyExistsException(
                "Cannot create key '" + name + "': it exists already (expected a new name)");
          }
          List<StoredKey> more = new ArrayList<>(keys);
          more.add(stored);
          return more;
        });
    return new Created(key, stored.description());
  }

  /**
   * Makes a key of the same name and grants; the old ones go on for a while.
   *
   * @param overlap for which old keys of that name still open
   * @throws NotFoundException if there is none of that name
   */
  public Created rotate(String name, Duration overlap) {
    if (overlap.isNegative() || overlap.compareTo(MAX_OVERLAP) > 0) {
      throw new InvalidArgumentException(
          "Invalid overlap: " + overlap + " (expected 0 to " + MAX_OVERLAP + ")");
    }
    String key = newKey();
    Instant now = clock.instant();
    StoredKey[] made = new StoredKey[1];
    change(
        keys -> {
          StoredKey newest =
              keys.stream()
                  .filter(each -> each.name().equals(name))
                  .reduce((first, second) -> second)
                  .orElseThrow(() -> noSuchKey("rotate", name));
          made[0] = new StoredKey(name, sha256(key), newest.grants(), now, newest.expiresAt());
          List<StoredKey> changed = new ArrayList<>();
          for (StoredKey each : keys) {
            changed.add(each.name().equals(name) ? each.endingAt(now.plus(overlap)) : each);
          }
          changed.add(made[0]);
          return changed;
        });
    return new Created(key, made[0].description());
  }

  /**
   * Ends all keys of a name at once.
   *
   * @throws NotFoundException if there is none of that name
   * @throws InvalidArgumentException if nobody could manage keys any more
   */
  public void revoke(String name) {
    change(
        keys -> {
          List<StoredKey> fewer = keys.stream().filter(key -> !key.name().equals(name)).toList();
          if (fewer.size() == keys.size()) {
            throw noSuchKey("revoke", name);
          }
          // One that expires some day does not count: from then on nobody could make another.
          if (fewer.stream().noneMatch(ApiKeys::isLastingAdmin)
              && (keys.stream().anyMatch(ApiKeys::isLastingAdmin)
                  || fewer.stream().noneMatch(ApiKeys::isAdmin))) {
            throw new InvalidArgumentException(
                "Cannot revoke key '"
                    + name
                    + "': it is the last administrator that does not expire (expected another"
                    + " one first)");
          }
          return fewer;
        });
  }

  private static boolean isAdmin(StoredKey key) {
    return key.grants().contains(Grant.everything(Role.ADMIN));
  }

  private static boolean isLastingAdmin(StoredKey key) {
    return isAdmin(key) && key.expiresAt() == null;
  }

  private static NotFoundException noSuchKey(String verb, String name) {
    return new NotFoundException(
        "Cannot " + verb + " key '" + name + "': there is none of that name");
  }

  /**
   * Changes the file and what is served; keys that have expired are dropped on the way. Whoever
   * else changes the file waits meanwhile, in this process or in another one.
   */
  private synchronized void change(Function<List<StoredKey>, List<StoredKey>> change) {
    try (KeyFileLock lock = KeyFileLock.acquire(file)) {
      assert lock != null;
      Instant now = clock.instant();
      List<StoredKey> present = load().keys().stream().filter(key -> !key.isExpired(now)).toList();
      List<StoredKey> changed = change.apply(present);
      if (changed.size() > MAX_KEYS) {
        throw new ResourceExhaustedException(
            "Cannot create key: there are " + present.size() + " (limit=" + MAX_KEYS + ")");
      }
      KeyFile.replace(file, changed);
      state = load();
    } catch (IOException e) {
      throw unavailable("change", file, e);
    }
  }

  private State load() throws IOException {
    FileTime modified = Files.getLastModifiedTime(file);
    long bytes = Files.size(file);
    return new State(KeyFile.read(file), modified, bytes);
  }

  /** Reads the file again if it is another one; keeps what it has if that cannot be read. */
  private void look() {
    long last = lastLookNanos.get();
    long now = System.nanoTime();
    if (now - last < LOOK_INTERVAL.toNanos() || !lastLookNanos.compareAndSet(last, now)) {
      return;
    }
    State known = state;
    try {
      if (!Files.getLastModifiedTime(file).equals(known.modified())
          || Files.size(file) != known.bytes()) {
        synchronized (this) {
          state = load();
        }
        LOG.info("Key file '{}' was read again: {} keys", file, state.keys().size());
      }
    } catch (IOException | ProximaException e) {
      LOG.error("Cannot read key file '{}' again, the keys stay as they were", file, e);
    }
  }

  private static String newKey() {
    byte[] random = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(random);
    return KEY_PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(random);
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
