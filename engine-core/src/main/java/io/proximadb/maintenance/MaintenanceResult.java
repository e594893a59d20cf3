package io.proximadb.maintenance;

/**
 * What a step of maintenance did.
 *
 * @param done false if there was nothing to do
 * @param more true if there is more to do at once
 * @param bytesRead of data files
 * @param bytesWritten to data files
 * @param rowsRemoved rows that are physically gone, or swept
 * @param filesRemoved files that are physically gone
 * @param what in words, for logs; empty if nothing was done
 */
public record MaintenanceResult(
    boolean done,
    boolean more,
    long bytesRead,
    long bytesWritten,
    long rowsRemoved,
    long filesRemoved,
    String what) {
  /** There was nothing to do. */
  public static final MaintenanceResult NOTHING =
      new MaintenanceResult(false, false, 0, 0, 0, 0, "");
}
