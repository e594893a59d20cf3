package io.proximadb.catalog;

import io.proximadb.error.UnavailableException;
import io.proximadb.storage.TableContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.FileMetadata;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableUtil;
import org.apache.iceberg.avro.Avro;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.deletes.BaseDVFileWriter;
import org.apache.iceberg.deletes.PositionDelete;
import org.apache.iceberg.deletes.PositionDeleteIndex;
import org.apache.iceberg.deletes.PositionDeleteWriter;
import org.apache.iceberg.encryption.EncryptedOutputFile;
import org.apache.iceberg.io.DeleteWriteResult;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.OutputFileFactory;
import org.apache.iceberg.util.CharSequenceSet;
import org.apache.iceberg.util.ContentFileUtil;
import org.roaringbitmap.IntIterator;
import org.roaringbitmap.RoaringBitmap;

/**
 * The rows that one attempt of a commit deletes, file by file, and the deletes written for them.
 */
final class DeletionPlan {
  /** Iceberg's table format that has deletion vectors, in place of files of positions. */
  private static final int VECTORS_SINCE = 3;

  private final Table table;
  private final Map<String, PositionDeleteIndex> previous = new LinkedHashMap<>();
  private final Map<String, RoaringBitmap> fresh = new LinkedHashMap<>();
  private final List<String> existingTargets = new ArrayList<>();
  private final Map<String, DeleteFile> settledDeletes = new LinkedHashMap<>();
  private long rowsDeleted;

  DeletionPlan(Table table) {
    this.table = table;
  }

  /**
   * Adds the rows of a file of the parent snapshot that are not deleted in it yet, and those that
   * other engines replaced or deleted by equality.
   */
  void addExisting(TableContext context, LiveFile file, RoaringBitmap selected) {
    RoaringBitmap unsettled = file.unsettled(context);
    file.equalityDeletes().forEach(delete -> settledDeletes.put(delete.location(), delete));
    if (selected.isEmpty() && unsettled.isEmpty()) {
      return;
    }
    PositionDeleteIndex before = file.positionDeletes(table.io());
    RoaringBitmap remaining = new RoaringBitmap();
    long alive = 0;
    for (IntIterator it = RoaringBitmap.or(selected, unsettled).getIntIterator(); it.hasNext(); ) {
      int position = it.next();
      if (!before.isDeleted(position)) {
        remaining.add(position);
        alive += unsettled.contains(position) ? 0 : 1;
      }
    }
    if (!remaining.isEmpty()) {
      existingTargets.add(file.location());
      previous.put(file.location(), before);
      fresh.put(file.location(), remaining);
      rowsDeleted += alive;
    }
  }

  /** Adds rows of a file that this very commit adds. */
  void addNew(String location, RoaringBitmap selected) {
    if (!selected.isEmpty()) {
      fresh.put(location, selected);
      rowsDeleted += selected.getLongCardinality();
    }
  }

  boolean isEmpty() {
    return fresh.isEmpty();
  }

  /** Rows that reads showed before. */
  long rowsDeleted() {
    return rowsDeleted;
  }

  /** Files of the parent snapshot that vectors will point at. */
  List<String> existingTargets() {
    return existingTargets;
  }

  /** Equality deletes that the written deletes make superfluous. */
  Collection<DeleteFile> settledDeletes() {
    return settledDeletes.values();
  }

  /** Writes the deletes, merged with what deleted rows of their targets before. */
  Written write() {
    DeleteWriteResult result =
        TableUtil.formatVersion(table) >= VECTORS_SINCE ? writeVectors() : writePositions();
    return new Written(result.deleteFiles(), result.rewrittenDeleteFiles());
  }

  /** One Puffin file with a vector for each target. */
  private DeleteWriteResult writeVectors() {
    OutputFileFactory files =
        OutputFileFactory.builderFor(table, 0, 0).format(FileFormat.PUFFIN).build();
    BaseDVFileWriter writer = new BaseDVFileWriter(files, previous::get);
    try (writer) {
      fresh.forEach(
          (file, positions) -> {
            for (IntIterator it = positions.getIntIterator(); it.hasNext(); ) {
              writer.delete(file, it.next(), table.spec(), null);
            }
          });
    } catch (IOException e) {
      throw new UnavailableException("Cannot write deletion vectors of " + table.name(), e);
    }
    return writer.result();
  }

  /**
   * One Avro file of positions for each target, as tables of format 2 have it, in place of those
   * that are of this target alone.
   */
  private DeleteWriteResult writePositions() {
    OutputFileFactory files =
        OutputFileFactory.builderFor(table, 0, 0).format(FileFormat.AVRO).build();
    List<DeleteFile> written = new ArrayList<>();
    List<DeleteFile> rewritten = new ArrayList<>();
    fresh.forEach(
        (file, positions) -> {
          RoaringBitmap merged = positions.clone();
          PositionDeleteIndex before = previous.getOrDefault(file, PositionDeleteIndex.empty());
          before.forEach(position -> merged.add(Math.toIntExact(position)));
          written.add(writePositions(files.newOutputFile(), file, merged));
          before.deleteFiles().stream()
              .filter(ContentFileUtil::isFileScoped)
              .forEach(rewritten::add);
        });
    return new DeleteWriteResult(written, CharSequenceSet.of(fresh.keySet()), rewritten);
  }

  private DeleteFile writePositions(EncryptedOutputFile out, String file, RoaringBitmap positions) {
    try {
      PositionDeleteWriter<Record> writer =
          Avro.writeDeletes(out).withSpec(table.spec()).buildPositionWriter();
      try (writer) {
        PositionDelete<Record> delete = PositionDelete.create();
        for (IntIterator it = positions.getIntIterator(); it.hasNext(); ) {
          writer.write(delete.set(file, it.next()));
        }
      }
      // Avro carries no column bounds, by which readers would see that it is of one file.
      return FileMetadata.deleteFileBuilder(table.spec())
          .copy(writer.toDeleteFile())
          .withReferencedDataFile(file)
          .build();
    } catch (IOException e) {
      throw new UnavailableException("Cannot write position deletes of " + table.name(), e);
    }
  }

  /**
   * What {@link #write()} left.
   *
   * @param added vectors, or files of positions, to add
   * @param replaced those that they merge and that must go
   */
  record Written(List<DeleteFile> added, List<DeleteFile> replaced) {
    /** Deletes the file again, for a commit that did not pass. */
    void discard(FileIO io) {
      added.stream().map(DeleteFile::location).distinct().forEach(io::deleteFile);
    }
  }
}
