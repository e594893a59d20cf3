package io.proximadb.catalog;

import io.proximadb.error.UnavailableException;
import io.proximadb.storage.TableContext;
import io.proximadb.storage.records.LenientSchemas;
import io.proximadb.storage.records.RecordFile;
import io.proximadb.storage.records.RecordFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.iceberg.ContentFile;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * Equality deletes of attached tables that compare columns which no collection has: values are
 * compared as Iceberg's generic readers give them.
 */
final class RawEqualityDeletes {
  private RawEqualityDeletes() {}

  /** The rows of a data file that equal a row of the delete file in these columns. */
  static RoaringBitmap positions(
      TableContext table, DataFile file, DeleteFile delete, List<NestedField> fields) {
    Schema schema = LenientSchemas.of(fields);
    Set<List<@Nullable Object>> keys = new HashSet<>();
    forEach(table, delete, schema, (row, key) -> keys.add(key));
    RoaringBitmap rows = new RoaringBitmap();
    forEach(
        table,
        file,
        schema,
        (row, key) -> {
          if (keys.contains(key)) {
            rows.add(row);
          }
        });
    return rows;
  }

  private interface Rows {
    void accept(int row, List<@Nullable Object> key);
  }

  private static void forEach(TableContext table, ContentFile<?> file, Schema schema, Rows action) {
    try (RecordFile records = RecordFiles.open(table.io(), file, table.properties())) {
      for (int piece = 0; piece < records.pieceCount(); piece++) {
        int row = records.firstRow(piece);
        try (CloseableIterable<Record> rows = records.read(piece, schema)) {
          for (Record record : rows) {
            action.accept(row++, key(record));
          }
        }
      }
    } catch (IOException e) {
      throw new UnavailableException("Cannot read file " + file.location(), e);
    }
  }

  private static List<@Nullable Object> key(Record record) {
    List<@Nullable Object> key = new ArrayList<>(record.size());
    for (int i = 0; i < record.size(); i++) {
      Object value = record.get(i);
      // Arrays compare by identity, text of different classes not at all.
      key.add(
          value instanceof byte[] bytes
              ? ByteBuffer.wrap(bytes)
              : value instanceof CharSequence text ? text.toString() : value);
    }
    return key;
  }
}
