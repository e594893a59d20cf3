package io.proximadb.catalog;

import io.proximadb.error.UnavailableException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileContent;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.ManifestReader;
import org.apache.iceberg.ManifestWriter;
import org.apache.iceberg.RewriteManifests;
import org.apache.iceberg.RowDelta;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotRef;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.TableUtil;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.jspecify.annotations.Nullable;

/**
 * Commits by which a table forgets what it was: they change no row that reads show. All of them may
 * be made again, and throw what those of {@link SnapshotCommits} throw.
 */
public final class HistoryCommits {
  /** The user's settings of the metadata log while it is being cut: {@code versions,deletes}. */
  private static final String SAVED = "proximadb.erase.saved-metadata-log";

  /** In the place of a setting that was not set. */
  private static final String UNSET = "-";

  private static final String SUMMARY = "proximadb.maintenance";

  private HistoryCommits() {}

  /**
   * The delete files of the current snapshot, whether they apply to a data file or not; without
   * their column bounds.
   */
  public static List<DeleteFile> deleteFiles(CollectionTable table) {
    return deleteFiles(table.table());
  }

  private static List<DeleteFile> deleteFiles(Table table) {
    Snapshot current = table.currentSnapshot();
    List<DeleteFile> found = new ArrayList<>();
    if (current != null) {
      for (ManifestFile manifest : current.deleteManifests(table.io())) {
        read(table, manifest, found);
      }
    }
    return found;
  }

  private static void read(Table table, ManifestFile manifest, List<DeleteFile> found) {
    try (ManifestReader<DeleteFile> reader =
        ManifestFiles.readDeleteManifest(manifest, table.io(), table.specs())) {
      reader.forEach(file -> found.add(file.copy()));
    } catch (IOException e) {
      throw new UnavailableException("Cannot read manifest " + manifest.path(), e);
    }
  }

  /**
   * Removes the equality deletes of other engines from a table on which they have nothing left to
   * say: each row that they delete is deleted by position as well.
   *
   * @return the files that it named before
   */
  public static List<String> removeEqualityDeletes(CollectionTable table) {
    List<String> removed = new ArrayList<>();
    SnapshotCommits.commit(
        table,
        "remove equality deletes of",
        guarded -> {
          removed.clear();
          List<DeleteFile> equality =
              deleteFiles(guarded).stream()
                  .filter(file -> file.content() == FileContent.EQUALITY_DELETES)
                  .toList();
          if (equality.isEmpty()) {
            return;
          }
          if (!table.liveFiles().stream().allMatch(LiveFile::isSettled)) {
            throw new CommitFailedException("Equality deletes came meanwhile");
          }
          RowDelta delta = guarded.newRowDelta().scanManifestsWith(ManifestReaders.POOL);
          equality.forEach(delta::removeDeletes);
          delta.set(SUMMARY, "erase");
          delta.commit();
          equality.forEach(file -> removed.add(file.location()));
        });
    return removed;
  }

  /** True if manifests of the current snapshot tell of files that are no part of it any more. */
  public static boolean hasTraces(CollectionTable table) {
    Snapshot current = table.table().currentSnapshot();
    return current != null
        && current.allManifests(table.table().io()).stream().anyMatch(HistoryCommits::hasTraces);
  }

  private static boolean hasTraces(ManifestFile manifest) {
    Integer deleted = manifest.deletedFilesCount();
    return deleted == null || deleted > 0;
  }

  /**
   * Writes anew the manifests that tell of removed files, whose column bounds they hold.
   *
   * @return the manifests in whose place others are
   */
  public static List<String> removeTraces(CollectionTable table) {
    List<String> replaced = new ArrayList<>();
    SnapshotCommits.commit(
        table,
        "rewrite manifests of",
        guarded -> {
          replaced.clear();
          Snapshot current = guarded.currentSnapshot();
          if (current != null) {
            replaced.addAll(removeTraces(table, guarded, current));
          }
        });
    return replaced;
  }

  private static List<String> removeTraces(CollectionTable table, Table guarded, Snapshot current) {
    List<ManifestFile> data =
        current.dataManifests(guarded.io()).stream().filter(HistoryCommits::hasTraces).toList();
    List<ManifestFile> deletes =
        current.deleteManifests(guarded.io()).stream().filter(HistoryCommits::hasTraces).toList();
    List<String> written = new ArrayList<>();
    boolean keep = false;
    if (data.isEmpty() && deletes.isEmpty()) {
      return List.of();
    }
    try {
      RewriteManifests rewrite = guarded.rewriteManifests().scanManifestsWith(ManifestReaders.POOL);
      if (!data.isEmpty()) {
        Set<String> paths = data.stream().map(ManifestFile::path).collect(Collectors.toSet());
        rewrite.rewriteIf(manifest -> paths.contains(manifest.path())).clusterBy(file -> "");
      }
      for (ManifestFile manifest : deletes) {
        ManifestFile live = withoutTraces(table, guarded, manifest, written);
        rewrite.deleteManifest(manifest);
        if (live != null) {
          rewrite.addManifest(live);
        }
      }
      rewrite.set(SUMMARY, "erase");
      rewrite.commit();
      keep = true;
    } catch (org.apache.iceberg.exceptions.CommitStateUnknownException e) {
      keep = true;
      throw e;
    } finally {
      if (!keep) {
        written.forEach(guarded.io()::deleteFile);
      }
    }
    List<String> replaced = new ArrayList<>();
    data.forEach(manifest -> replaced.add(manifest.path()));
    deletes.forEach(manifest -> replaced.add(manifest.path()));
    return replaced;
  }

