package io.proximadb.maintenance;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.env.Clock;
import io.proximadb.env.FailPoints;

/**
 * What maintenance works on.
 *
 * @param table a handle of its own, not shared with readers or other writers
 * @param clock the time
 * @param failPoints for tests
 */
public record MaintenanceScope(CollectionTable table, Clock clock, FailPoints failPoints) {}
