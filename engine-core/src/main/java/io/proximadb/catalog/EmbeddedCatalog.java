package io.proximadb.catalog;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.UnavailableException;
import io.proximadb.io.LocalFileIO;
import io.proximadb.io.LocalPaths;
import io.proximadb.storage.TableContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.SupportsPrefixOperations;
import org.jspecify.annotations.Nullable;

/** Completes the properties of a catalog where they leave a choice to us. */
final class EmbeddedCatalog {
  /** Loaded by name: it needs Hadoop, which may not be there. */
  static final String OBJECT_FILE_IO = "io.proximadb.io.hadoop.ObjectFileIO";

  /** What Iceberg's catalogs use unless told otherwise. */
  private static final String HADOOP_FILE_IO = "org.apache.iceberg.hadoop.HadoopFileIO";

  /** How long a process waits for another one's commit to let go of the catalog file. */
  private static final int BUSY_TIMEOUT_MS = 30_000;

  /** Stores that we reach through Hadoop's file systems. */
  private static final Set<String> HADOOP_SCHEMES = Set.of("s3a", "abfs", "abfss", "gs", "hdfs");

  private static final Pattern USER_INFO = Pattern.compile("[a-z0-9+.-]+://[^/]*:[^/]*@.*");

  private EmbeddedCatalog() {}

  /** True if our {@code FileIO} over Hadoop is the one for the location. */
  static boolean isHadoops(String location) {
    int colon = location.indexOf(':');
    return colon > 0 && HADOOP_SCHEMES.contains(location.substring(0, colon));
  }

  /** Locations stand in messages, in logs and in every table's metadata. */
  static void checkLocation(String location) {
    if (USER_INFO.matcher(location).matches()) {
      throw new InvalidArgumentException(
          "Invalid warehouse: the location has credentials in it (expected them in properties, like"
              + " fs.s3a.access.key and fs.s3a.secret.key)");
    }
  }

  /**
   * Has JDBC know SQLite. It looks for drivers once and in the class loader of the first who asks,
   * which does not see those of jars that came later, {@code spark-submit --jars} for instance.
   */
  private static void registerDriver() {
    try {
      Class.forName("org.sqlite.JDBC", true, EmbeddedCatalog.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new UnavailableException(
          "Cannot open the embedded catalog: no SQLite on the class path (missing"
              + " org.xerial:sqlite-jdbc)",
          e);
    }
  }

  /** Completes the properties of the embedded default; returns where its tables are. */
  static String complete(Map<String, String> properties) {
    String location = properties.get(Warehouse.WAREHOUSE);
    if (location == null || location.isBlank()) {
      throw new InvalidArgumentException(
          "Invalid warehouse: none (expected a folder or an object store in the property '"
              + Warehouse.WAREHOUSE
              + "', or an Iceberg catalog in 'type' or 'catalog-impl')");
    }
    checkLocation(location);
    registerDriver();
    boolean remote = LocalPaths.isRemote(location);
    String folder =
        remote
            ? location.replaceAll("/+$", "")
            : LocalPaths.of(location).toAbsolutePath().normalize().toString();
    Path file = catalogFile(properties, folder, remote);
    try {
      Files.createDirectories(file.getParent());
      if (!remote) {
        Files.createDirectories(Path.of(folder));
      }
    } catch (IOException e) {
      throw new UnavailableException("Cannot create warehouse folder " + folder, e);
    }
    properties.put(Warehouse.WAREHOUSE, folder);
    properties.put(CatalogProperties.CATALOG_IMPL, "org.apache.iceberg.jdbc.JdbcCatalog");
    properties.put(
        CatalogProperties.URI,
        "jdbc:sqlite:"
            + file
            + "?journal_mode=WAL&synchronous=FULL&busy_timeout="
            + BUSY_TIMEOUT_MS);
    properties.put("jdbc.schema-version", "V1");
    if (!remote) {
      properties.putIfAbsent(CatalogProperties.FILE_IO_IMPL, LocalFileIO.class.getName());
    }
    return folder;
  }

  /**
   * Where files derived from attached tables go, without a slash at the end; null if nobody says:
   * the warehouse of a REST catalog, say, may be a name.
   *
   * @param embedded true if the warehouse is a location for certain
   */
  static @Nullable String attachedFiles(Map<String, String> properties, boolean embedded) {
    String given = properties.get(Warehouse.ATTACHED_FILES);
    if (given != null) {
      checkLocation(given);
      return given.strip().replaceAll("/+$", "");
    }
    String location = properties.getOrDefault(Warehouse.WAREHOUSE, "");
    boolean known = embedded || location.startsWith("/") || location.contains(":/");
    return known
        ? location.replaceAll("/+$", "") + "/" + TableContext.OWN_FOLDER + "/attached"
        : null;
  }

  /** Deletes a folder of ours, without a table whose access to files would do. */
  static void deleteFolder(Map<String, String> properties, String folder) {
    String implementation = properties.get(CatalogProperties.FILE_IO_IMPL);
    try (FileIO io =
        CatalogUtil.loadFileIO(
            implementation == null ? HADOOP_FILE_IO : implementation, properties, null)) {
      if (io instanceof SupportsPrefixOperations files) {
        files.deletePrefix(folder);
      }
    }
  }

  private static Path catalogFile(Map<String, String> properties, String folder, boolean remote) {
    String given = properties.get(Warehouse.CATALOG_FILE);
    if (given == null && remote) {
      throw new InvalidArgumentException(
          "Invalid warehouse: "
              + folder
              + " without a catalog (expected one by 'type' or 'catalog-impl', like type=rest with"
              + " its 'uri', or, for engines of one machine, the path of a local file in '"
              + Warehouse.CATALOG_FILE
              + "')");
    }
    return given == null
        ? Path.of(folder).resolve("catalog.db")
        : LocalPaths.of(given).toAbsolutePath().normalize();
  }

  /** Says what to add where a class is not there. */
  static InvalidArgumentException missing(
      Map<String, String> properties, NoClassDefFoundError missing) {
    return new InvalidArgumentException(
        "Cannot open warehouse "
            + properties.get(Warehouse.WAREHOUSE)
            + ": a class is not on the class path (missing="
            + missing.getMessage()
            + "); for object stores add org.apache.hadoop:hadoop-client-api and"
            + " hadoop-client-runtime 3.4.2 or newer, and the file system of the location, for s3a"
            + " org.apache.hadoop:hadoop-aws with software.amazon.awssdk:bundle",
        missing);
  }
}
