package io.proximadb.io;

import io.proximadb.error.InvalidArgumentException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** Locations on this machine: plain paths and {@code file:} URIs, never percent-encoded. */
public final class LocalPaths {
  private static final String SCHEME = "file:";
  private static final Pattern OTHER_SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:.*");

  private LocalPaths() {}

  /** True if the location says by itself that it is on this machine. */
  public static boolean isFileUri(String location) {
    return location.startsWith(SCHEME);
  }

  /** True if the location is in a store that is not this machine's. */
  public static boolean isRemote(String location) {
    return !isFileUri(location) && OTHER_SCHEME.matcher(location).matches();
  }

  /**
   * The path of a location.
   *
   * @throws InvalidArgumentException if it has another scheme or a host
   */
  public static Path of(String location) {
    if (isFileUri(location)) {
      String path = location.substring(SCHEME.length());
      if (path.startsWith("//")) {
        int slash = path.indexOf('/', 2);
        String host = path.substring(2, slash < 0 ? path.length() : slash);
        if (slash < 0 || !(host.isEmpty() || host.equals("localhost"))) {
          throw invalid(location);
        }
        path = path.substring(slash);
      }
      return Path.of(path);
    }
    if (location.isEmpty() || isRemote(location)) {
      throw invalid(location);
    }
    return Path.of(location);
  }

  private static InvalidArgumentException invalid(String location) {
    return new InvalidArgumentException(
        "Invalid location: '" + location + "' (expected a local path or a file: URI)");
  }
}
