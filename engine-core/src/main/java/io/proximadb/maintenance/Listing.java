package io.proximadb.maintenance;

import java.io.FileNotFoundException;
import java.io.UncheckedIOException;
import java.util.function.Consumer;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.SupportsPrefixOperations;

/** Lists the files of a folder and of those below it, where a missing folder is an empty one. */
final class Listing {
  private Listing() {}

  static void forEach(SupportsPrefixOperations files, String folder, Consumer<FileInfo> action) {
    boolean[] any = new boolean[1];
    try {
      files
          .listPrefix(folder)
          .forEach(
              file -> {
                any[0] = true;
                action.accept(file);
              });
    } catch (UncheckedIOException e) {
      // Hadoop's way to say that there is no such folder.
      if (any[0] || !(e.getCause() instanceof FileNotFoundException)) {
        throw e;
      }
    }
  }
}
