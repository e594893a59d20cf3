package io.proximadb.storage;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/** The layouts on the class path, looked for once. */
final class StorageFormats {
  static final List<StorageFormat> ALL = load();

  private StorageFormats() {}

  private static List<StorageFormat> load() {
    List<StorageFormat> formats = new ArrayList<>();
    ServiceLoader.load(StorageFormat.class, StorageFormat.class.getClassLoader())
        .forEach(formats::add);
    return List.copyOf(formats);
  }
}
