package io.proximadb.bench.storage;

import io.proximadb.bench.BenchmarkContext;

/**
 * How much is measured.
 *
 * @param sizeRows rows whose bytes on disk are counted, at most
 * @param getRows records that are read by id
 * @param gets reads by id that are timed
 * @param upsertRows records there are when upserts begin
 * @param upserts records that are upserted
 * @param upsertRounds how often that is done, each time in a table of its own
 * @param readRows records that are searched while there is maintenance
 * @param driftRows records of the first distribution; twice as many of the second follow
 * @param coldRows rows of each set that is searched cold, at most
 * @param coldQueries queries, each by an engine that has just been opened
 * @param queries queries that recall is measured by where opening is not part of it
 */
record StoragePlan(
    int sizeRows,
    int getRows,
    int gets,
    int upsertRows,
    int upserts,
    int upsertRounds,
    int readRows,
    int driftRows,
    int coldRows,
    int coldQueries,
    int queries) {
  private static final StoragePlan FULL =
      new StoragePlan(
          100_000, 200_000, 50_000, 1_000_000, 1_000_000, 3, 200_000, 60_000, 200_000, 20, 200);

  private static final StoragePlan SHORT =
      new StoragePlan(3_000, 2_000, 500, 6_000, 6_000, 1, 6_000, 6_000, 6_000, 2, 10);

  /** What a context asks for. */
  static StoragePlan of(BenchmarkContext context) {
    return context.form() == BenchmarkContext.Form.SHORT ? SHORT : FULL;
  }
}
