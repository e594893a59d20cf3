package io.proximadb.testkit;

import io.proximadb.io.LocalFileIO;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.LocationProvider;
import org.apache.iceberg.jdbc.JdbcCatalog;

/**
 * The embedded catalog, some of whose commits fail, or end without saying how. SQLite below does
 * not wait for the disk: processes that use this catalog do not die.
 */
public final class FaultyCatalog extends JdbcCatalog {
  /** How a commit ends. */
  public enum Fault {
    /** It is refused, as one that lost a race. */
    REFUSED,
    /** It passes, and the answer is lost. */
    UNKNOWN_PASSED,
    /** It does not, and the answer is lost. */
    UNKNOWN_NOT_PASSED
  }

  /** Which commits end how; safe for use by several threads. */
  public static final class Plan {
    private final Map<Integer, Fault> faults = new ConcurrentHashMap<>();
    private final AtomicInteger commits = new AtomicInteger();
    private final AtomicInteger happened = new AtomicInteger();

    /** The n-th commit, counted from 1, ends so. */
    public Plan at(int nth, Fault fault) {
      faults.put(nth, fault);
      return this;
    }

    /** How many commits did not end well. */
    public int happened() {
      return happened.get();
    }

    @Override
    public String toString() {
      return "commits that fail: " + faults;
    }
  }

  private static final Map<String, Plan> PLANS = new ConcurrentHashMap<>();

  private Plan plan = new Plan();

  /** Made by Iceberg. */
  public FaultyCatalog() {}

  /** Properties of a catalog in a folder, whose commits go by a plan. */
  public static Map<String, String> properties(Path warehouse, Plan plan) {
    PLANS.put(warehouse.toString(), plan);
    Map<String, String> properties = new HashMap<>();
    properties.put(CatalogProperties.WAREHOUSE_LOCATION, warehouse.toString());
    properties.put(CatalogProperties.CATALOG_IMPL, FaultyCatalog.class.getName());
    properties.put(
        CatalogProperties.URI,
        "jdbc:sqlite:" + warehouse.resolve("catalog.db") + "?journal_mode=MEMORY&synchronous=OFF");
    properties.put("jdbc.schema-version", "V1");
    properties.put(CatalogProperties.FILE_IO_IMPL, LocalFileIO.class.getName());
    return properties;
  }

  @Override
  public void initialize(String name, Map<String, String> properties) {
    String warehouse = properties.get(CatalogProperties.WAREHOUSE_LOCATION);
    plan = PLANS.getOrDefault(warehouse, new Plan());
    super.initialize(name, properties);
  }

  @Override
  protected TableOperations newTableOps(TableIdentifier identifier) {
    return new FaultyOperations(super.newTableOps(identifier), plan);
  }

  private record FaultyOperations(TableOperations target, Plan plan) implements TableOperations {
    @Override
    public void commit(TableMetadata base, TableMetadata metadata) {
      Fault fault = plan.faults.get(plan.commits.incrementAndGet());
      if (fault == null) {
        target.commit(base, metadata);
        return;
      }
      plan.happened.incrementAndGet();
      if (fault == Fault.REFUSED) {
        throw new CommitFailedException("The catalog is busy");
      }
      if (fault == Fault.UNKNOWN_PASSED) {
        target.commit(base, metadata);
      }
      throw new CommitStateUnknownException(new IllegalStateException("connection lost"));
    }

    @Override
    public TableMetadata current() {
      return target.current();
    }

    @Override
    public TableMetadata refresh() {
      return target.refresh();
    }

    @Override
    public FileIO io() {
      return target.io();
    }

    @Override
    public String metadataFileLocation(String fileName) {
      return target.metadataFileLocation(fileName);
    }

    @Override
    public LocationProvider locationProvider() {
      return target.locationProvider();
    }

    @Override
    public TableOperations temp(TableMetadata uncommitted) {
      return target.temp(uncommitted);
    }
  }
}
