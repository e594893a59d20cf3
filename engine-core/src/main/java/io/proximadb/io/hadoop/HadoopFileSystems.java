package io.proximadb.io.hadoop;

import io.proximadb.error.InvalidArgumentException;
import java.io.IOException;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;

/** Opens Hadoop's file systems by the settings of a catalog. */
public final class HadoopFileSystems {
  private static final String HADOOP_PREFIX = "hadoop.";

  private HadoopFileSystems() {}

  /**
   * The settings that are for Hadoop: those that begin with {@code fs.} as they are, those that
   * begin with {@code hadoop.} without that.
   */
  public static Map<String, String> settings(Map<String, String> properties) {
    Map<String, String> settings = new HashMap<>();
    properties.forEach(
        (name, value) -> {
          if (name.startsWith("fs.")) {
            settings.put(name, value);
          } else if (name.startsWith(HADOOP_PREFIX)) {
            settings.put(name.substring(HADOOP_PREFIX.length()), value);
          }
        });
    return settings;
  }

  /**
   * Opens a file system of its own: the instance that Hadoop shares has the settings of whoever
   * came first.
   *
   * @param purpose what it is for, in the message of a failure: "the warehouse"
   * @throws InvalidArgumentException if it is not on the class path, naming the artifact to add
   */
  public static FileSystem open(String purpose, URI location, Map<String, String> settings)
      throws IOException {
    Configuration configuration = new Configuration();
    settings.forEach(configuration::set);
    try {
      return FileSystem.newInstance(location, configuration);
    } catch (IOException | RuntimeException | NoClassDefFoundError e) {
      if (isMissing(e)) {
        throw new InvalidArgumentException(
            "Cannot open "
                + purpose
                + " at "
                + location
                + ": its file system is not on the class path (cause="
                + e.getMessage()
                + "); add "
                + artifactOf(String.valueOf(location.getScheme())),
            e);
      }
      throw e;
    }
  }

  private static boolean isMissing(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ClassNotFoundException
          || cause instanceof NoClassDefFoundError
          || cause instanceof org.apache.hadoop.fs.UnsupportedFileSystemException) {
        return true;
      }
    }
    return false;
  }

  private static String artifactOf(String scheme) {
    return switch (scheme) {
      case "s3a" -> "org.apache.hadoop:hadoop-aws and software.amazon.awssdk:bundle";
      case "abfs", "abfss" -> "org.apache.hadoop:hadoop-azure";
      case "gs" -> "com.google.cloud.bigdataoss:gcs-connector";
      default -> "the artifact that has the Hadoop file system of " + scheme;
    };
  }
}
