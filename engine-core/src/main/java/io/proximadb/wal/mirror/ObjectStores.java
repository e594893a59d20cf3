package io.proximadb.wal.mirror;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.io.Disks;
import io.proximadb.io.LocalPaths;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the store of a location. */
final class ObjectStores {
  private static final String HADOOP_STORE = "io.proximadb.wal.mirror.hadoop.HadoopObjectStore";
  private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]+):.*");

  private ObjectStores() {}

  /**
   * Opens the store of a location.
   *
   * @param properties of the catalog; those that begin with {@code fs.} or {@code hadoop.} are for
   *     Hadoop's file systems
   * @throws InvalidArgumentException if there is none for it, naming the artifact to add
   */
  static ObjectStore open(String location, Map<String, String> properties) throws IOException {
    Matcher scheme = SCHEME.matcher(location);
    if (LocalPaths.isFileUri(location) || !scheme.matches()) {
      return new LocalObjectStore(Disks.of(properties), LocalPaths.of(location));
    }
    try {
      return Class.forName(HADOOP_STORE)
          .asSubclass(ObjectStore.class)
          .getConstructor(String.class, Map.class)
          .newInstance(location, properties);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      if (e.getCause() instanceof NoClassDefFoundError failure) {
        throw withoutHadoop(location, failure);
      }
      throw new IllegalStateException(e);
    } catch (NoClassDefFoundError e) {
      throw withoutHadoop(location, e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static InvalidArgumentException withoutHadoop(String location, NoClassDefFoundError e) {
    return new InvalidArgumentException(
        "Cannot open mirror of the log at "
            + location
            + ": Hadoop's file systems are not on the class path (missing="
            + e.getMessage()
            + "); add org.apache.hadoop:hadoop-client-api and hadoop-client-runtime 3.4.2 or newer,"
            + " and the file system of the location, for s3a org.apache.hadoop:hadoop-aws with"
            + " software.amazon.awssdk:bundle",
        e);
  }
}
