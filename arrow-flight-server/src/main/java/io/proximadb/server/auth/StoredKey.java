package io.proximadb.server.auth;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A key as it is kept.
 *
 * @param name which keys of one rotation share
 * @param sha256 of the key
 * @param grants what it opens
 * @param createdAt when it was made
 * @param expiresAt from when on it opens nothing, or null if it does not expire
 */
@SuppressWarnings("ArrayRecordComponent") // never compared as a record
record StoredKey(
    String name,
    byte[] sha256,
    List<Grant> grants,
    Instant createdAt,
    @Nullable Instant expiresAt) {
  StoredKey {
    grants = List.copyOf(grants);
  }

  boolean isExpired(Instant now) {
    return expiresAt != null && !now.isBefore(expiresAt);
  }

  /** The same, ending at that time if it does not end before. */
  StoredKey endingAt(Instant time) {
    boolean earlier = expiresAt != null && expiresAt.isBefore(time);
    return new StoredKey(name, sha256, grants, createdAt, earlier ? expiresAt : time);
  }

  KeyDescription description() {
    return new KeyDescription(name, grants, createdAt, Optional.ofNullable(expiresAt));
  }

  /** Without the hash. */
  @Override
  public String toString() {
    return description().toString();
  }
}
