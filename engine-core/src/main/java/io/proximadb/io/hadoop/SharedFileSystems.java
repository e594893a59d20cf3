package io.proximadb.io.hadoop;

import java.io.IOException;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import org.apache.hadoop.fs.FileSystem;

/**
 * One file system for all who want the same store with the same settings: each has pools of
 * connections and threads of its own, and copies of a {@code FileIO} come with every task of a job.
 * Closed when the last user lets go.
 */
final class SharedFileSystems {
  private static final Map<Key, Shared> OPEN = new HashMap<>();

  private SharedFileSystems() {}

  /** Has no {@code toString} that would show settings, among which are credentials. */
  private static final class Key {
    private final String store;
    private final Map<String, String> settings;

    Key(String store, Map<String, String> settings) {
      this.store = store;
      this.settings = settings;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Key key && store.equals(key.store) && settings.equals(key.settings);
    }

    @Override
    public int hashCode() {
      return 31 * store.hashCode() + settings.hashCode();
    }
  }

  /** A file system with its users counted; {@link #release()} once for each. */
  static final class Shared {
    private final Key key;
    private final FileSystem fileSystem;
    private int users;

    private Shared(Key key, FileSystem fileSystem) {
      this.key = key;
      this.fileSystem = fileSystem;
    }

    FileSystem fileSystem() {
      return fileSystem;
    }

    void release() throws IOException {
      synchronized (OPEN) {
        users--;
        if (users > 0) {
          return;
        }
        OPEN.remove(key);
      }
      fileSystem.close();
    }
  }

  /** Scheme and authority of a location. */
  static String storeOf(URI location) {
    return location.getScheme() + "://" + location.getRawAuthority();
  }

  static Shared acquire(URI location, Map<String, String> settings) throws IOException {
    Key key = new Key(storeOf(location), settings);
    synchronized (OPEN) {
      Shared shared = OPEN.get(key);
      if (shared == null) {
        shared = new Shared(key, HadoopFileSystems.open("files", location, settings));
        OPEN.put(key, shared);
      }
      shared.users++;
      return shared;
    }
  }
}
