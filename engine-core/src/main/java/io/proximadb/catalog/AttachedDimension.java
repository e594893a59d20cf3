package io.proximadb.catalog;

import io.proximadb.error.UnavailableException;
import io.proximadb.model.TableAttachment;
import io.proximadb.storage.records.LenientSchemas;
import io.proximadb.storage.records.RecordFile;
import io.proximadb.storage.records.RecordFiles;
import java.io.IOException;
import java.util.List;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.types.Types.NestedField;

/** Finds the dimension of a column of vectors in the rows of its table. */
final class AttachedDimension {
  private AttachedDimension() {}

  /**
   * The dimension that was given, if the first row with a vector has it, or that row's.
   *
   * @throws io.proximadb.error.InvalidArgumentException if it has another one, or if none was given
   *     and no row has a vector
   * @throws io.proximadb.error.UnsupportedVersionException if a file is of a format that is not
   *     read
   */
  static int of(
      Table table,
      TableAttachment request,
      TableAttachment.VectorColumn vector,
      NestedField column) {
    int found = find(table, column);
    int given = vector.dimension();
    if (given == TableAttachment.FIND_DIMENSION) {
      if (found == 0) {
        throw Attachments.cannot(
            request,
            "no row has a vector in '"
                + vector.column()
                + "' to take the dimension from (give the dimension)");
      }
      return found;
    }
    if (found != 0 && found != given) {
      throw Attachments.cannot(
          request,
          "the first vector of '"
              + vector.column()
              + "' has dimension "
              + found
              + " (expected "
              + given
              + ", as given)");
    }
    return given;
  }

  /** The length of the first list that is not empty; 0 if there is none. */
  private static int find(Table table, NestedField column) {
    try (CloseableIterable<FileScanTask> tasks = table.newScan().planFiles()) {
      for (FileScanTask task : tasks) {
        int found = find(table, task.file(), column);
        if (found > 0) {
          return found;
        }
      }
      return 0;
    } catch (IOException e) {
      throw new UnavailableException("Cannot list the files of '" + table.name() + "'", e);
    }
  }

  private static int find(Table table, DataFile data, NestedField column) {
    Schema columns = LenientSchemas.of(List.of(column));
    try (RecordFile file = RecordFiles.open(table.io(), data, table.properties())) {
      for (int piece = 0; piece < file.pieceCount(); piece++) {
        try (CloseableIterable<Record> rows = file.read(piece, columns)) {
          for (Record row : rows) {
            if (row.get(0) instanceof List<?> list && !list.isEmpty()) {
              return list.size();
            }
          }
        } catch (IOException e) {
          throw new UnavailableException("Cannot read file " + data.location(), e);
        }
      }
    }
    return 0;
  }
}
