package io.proximadb.gateway;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.proximadb.ProximaEngine;
import io.proximadb.maintenance.MaintenanceStats;
import io.proximadb.server.operations.Operations;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * What a server measures of itself: each operation's time by name and outcome, the log,
 * maintenance, the Java virtual machine. Names of collections and keys are no labels: they would
 * have no bound.
 */
final class ServerMetrics implements Operations.Observer {
  /** Bounds of the histogram: from a search in memory to an optimization. */
  private static final Duration[] BUCKETS = {
    Duration.ofNanos(250_000),
    Duration.ofMillis(1),
    Duration.ofMillis(2),
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(25),
    Duration.ofMillis(100),
    Duration.ofSeconds(1),
    Duration.ofSeconds(10)
  };

  private static final String PREFIX = "proximadb.";

  private final MeterRegistry registry;

  ServerMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  /** Measures the engine and the process, too. */
  void watch(ProximaEngine engine) {
    gauge("wal.records", "records written to the log", () -> engine.walStats().records());
    gauge("wal.stored.bytes", "bytes written to the log", () -> engine.walStats().storedBytes());
    gauge("wal.sync.seconds", "time of a sync lately", () -> engine.walStats().syncNanos() / 1e9);
    gauge(
        "wal.read.only",
        "1 if the log takes no more writes",
        () -> engine.walStats().readOnlyBecause().isEmpty() ? 0 : 1);
    gauge("maintenance.running", "steps that run now", () -> engine.maintenanceStats().running());
    gauge(
        "maintenance.steps",
        "steps that did something",
        () -> sum(engine, MaintenanceStats.Totals::steps));
    gauge(
        "maintenance.failures",
        "steps that failed",
        () -> sum(engine, MaintenanceStats.Totals::failures));
    gauge(
        "maintenance.written.bytes",
        "bytes of data files written",
        () -> sum(engine, MaintenanceStats.Totals::bytesWritten));
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
  }

  /** Measures what operations hold open, too. */
  void watch(Operations operations) {
    gauge("scans.open", "scans that are read page by page", operations::openScans);
  }

  private interface Total {
    long of(MaintenanceStats.Totals totals);
  }

  private static long sum(ProximaEngine engine, Total total) {
    return engine.maintenanceStats().works().values().stream().mapToLong(total::of).sum();
  }

  private void gauge(String name, String description, java.util.function.Supplier<Number> value) {
    Gauge.builder(PREFIX + name, value).description(description).register(registry);
  }

  @Override
  public void ended(String name, String outcome, long nanos) {
    Timer.builder(PREFIX + "operation")
        .description("time of an operation by name and outcome")
        .tag("operation", name)
        .tag("outcome", outcome)
        .serviceLevelObjectives(BUCKETS)
        .register(registry)
        .record(nanos, TimeUnit.NANOSECONDS);
  }
}
