package io.proximadb.objectstore;

import io.proximadb.catalog.Warehouse;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.io.FileIO;
import org.jspecify.annotations.Nullable;

/**
 * The store that the suites run on: a server of the S3 protocol in this JVM, or what the
 * environment names.
 *
 * <p>{@code PROXIMADB_TEST_WAREHOUSE} is a location, below which each test makes a folder of its
 * own; {@code PROXIMADB_TEST_PROPERTIES} is the path of a file with properties of the catalog.
 */
public final class TestStore implements AutoCloseable {
  private static final String WAREHOUSE = "PROXIMADB_TEST_WAREHOUSE";
  private static final String PROPERTIES = "PROXIMADB_TEST_PROPERTIES";
  private static final String OBJECT_FILE_IO = "io.proximadb.io.hadoop.ObjectFileIO";

  private final @Nullable S3Server server;
  private final String root;
  private final Map<String, String> properties;

  private TestStore(@Nullable S3Server server, String root, Map<String, String> properties) {
    this.server = server;
    this.root = root;
    this.properties = properties;
  }

  public static TestStore open() throws Exception {
    String given = System.getenv(WAREHOUSE);
    if (given != null) {
      return new TestStore(null, given, read(System.getenv(PROPERTIES)));
    }
    S3Server server = new S3Server();
    return new TestStore(server, "s3a://" + S3Server.BUCKET, S3Server.properties(server.port()));
  }

  private static Map<String, String> read(@Nullable String file) throws IOException {
    Properties found = new Properties();
    if (file != null) {
      try (Reader reader = Files.newBufferedReader(Path.of(file))) {
        found.load(reader);
      }
    }
    Map<String, String> properties = new HashMap<>();
    found.stringPropertyNames().forEach(name -> properties.put(name, found.getProperty(name)));
    return properties;
  }

  /** A place that nothing is in. */
  public String newLocation() {
    return root + "/" + UUID.randomUUID();
  }

  /** The properties of a catalog at a place, whose embedded catalog is in a local folder. */
  public Map<String, String> catalog(String location, Path folder) {
    Map<String, String> catalog = new HashMap<>(properties);
    catalog.put(Warehouse.WAREHOUSE, location);
    if (!catalog.containsKey(CatalogUtil.ICEBERG_CATALOG_TYPE)
        && !catalog.containsKey(CatalogProperties.CATALOG_IMPL)) {
      catalog.put(Warehouse.CATALOG_FILE, folder.resolve("catalog.db").toString());
    }
    return catalog;
  }

  /** Access to files. */
  public FileIO io() {
    return CatalogUtil.loadFileIO(
        properties.getOrDefault(CatalogProperties.FILE_IO_IMPL, OBJECT_FILE_IO), properties, null);
  }

  @Override
  public void close() throws Exception {
    if (server != null) {
      server.close();
    }
  }
}
