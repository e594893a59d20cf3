package io.proximadb.maintenance;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What maintenance did since the engine was opened.
 *
 * @param paused whether it is paused
 * @param running steps that run now
 * @param works by kind
 */
public record MaintenanceStats(
    boolean paused, int running, Map<MaintenanceWork.Kind, Totals> works) {
  public MaintenanceStats {
    works = Map.copyOf(works);
  }

  /**
   * Sums over all collections.
   *
   * @param steps that did something
   * @param failures steps that failed
   * @param busyMicros time in steps, those that found nothing to do included, in microseconds
   * @param bytesRead of data files
   * @param bytesWritten to data files
   * @param rowsRemoved rows that are physically gone, or swept
   * @param filesRemoved files that are physically gone
   * @param lastError message of the last failure; null if there was none
   */
  public record Totals(
      long steps,
      long failures,
      long busyMicros,
      long bytesRead,
      long bytesWritten,
      long rowsRemoved,
      long filesRemoved,
      @Nullable String lastError) {
    static final Totals ZERO = new Totals(0, 0, 0, 0, 0, 0, 0, null);

    Totals plus(MaintenanceResult result, long micros) {
      return new Totals(
          steps + (result.done() ? 1 : 0),
          failures,
          busyMicros + micros,
          bytesRead + result.bytesRead(),
          bytesWritten + result.bytesWritten(),
          rowsRemoved + result.rowsRemoved(),
          filesRemoved + result.filesRemoved(),
          lastError);
    }

    Totals failed(String error, long micros) {
      return new Totals(
          steps,
          failures + 1,
          busyMicros + micros,
          bytesRead,
          bytesWritten,
          rowsRemoved,
          filesRemoved,
          error);
    }
  }
}
