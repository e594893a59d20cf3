package io.proximadb.wal;

import java.util.UUID;

/**
 * Whose log something is.
 *
 * @param engineId the engine
 * @param incarnation the highest open of its home that left a trace; the next one is higher
 */
public record LogIdentity(UUID engineId, long incarnation) {}
