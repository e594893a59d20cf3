package io.proximadb.wal;

import java.util.UUID;

/**
 * Who writes a log.
 *
 * @param engineId the engine
 * @param incarnation which open of its home
 * @param epoch grows each time the log is fenced in its mirror; 0 without a mirror
 */
record LogOwner(UUID engineId, long incarnation, long epoch) {}
