package io.proximadb.maintenance;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.error.CorruptFileException;
import io.proximadb.error.ResourceExhaustedException;
import io.proximadb.index.IndexBuild;
import io.proximadb.index.IndexDefinitions;
import io.proximadb.index.IndexFiles;
import io.proximadb.index.IndexType;
import io.proximadb.index.IndexTypes;
import io.proximadb.index.SegmentIndex;
import io.proximadb.model.IndexDefinition;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.Segments;
import io.proximadb.storage.TableContext;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.iceberg.DataFile;

/**
 * The build of one index of one data file, which can be done in another process than the one that
 * found that it is missing: distributed engines build with it.
 *
 * @param context the table
 * @param file the data file
 * @param definition of the index
 * @param earlier files with such an index that a compaction rewrote into the data file, so that
 *     what is known of their rows need not be found again; empty if there are none
 */
public record IndexFileBuild(
    TableContext context, LiveFile file, IndexDefinition definition, List<DataFile> earlier)
    implements Serializable {
  /*
   * Recovery: an index appears whole or not at all, and one built twice is the same file written
   * twice. One of a file that was rewritten meanwhile goes with the clean-up of side files.
   */

  /** One build at a time has the memory that an index may take. */
  private static final Object ONE_AT_A_TIME = new Object();

  /**
   * What became of a build.
   *
   * @param bytes of the index file; 0 if there is none
   * @param failure why there is none; empty if there is one, or no row has a vector
   * @param fromEarlier true if the index of a file that the rows were in before was at hand
   */
  public record Result(long bytes, String failure, boolean fromEarlier) implements Serializable {}

  /** The files of a list are not to change. */
  public IndexFileBuild {
    earlier = List.copyOf(earlier);
  }

  /** The builds that a table lacks, the largest first, looking for the files of all indexes. */
  public static List<IndexFileBuild> missing(CollectionTable table) {
    table.refresh();
    TableContext context = table.context();
    List<IndexFileBuild> missing = new ArrayList<>();
    List<LiveFile> files = table.liveFiles();
    Map<String, List<DataFile>> removedFor = null;
    for (IndexDefinition definition : IndexDefinitions.of(context)) {
      long minRows = IndexDefinitions.minRows(context, definition);
      boolean carriesOver = IndexTypes.named(definition.type()).carriesOver();
      for (LiveFile file : files) {
        if (file.dataFile().recordCount() >= minRows
            && IndexFiles.length(context, file.location(), definition) < 0) {
          if (carriesOver && removedFor == null) {
            removedFor = EarlierFile.removedForAll(table.table());
          }
          List<DataFile> removed =
              carriesOver && removedFor != null
                  ? removedFor.getOrDefault(file.location(), List.of())
                  : List.of();
          List<DataFile> earlier =
              removed.stream()
                  .filter(one -> IndexFiles.length(context, one.location(), definition) > 0)
                  .limit(1)
                  .toList();
          missing.add(new IndexFileBuild(context, file, definition, earlier));
        }
      }
    }
    missing.sort(Comparator.comparingLong(IndexFileBuild::rows).reversed());
    return missing;
  }

  /** Rows of the data file. */
  public long rows() {
    return file.dataFile().recordCount();
  }

  /**
   * Builds, and writes the index in its place. Waits while another build of this process runs.
   *
   * @return what became of it; an index that takes too much memory, or of a damaged file, is a
   *     failure
   */
  public Result build() {
    synchronized (ONE_AT_A_TIME) {
      try {
        return buildAlone();
      } catch (CorruptFileException | ResourceExhaustedException e) {
        return new Result(0, String.valueOf(e.getMessage()), false);
      }
    }
  }

  private Result buildAlone() {
    IndexType type = IndexTypes.named(definition.type());
    MaintenanceSettings settings = MaintenanceSettings.of(context.properties());
    int threads = settings.indexThreads();
    long needed = type.buildBytes((int) rows(), definition, context.schema(), threads);
    IndexBuilding.checkMemory(needed, settings.indexBuildBytes());
    long spare = settings.indexBuildBytes() - needed - IndexBuilding.MAP_BYTES * rows();
    IndexBuilding.checkDecoded(file, definition, context);
    ExecutorService executor = Executors.newFixedThreadPool(threads, IndexBuilding::thread);
    try (SegmentReader opened = Segments.open(context, file.dataFile())) {
      SegmentReader segment = UsableVectors.of(opened, definition.field(), context.schema());
      if (!type.canIndex(segment, definition)) {
        return new Result(0, "", false);
      }
      IndexBuild build =
          new IndexBuild(executor, threads, () -> Thread.currentThread().isInterrupted());
      try (EarlierFile before = EarlierFile.open(context, earlier, segment, definition, spare)) {
        SegmentIndex index =
            before == null
                ? type.build(segment, definition, context.schema(), build)
                : type.build(segment, definition, context.schema(), build, before);
        long bytes = IndexFiles.write(context, file.location(), definition, index);
        return new Result(bytes, "", before != null);
      }
    } finally {
      executor.shutdownNow();
    }
  }
}
