package io.proximadb.axis;

/** What the collections of one engine share to be watched. */
public final class AxisMonitoring implements AutoCloseable {
  private final AxisOptions options;
  private final RecallChecks checks;

  /** Of all collections: what is measured of one corrects what is predicted of others. */
  private final AdaptiveIndexEngine decisions = new AdaptiveIndexEngine();

  public AxisMonitoring(AxisOptions options) {
    this.options = options;
    this.checks = RecallChecks.inBackground(options.checkShare());
  }

  /**
   * Watches a collection.
   *
   * @param checkable false if its files are far away, so that an exact check would be a download
   * @param exact answers checks
   * @param alone answers by one strategy, for comparisons
   */
  public AxisIndexManager manager(boolean checkable, ExactSearch exact, ShadowSearch alone) {
    boolean checked = checkable && options.checkShare() > 0;
    return new AxisIndexManager(
        new PerformanceMonitor(
            options.monitoring(),
            checked ? options.checkBytes() : PerformanceMonitor.NOT_CHECKED,
            checks,
            exact,
            alone,
            System::nanoTime),
        decisions);
  }

  /** Ends all checks; before collections are closed. */
  @Override
  public void close() {
    checks.close();
  }
}