  /** The live entries of a manifest of deletes in a new one; null if there are none. */
  private static @Nullable ManifestFile withoutTraces(
      CollectionTable table, Table guarded, ManifestFile manifest, List<String> written) {
    List<DeleteFile> live = new ArrayList<>();
    read(guarded, manifest, live);
    if (live.isEmpty()) {
      return null;
    }
    String location = table.operations().metadataFileLocation(UUID.randomUUID() + "-erase-m0.avro");
    written.add(location);
    Map<Long, Long> snapshots = new HashMap<>();
    guarded.snapshots().forEach(s -> snapshots.put(s.sequenceNumber(), s.snapshotId()));
    ManifestWriter<DeleteFile> writer =
        ManifestFiles.writeDeleteManifest(
            TableUtil.formatVersion(guarded),
            Objects.requireNonNull(guarded.specs().get(manifest.partitionSpecId())),
            guarded.io().newOutputFile(location),
            null);
    try (writer) {
      for (DeleteFile file : live) {
        long fileSequence = Objects.requireNonNull(file.fileSequenceNumber());
        // The snapshot that added it may be gone; then the number is nobody's, as it was before.
        long addedBy = snapshots.getOrDefault(fileSequence, manifest.snapshotId());
        writer.existing(
            file, addedBy, Objects.requireNonNull(file.dataSequenceNumber()), fileSequence);
      }
    } catch (IOException e) {
      throw new UnavailableException("Cannot write manifest " + location, e);
    }
    return writer.toManifestFile();
  }

  /** Removes tags and branches; those that are not there are fine. */
  public static void removeReferences(CollectionTable table, Collection<String> names) {
    SnapshotCommits.commit(
        table,
        "remove references of",
        guarded -> {
          for (String name : names) {
            SnapshotRef found = guarded.refs().get(name);
            if (found != null && found.isBranch()) {
              guarded.manageSnapshots().removeBranch(name).commit();
            } else if (found != null) {
              guarded.manageSnapshots().removeTag(name).commit();
            }
          }
        });
  }

  /**
   * The table's metadata files: the current one, then those that its log of metadata files names.
   */
  public static List<String> metadataFiles(CollectionTable table) {
    TableMetadata metadata = table.operations().current();
    List<String> files = new ArrayList<>();
    if (metadata.metadataFileLocation() != null) {
      files.add(metadata.metadataFileLocation());
    }
    metadata.previousFiles().forEach(entry -> files.add(entry.file()));
    return files;
  }

  /**
   * Cuts the log of metadata files, so that only files of after this call, and the current one, are
   * left in it. Settings of the log stay as they are, also if an earlier call did not end.
   */
  public static void cutMetadataLog(CollectionTable table) {
    table.refresh();
    String saved = table.property(SAVED);
    if (saved == null) {
      String versions = table.property(TableProperties.METADATA_PREVIOUS_VERSIONS_MAX);
      String deletes = table.property(TableProperties.METADATA_DELETE_AFTER_COMMIT_ENABLED);
      saved = (versions == null ? UNSET : versions) + "," + (deletes == null ? UNSET : deletes);
      PropertyCommit.on(table)
          .set(SAVED, saved)
          .set(TableProperties.METADATA_PREVIOUS_VERSIONS_MAX, "1")
          .set(TableProperties.METADATA_DELETE_AFTER_COMMIT_ENABLED, "true")
          .commit();
    } else {
      // Short since an earlier call; one more commit drops what came before the last expiry.
      PropertyCommit.on(table).set(SAVED, saved + ",again").commit();
    }
    String[] settings = saved.split(",", -1);
    PropertyCommit.on(table)
        .set(SAVED, null)
        .set(TableProperties.METADATA_PREVIOUS_VERSIONS_MAX, restored(settings[0]))
        .set(TableProperties.METADATA_DELETE_AFTER_COMMIT_ENABLED, restored(settings[1]))
        .commit();
  }

  private static @Nullable String restored(String setting) {
    return setting.equals(UNSET) ? null : setting;
  }
}
