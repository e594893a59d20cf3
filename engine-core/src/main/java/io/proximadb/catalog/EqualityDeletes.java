package io.proximadb.catalog;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.proximadb.error.UnavailableException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.model.FieldType;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.MetadataField;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.column.Column;
import io.proximadb.storage.AttachedFiles;
import io.proximadb.storage.IdSets;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.Segments;
import io.proximadb.storage.TableContext;
import io.proximadb.storage.records.ColumnBuilder;
import io.proximadb.storage.records.LenientSchemas;
import io.proximadb.storage.records.RecordFile;
import io.proximadb.storage.records.RecordFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * Finds the rows that equality deletes of other engines delete. Evaluated once for each pair of
 * data file and delete file, and kept; a commit of ours turns them into deletion vectors.
 */
final class EqualityDeletes {
  /** 32 MiB of positions: compressed bitmaps are far smaller than the rows they stand for. */
  private static final long MAX_POSITIONS_BYTES = 32L << 20;

  /** Half a million keys of delete files, about 64 MiB. */
  private static final long MAX_KEYS = 512L << 10;

  private record Pair(String dataFile, String deleteFile, int schemaId) {}

  private static final Cache<Pair, RoaringBitmap> POSITIONS =
      Caffeine.newBuilder()
          .maximumWeight(MAX_POSITIONS_BYTES)
          .<Pair, RoaringBitmap>weigher((pair, rows) -> 256 + rows.getSizeInBytes())
          .executor(Runnable::run)
          .build();

  private static final Cache<String, Keys> KEYS =
      Caffeine.newBuilder()
          .maximumWeight(MAX_KEYS)
          .<String, Keys>weigher((location, keys) -> 1 + keys.values().size())
          .executor(Runnable::run)
          .build();

  /**
   * What a delete file says.
   *
   * @param columns the columns it compares, by their names in the table
   * @param values for each deleted row the values of these columns
   */
  private record Keys(List<String> columns, Set<List<@Nullable Object>> values) {}

  private EqualityDeletes() {}

  /**
   * The rows of a data file whose columns equal those of a row of the delete file; null equals
   * null. The caller has made sure that the delete is newer than the file. Not to be changed.
   *
   * @throws UnsupportedVersionException if it compares columns that collections do not compare
   */
  static RoaringBitmap positions(TableContext table, DataFile file, DeleteFile delete) {
    return POSITIONS.get(
        new Pair(file.location(), delete.location(), table.icebergSchema().schemaId()),
        pair -> evaluate(table, file, delete));
  }

  private static RoaringBitmap evaluate(TableContext table, DataFile file, DeleteFile delete) {
    List<NestedField> fields = fields(table, delete);
    if (AttachedFiles.isAttached(table) && !fields.stream().allMatch(f -> isServed(table, f))) {
      return RawEqualityDeletes.positions(table, file, delete, fields);
    }
    Keys keys =
        KEYS.get(
            delete.location() + "#" + table.icebergSchema().schemaId(),
            location -> read(table, delete));
    try (SegmentReader reader = Segments.open(table, file)) {
      if (keys.columns().equals(List.of(SystemColumns.ID))) {
        List<String> ids = new ArrayList<>();
        keys.values().forEach(key -> addText(ids, key.get(0)));
        return reader.findAll(IdSets.of(table, ids));
      }
      RoaringBitmap rows = new RoaringBitmap();
      List<Column> columns = keys.columns().stream().map(reader::column).toList();
      for (int row = 0; row < reader.rowCount(); row++) {
        if (keys.values().contains(key(columns, row))) {
          rows.add(row);
        }
      }
      return rows;
    }
  }

  private static void addText(List<String> ids, @Nullable Object id) {
    if (id instanceof String text) {
      ids.add(text);
    }
  }

  private static List<@Nullable Object> key(List<Column> columns, int row) {
    @Nullable Object[] key = new @Nullable Object[columns.size()];
    for (int i = 0; i < key.length; i++) {
      Object value = columns.get(i).value(row);
      key[i] = value instanceof byte[] bytes ? ByteBuffer.wrap(bytes) : value;
    }
    return Arrays.asList(key);
  }

  private static List<NestedField> fields(TableContext table, DeleteFile delete) {
    List<NestedField> fields = new ArrayList<>();
    for (int id : Objects.requireNonNull(delete.equalityFieldIds())) {
      fields.add(field(table, delete, id));
    }
    return fields;
  }

  /** True if the column is one of the collection's, and not left out of an attached table. */
  private static boolean isServed(TableContext table, NestedField field) {
    return field.name().equals(SystemColumns.ID)
        || table.schema().metadataField(field.name()).isPresent();
  }

  private static Keys read(TableContext table, DeleteFile delete) {
    List<NestedField> fields = fields(table, delete);
    Schema schema = LenientSchemas.of(fields);
    Set<List<@Nullable Object>> values = new HashSet<>();
    try (RecordFile file = RecordFiles.open(table.io(), delete, table.properties())) {
      for (int piece = 0; piece < file.pieceCount(); piece++) {
        int rows = file.firstRow(piece + 1) - file.firstRow(piece);
        List<ColumnBuilder> builders =
            fields.stream().map(field -> new ColumnBuilder(type(table, field), rows)).toList();
        try (CloseableIterable<Record> records = file.read(piece, schema)) {
          for (Record record : records) {
            for (int i = 0; i < builders.size(); i++) {
              builders.get(i).add(record.get(i));
            }
          }
        }
        List<Column> columns = builders.stream().map(ColumnBuilder::build).toList();
        for (int row = 0; row < rows; row++) {
          values.add(key(columns, row));
        }
      }
    } catch (IOException e) {
      throw new UnavailableException("Cannot read equality deletes " + delete.location(), e);
    }
    return new Keys(fields.stream().map(NestedField::name).toList(), values);
  }

  private static NestedField field(TableContext table, DeleteFile delete, int id) {
    for (NestedField field : table.icebergSchema().columns()) {
      if (field.fieldId() == id
          && field.type().isPrimitiveType()
          && table.schema().vectorField(field.name()).isEmpty()) {
        return field;
      }
    }
    throw new UnsupportedVersionException(
        "Unsupported equality delete "
            + delete.location()
            + ": it compares field "
            + id
            + " ("
            + table.icebergSchema().findColumnName(id)
            + "; supported: columns of scalar types that the table has now; rewrite the deletes"
            + " with the engine that wrote them)");
  }

  private static FieldType type(TableContext table, NestedField field) {
    return switch (field.name()) {
      case SystemColumns.ID -> Scalar.STRING;
      case SystemColumns.VERSION, SystemColumns.CLUSTER_ID -> Scalar.LONG;
      case SystemColumns.UPDATED_AT, SystemColumns.EXPIRES_AT -> Scalar.TIMESTAMP;
      default -> table.schema().metadataField(field.name()).map(MetadataField::type).orElseThrow();
    };
  }
}
