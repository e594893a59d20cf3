package io.proximadb.io;

import io.proximadb.error.InvalidArgumentException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Finds the {@link Disk} to work on: {@link LocalDisk}, unless the property {@value #DISK_IMPL}
 * names another class. There is one instance of each class in a JVM, so that what a faulty disk of
 * a test knows is seen by everyone who uses it.
 */
public final class Disks {
  /** Name of a class with a public constructor without arguments; also a system property. */
  public static final String DISK_IMPL = "proximadb.disk-impl";

  private static final Map<String, Disk> INSTANCES = new ConcurrentHashMap<>();

  private Disks() {}

  /** The disk that the system property names, or the local one. */
  public static Disk standard() {
    return of(Map.of());
  }

  /**
   * The disk that these properties name, then the system property, or the local one.
   *
   * @throws InvalidArgumentException if the named class cannot be used
   */
  public static Disk of(Map<String, String> properties) {
    String name = properties.get(DISK_IMPL);
    if (name == null) {
      name = System.getProperty(DISK_IMPL, LocalDisk.class.getName());
    }
    return INSTANCES.computeIfAbsent(name, Disks::load);
  }

  private static Disk load(String name) {
    if (name.equals(LocalDisk.class.getName())) {
      return new LocalDisk();
    }
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    try {
      return Class.forName(name, true, loader == null ? Disks.class.getClassLoader() : loader)
          .asSubclass(Disk.class)
          .getDeclaredConstructor()
          .newInstance();
    } catch (ReflectiveOperationException | ClassCastException e) {
      throw new InvalidArgumentException(
          "Invalid "
              + DISK_IMPL
              + ": '"
              + name
              + "' (expected a Disk with a public constructor without arguments)",
          e);
    }
  }
}
