package io.proximadb.maintenance;

import io.proximadb.catalog.LiveFile;
import io.proximadb.storage.TableContext;
import io.proximadb.storage.clusters.ClusterModels;
import io.proximadb.storage.clusters.FileClusters;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.SupportsPrefixOperations;

/**
 * Removes cluster models that no file of the current snapshot uses. The current generation and the
 * one before stay, since a job may be writing files of them. Who reads an older snapshot meets rows
 * whose model is gone, and compares them all.
 */
final class UnusedModels {
  private static final Pattern NAME = Pattern.compile(".*/(\\d{1,9})-(\\d{1,9})\\.model-v1");

  private UnusedModels() {}

  /** Returns how many were removed; none where the store cannot list files. */
  static long remove(TableContext context, List<LiveFile> files) {
    int current = ClusterModels.currentGeneration(context);
    if (current <= 2
        || "false".equals(context.properties().get(TableProperties.GC_ENABLED))
        || !(context.io() instanceof SupportsPrefixOperations store)) {
      return 0;
    }
    int oldest = current - 1;
    for (LiveFile file : files) {
      oldest = Math.min(oldest, FileClusters.oldest(context, file.dataFile(), oldest));
    }
    int fieldId = ClusterModels.fieldId(context, ClusterModels.field(context));
    List<String> unused = new ArrayList<>();
    for (FileInfo file : store.listPrefix(ClusterModels.folder(context) + "/")) {
      Matcher name = NAME.matcher(file.location());
      if (name.matches()
          && Integer.parseInt(name.group(1)) == fieldId
          && Integer.parseInt(name.group(2)) < oldest) {
        unused.add(file.location());
      }
    }
    unused.forEach(context.io()::deleteFile);
    return unused.size();
  }
}
