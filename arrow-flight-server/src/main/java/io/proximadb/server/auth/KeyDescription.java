package io.proximadb.server.auth;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A key as far as it can be told.
 *
 * @param name its name
 * @param grants what it opens
 * @param createdAt when it was made
 * @param expiresAt from when on it opens nothing; empty if it does not expire
 */
public record KeyDescription(
    String name, List<Grant> grants, Instant createdAt, Optional<Instant> expiresAt) {}
