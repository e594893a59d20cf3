package io.proximadb.core;

import io.proximadb.api.EngineOptions;
import io.proximadb.axis.AxisMonitoring;
import io.proximadb.mvcc.ColumnCache;
import io.proximadb.mvcc.IndexMemory;
import io.proximadb.wal.EngineSessions;
import io.proximadb.wal.Wal;

/**
 * What the collections of one engine share.
 *
 * @param engineId the engine's identity, from its home
 * @param sessions the sessions its home knows
 * @param options its settings
 * @param wal its log
 * @param versions issues record versions
 * @param columns decoded columns of all segments
 * @param indexes the memory of all indexes
 * @param leases renews what has to be renewed
 * @param axis watches searches
 * @param axisWork decides about indexes in the background
 * @param ticks looks whether flushes are due
 */
record Surroundings(
    String engineId,
    EngineSessions sessions,
    EngineOptions options,
    Wal wal,
    VersionClock versions,
    ColumnCache columns,
    IndexMemory indexes,
    LeaseKeeper leases,
    AxisMonitoring axis,
    AxisWork axisWork,
    FlushTicks ticks) {
  long nowMicros() {
    return options.clock().nowMicros();
  }

  void reached(String step) {
    options.failPoints().reached(step);
  }
}
