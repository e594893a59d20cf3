package io.proximadb.spark;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.LocationProviders;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.LocationProvider;
import org.apache.iceberg.jdbc.JdbcCatalog;

/**
 * The embedded catalog's tables, by a catalog that a session names itself, with something that
 * happens before or after a commit.
 */
public final class FaultyCatalog extends JdbcCatalog {
  /** Called with the metadata that is to be committed; may throw. */
  static volatile Consumer<TableMetadata> before = metadata -> {};

  /** Called with the metadata that was committed. */
  static volatile Consumer<TableMetadata> after = metadata -> {};

  /** The settings of a session's catalog. */
  static Map<String, String> settings(String catalog) {
    return Map.of("spark.sql.catalog." + catalog + ".catalog-impl", FaultyCatalog.class.getName());
  }

  @Override
  public void initialize(String name, Map<String, String> properties) {
    Map<String, String> more = new HashMap<>(properties);
    more.put(
        CatalogProperties.URI,
        "jdbc:sqlite:"
            + properties.get(CatalogProperties.WAREHOUSE_LOCATION)
            + "/catalog.db?journal_mode=WAL&synchronous=FULL&busy_timeout=30000");
    more.put("jdbc.schema-version", "V1");
    more.put(CatalogProperties.FILE_IO_IMPL, "io.proximadb.io.LocalFileIO");
    super.initialize(name, more);
  }

  @Override
  protected TableOperations newTableOps(TableIdentifier identifier) {
    return new Operations(super.newTableOps(identifier));
  }

  private record Operations(TableOperations delegate) implements TableOperations {
    @Override
    public TableMetadata current() {
      return delegate.current();
    }

    @Override
    public TableMetadata refresh() {
      return delegate.refresh();
    }

    @Override
    public void commit(TableMetadata base, TableMetadata metadata) {
      before.accept(metadata);
      delegate.commit(base, metadata);
      after.accept(metadata);
    }

    @Override
    public FileIO io() {
      return delegate.io();
    }

    @Override
    public String metadataFileLocation(String fileName) {
      return delegate.metadataFileLocation(fileName);
    }

    @Override
    public LocationProvider locationProvider() {
      return LocationProviders.locationsFor(current().location(), current().properties());
    }

    @Override
    public TableOperations temp(TableMetadata uncommitted) {
      return delegate.temp(uncommitted);
    }
  }
}
