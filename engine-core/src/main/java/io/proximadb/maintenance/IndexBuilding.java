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
import io.proximadb.storage.AttachedFiles;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.Segments;
import io.proximadb.storage.TableContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Builds the indexes that data files are to have and do not, the largest file first; one index of
 * one file is one step. A damaged one is built again in its place.
 *
 * <p>Changes nothing of the table. An index that would need more memory than allowed is not built;
 * searches go without it.
 */
final class IndexBuilding implements MaintenanceWork {
  /*
   * Recovery: an index appears whole or not at all. One of a file that was rewritten meanwhile goes
   * with the clean-up of side files.
   */
  private static final Logger LOG = LoggerFactory.getLogger(IndexBuilding.class);

  /** Indexes known to be there, or not to be built; beyond so many they are looked for again. */
  private static final int MAX_KNOWN = 100_000;

  /** Bytes a row for the map between the rows of two files, both ways. */
  static final int MAP_BYTES = 2 * Integer.BYTES;

  private final Set<String> known = ConcurrentHashMap.newKeySet();

  /** Tried without success by this process: others are not to wait for them again and again. */
  private final Set<String> notBuilt = ConcurrentHashMap.newKeySet();

  @Override
  public Kind kind() {
    return Kind.INDEX_BUILD;
  }

  @Override
  public boolean isFor(CollectionTable table) {
    return true;
  }

  /**
   * An index to be built.
   *
   * @param location of its file
   */
  private record Missing(LiveFile file, IndexDefinition definition, String location) {
    long rows() {
      return file.dataFile().recordCount();
    }
  }

  @Override
  public MaintenanceResult run(MaintenanceScope scope) {
    List<Missing> missing = missing(scope);
    if (missing.isEmpty()) {
      return MaintenanceResult.NOTHING;
    }
    Missing first = missing.get(0);
    boolean more = missing.size() > 1;
    try {
      return build(scope, first, more);
    } catch (CorruptFileException | ResourceExhaustedException e) {
      LOG.warn(
          "Not building index '{}' of {}: {}",
          first.definition().name(),
          first.file().location(),
          e.getMessage());
      remember(notBuilt, first.location());
      return new MaintenanceResult(true, more, 0, 0, 0, 0, String.valueOf(e.getMessage()));
    }
  }

  @Override
  public MaintenanceResult plan(MaintenanceScope scope) {
    List<Missing> missing = missing(scope);
    if (missing.isEmpty()) {
      return MaintenanceResult.NOTHING;
    }
    long bytes =
        missing.stream().mapToLong(index -> index.file().dataFile().fileSizeInBytes()).sum();
    return new MaintenanceResult(
        true, false, bytes, 0, 0, 0, "would build " + missing.size() + " indexes of data files");
  }

  private List<Missing> missing(MaintenanceScope scope) {
    CollectionTable table = scope.tableToRead();
    table.refresh();
    TableContext context = table.context();
    List<IndexDefinition> definitions = IndexDefinitions.of(context);
    List<Missing> missing = new ArrayList<>();
    String own = SideFiles.folder(context);
    if (definitions.isEmpty()) {
      forget(own, Set.of());
      return missing;
    }
    Set<String> damaged = scope.indexNews().damaged().get();
    known.removeAll(damaged);
    Set<String> wanted = new HashSet<>();
    for (LiveFile file : table.liveFiles()) {
      for (IndexDefinition definition : definitions) {
        if (file.dataFile().recordCount() < IndexDefinitions.minRows(context, definition)) {
          continue;
        }
        String location = IndexFiles.location(context, file.location(), definition);
        wanted.add(location);
        if (known.contains(location) || notBuilt.contains(location)) {
          continue;
        }
        if (!damaged.contains(location) && context.io().newInputFile(location).exists()) {
          remember(known, location);
        } else {
          missing.add(new Missing(file, definition, location));
        }
      }
    }
    forget(own, wanted);
    missing.sort(Comparator.comparingLong(Missing::rows).reversed());
    return missing;
  }

  /** One that is dropped and created again is looked for again: its file may be gone meanwhile. */
  private void forget(String own, Set<String> wanted) {
    known.removeIf(location -> location.startsWith(own) && !wanted.contains(location));
    notBuilt.removeIf(location -> location.startsWith(own) && !wanted.contains(location));
  }

  private static void remember(Set<String> locations, String location) {
    if (locations.size() >= MAX_KNOWN) {
      locations.clear();
    }
    locations.add(location);
  }

