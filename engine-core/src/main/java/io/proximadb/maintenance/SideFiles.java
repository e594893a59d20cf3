package io.proximadb.maintenance;

import io.proximadb.index.IndexDefinitions;
import io.proximadb.index.IndexFiles;
import io.proximadb.storage.TableContext;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * What ProximaDB keeps beside the data, by its names: a side file of a data file stands in {@code
 * _proximadb/index} and is called as the data file, a dot, and a suffix.
 */
final class SideFiles {
  private static final String OWN = "/" + TableContext.OWN_FOLDER + "/";

  private SideFiles() {}

  /** Where side files of data files stand, with a slash at the end. */
  static String folder(TableContext table) {
    return table.sideFolder() + "/";
  }

  /** Everything that is ProximaDB's own, with a slash at the end. */
  static String ownFolder(TableContext table) {
    return table.location() + OWN;
  }

  /** The side files that a data file has, as far as their names follow from its name alone. */
  static List<String> of(TableContext table, String dataFile) {
    String name = NameSet.nameOf(dataFile);
    // Avro files may be of the LSM layout, or of another engine with an id index.
    List<String> files = new ArrayList<>();
    files.add(table.idIndexLocation(name));
    if (name.endsWith(".avro")) {
      files.add(table.lsmIndexLocation(name));
    }
    IndexDefinitions.of(table).forEach(index -> files.add(IndexFiles.location(table, name, index)));
    return files;
  }

  /** True if the file that a side file belongs to passes a test. */
  static boolean belongsToAny(String sideFile, Predicate<String> dataFiles) {
    String name = NameSet.nameOf(sideFile);
    for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      if (dot > 0 && dataFiles.test(name.substring(0, dot))) {
        return true;
      }
    }
    return false;
  }
}
