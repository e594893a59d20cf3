package io.proximadb.api;

import io.proximadb.env.Clock;
import io.proximadb.env.FailPoints;
import io.proximadb.env.Secrets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Settings of an engine. Immutable.
 *
 * @param catalog properties of the Iceberg catalog, see {@code io.proximadb.catalog.Warehouse};
 *     {@code warehouse} alone gives the embedded default
 * @param home folder of the engine's log and identity, or null for {@code
 *     <warehouse>/_proximadb/engine}; one running engine for each
 * @param flushBytes a memtable is flushed when it holds that many bytes
 * @param flushMaxAge a memtable is flushed when its oldest record is that old
 * @param refreshInterval reads look for commits of other writers when the last look is that old
 * @param address what other engines are told when they ask who owns a collection
 * @param clock the time
 * @param failPoints for tests
 */
public record EngineOptions(
    Map<String, String> catalog,
    @Nullable Path home,
    long flushBytes,
    Duration flushMaxAge,
    Duration refreshInterval,
    String address,
    Clock clock,
    FailPoints failPoints) {
  /** 64 MB: a flush then writes files worth having while a replay stays under a second. */
  public static final long DEFAULT_FLUSH_BYTES = 64L << 20;

  public static final Duration DEFAULT_FLUSH_MAX_AGE = Duration.ofSeconds(30);

  /** A look costs one catalog query, a tenth of a millisecond on the embedded catalog. */
  public static final Duration DEFAULT_REFRESH_INTERVAL = Duration.ofMillis(100);

  public EngineOptions {
    catalog = Map.copyOf(catalog);
  }

  /** Without credentials. */
  @Override
  public String toString() {
    return "EngineOptions[catalog="
        + Secrets.hide(catalog)
        + ", home="
        + home
        + ", flushBytes="
        + flushBytes
        + ", flushMaxAge="
        + flushMaxAge
        + ", refreshInterval="
        + refreshInterval
        + ", address="
        + address
        + "]";
  }

  /** The embedded default over a warehouse folder. */
  public static EngineOptions local(Path warehouse) {
    return of(Map.of("warehouse", warehouse.toAbsolutePath().normalize().toString()));
  }

  /** Any catalog, by its properties. */
  public static EngineOptions of(Map<String, String> catalog) {
    return new EngineOptions(
        catalog,
        null,
        DEFAULT_FLUSH_BYTES,
        DEFAULT_FLUSH_MAX_AGE,
        DEFAULT_REFRESH_INTERVAL,
        "",
        Clock.system(),
        FailPoints.NONE);
  }

  /** The home that was set, if one was. */
  public Optional<Path> homeFolder() {
    return Optional.ofNullable(home);
  }

  public EngineOptions withHome(Path folder) {
    return new EngineOptions(
        catalog, folder, flushBytes, flushMaxAge, refreshInterval, address, clock, failPoints);
  }

  public EngineOptions withFlush(long bytes, Duration maxAge) {
    return new EngineOptions(
        catalog, home, bytes, maxAge, refreshInterval, address, clock, failPoints);
  }

  public EngineOptions withRefreshInterval(Duration interval) {
    return new EngineOptions(
        catalog, home, flushBytes, flushMaxAge, interval, address, clock, failPoints);
  }

  public EngineOptions withAddress(String newAddress) {
    return new EngineOptions(
        catalog, home, flushBytes, flushMaxAge, refreshInterval, newAddress, clock, failPoints);
  }

  public EngineOptions withClock(Clock newClock) {
    return new EngineOptions(
        catalog, home, flushBytes, flushMaxAge, refreshInterval, address, newClock, failPoints);
  }

  public EngineOptions withFailPoints(FailPoints points) {
    return new EngineOptions(
        catalog, home, flushBytes, flushMaxAge, refreshInterval, address, clock, points);
  }

  /** Adds or replaces one catalog property. */
  public EngineOptions withCatalogProperty(String key, String value) {
    Map<String, String> merged = new HashMap<>(catalog);
    merged.put(key, value);
    return new EngineOptions(
        merged, home, flushBytes, flushMaxAge, refreshInterval, address, clock, failPoints);
  }
}