  private MaintenanceResult build(MaintenanceScope scope, Missing missing, boolean more) {
    CollectionTable table = scope.tableToRead();
    TableContext context = table.context();
    IndexDefinition definition = missing.definition();
    IndexType type = IndexTypes.named(definition.type());
    MaintenanceSettings settings = MaintenanceSettings.of(context.properties());
    int threads = settings.indexThreads();
    long needed = type.buildBytes((int) missing.rows(), definition, context.schema(), threads);
    checkMemory(needed, settings.indexBuildBytes());
    checkDecoded(missing.file(), definition, context);
    long spare = settings.indexBuildBytes() - needed - MAP_BYTES * missing.rows();
    long start = System.nanoTime();
    long bytes;
    boolean fromEarlier;
    ExecutorService executor = Executors.newFixedThreadPool(threads, IndexBuilding::thread);
    try (SegmentReader file = Segments.open(context, missing.file().dataFile())) {
      SegmentReader segment = UsableVectors.of(file, definition.field(), context.schema());
      if (!type.canIndex(segment, definition)) {
        remember(notBuilt, missing.location());
        return new MaintenanceResult(
            true,
            more,
            0,
            0,
            0,
            0,
            "no index of " + missing.file().location() + ": no row has a vector");
      }
      IndexBuild build = new IndexBuild(executor, threads, scope.stopped());
      Built built = build(table, type, segment, definition, build, spare);
      fromEarlier = built.fromEarlier();
      scope.failPoints().reached("index.built");
      bytes = IndexFiles.write(context, missing.file().location(), definition, built.index());
    } finally {
      executor.shutdownNow();
    }
    scope.failPoints().reached("index.written");
    if (table.isAttached() && isDetached(table, missing)) {
      // Whoever let go of the table has deleted its files, and knows nothing of this one.
      context.io().deleteFile(missing.location());
      return new MaintenanceResult(
          true, false, 0, 0, 0, 0, "no index of " + missing.file().location() + ": not wanted now");
    }
    remember(known, missing.location());
    scope.indexNews().built().accept(Set.of(missing.location()));
    String what =
        "built index '"
            + definition.name()
            + "' of "
            + missing.rows()
            + (fromEarlier ? " rows, from an earlier one, in " : " rows in ")
            + (System.nanoTime() - start) / 1_000_000
            + " ms";
    long read = missing.file().dataFile().fileSizeInBytes();
    return new MaintenanceResult(true, more, read, bytes, 0, 0, what);
  }

  private static boolean isDetached(CollectionTable table, Missing missing) {
    table.refresh();
    return IndexDefinitions.of(table.context()).stream()
        .noneMatch(
            index ->
                IndexFiles.location(table.context(), missing.file().location(), index)
                    .equals(missing.location()));
  }

  /** An index, and whether that of an earlier file was at hand. */
  private record Built(SegmentIndex index, boolean fromEarlier) {}

  /** Builds, from the index of a file that the rows were in before where that is of use. */
  private static Built build(
      CollectionTable table,
      IndexType type,
      SegmentReader segment,
      IndexDefinition definition,
      IndexBuild build,
      long spareBytes) {
    TableContext context = table.context();
    if (type.carriesOver()) {
      try (EarlierFile earlier = EarlierFile.find(table, segment, definition, spareBytes)) {
        if (earlier != null) {
          return new Built(type.build(segment, definition, context.schema(), build, earlier), true);
        }
      }
    }
    return new Built(type.build(segment, definition, context.schema(), build), false);
  }

  static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "proximadb-index-build");
    thread.setDaemon(true);
    return thread;
  }

  /** Vectors of other engines are decoded to be read, and an index reads them in any order. */
  static void checkDecoded(LiveFile file, IndexDefinition definition, TableContext context) {
    long bytes =
        context
            .schema()
            .vectorField(definition.field())
            .map(field -> file.dataFile().recordCount() * field.dimension() * Float.BYTES)
            .orElse(0L);
    if (AttachedFiles.isAttached(context) && bytes > AttachedFiles.MAX_DECODED_BYTES) {
      throw new ResourceExhaustedException(
          "Cannot build an index of "
              + file.location()
              + ": its vectors take "
              + bytes
              + " bytes decoded (expected at most "
              + AttachedFiles.MAX_DECODED_BYTES
              + "; have the table's owner write smaller files)");
    }
  }

  static void checkMemory(long needed, long allowed) {
    if (needed > allowed) {
      throw new ResourceExhaustedException(
          "Cannot build an index with "
              + allowed
              + " bytes of memory: it needs about "
              + needed
              + " (raise table property "
              + MaintenanceSettings.INDEX_BUILD_BYTES
              + " and the heap, or have smaller files)");
    }
  }
}
