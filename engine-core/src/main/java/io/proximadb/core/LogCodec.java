package io.proximadb.core;

import io.proximadb.memtable.MemtableEntry;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.MetadataField;
import io.proximadb.model.Row;
import io.proximadb.model.SparseVector;
import io.proximadb.model.VectorField;
import io.proximadb.storage.IdHash;
import io.proximadb.storage.TableContext;
import io.proximadb.wal.WalRecord;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.Schema;
import org.jspecify.annotations.Nullable;

/** Converts rows to log records and back, by Iceberg field ids, which outlive renames. */
final class LogCodec {
  private final TableContext table;
  private final IdHash idHash;
  private final int[] vectorIds;
  private final int[] metadataIds;

  /** Which metadata columns hold sparse vectors: the log has them as bytes. */
  private final boolean[] sparse;

  LogCodec(TableContext table) {
    this.table = table;
    this.idHash = IdHash.of(table.tableUuid());
    CollectionSchema schema = table.schema();
    List<String> vectors = schema.vectorFields().stream().map(VectorField::name).toList();
    List<String> metadata = schema.metadataFields().stream().map(MetadataField::name).toList();
    this.vectorIds = ids(table.icebergSchema(), vectors);
    this.metadataIds = ids(table.icebergSchema(), metadata);
    this.sparse = new boolean[metadataIds.length];
    for (int i = 0; i < sparse.length; i++) {
      sparse[i] = schema.sparseField(metadata.get(i)).isPresent();
    }
  }

  private static int[] ids(Schema schema, List<String> names) {
    return names.stream().mapToInt(name -> schema.findField(name).fieldId()).toArray();
  }

  /** A whole row; {@code live} tells whether it replaces one. */
  WalRecord row(Row row, boolean live, long epoch) {
    Map<Integer, float[]> vectors = new LinkedHashMap<>();
    for (int i = 0; i < vectorIds.length; i++) {
      float[] vector = row.vectors()[i];
      if (vector != null) {
        vectors.put(vectorIds[i], vector);
      }
    }
    Map<Integer, @Nullable Object> metadata = new LinkedHashMap<>();
    for (int i = 0; i < metadataIds.length; i++) {
      Object value = row.metadata()[i];
      if (value != null) {
        metadata.put(metadataIds[i], sparse[i] ? SparseVector.ofStruct(value).toBytes() : value);
      }
    }
    return new WalRecord(
        0,
        table.tableUuid(),
        epoch,
        live ? WalRecord.Operation.UPDATE : WalRecord.Operation.INSERT,
        row.id(),
        row.version(),
        row.updatedAtMicros(),
        row.expiresAtMicros(),
        vectors,
        metadata,
        0);
  }

  WalRecord delete(String id, long version, long updatedAtMicros, long epoch) {
    return WalRecord.ofId(
        table.tableUuid(),
        epoch,
        WalRecord.Operation.SOFT_DELETE,
        id,
        version,
        updatedAtMicros,
        Row.NO_EXPIRY);
  }

  /** A change of expiry; the row is the new version. */
  WalRecord expiry(Row row, long epoch) {
    return WalRecord.ofId(
        table.tableUuid(),
        epoch,
        row.expiresAtMicros() == Row.NO_EXPIRY
            ? WalRecord.Operation.REMOVE_TTL
            : WalRecord.Operation.SET_TTL,
        row.id(),
        row.version(),
        row.updatedAtMicros(),
        row.expiresAtMicros());
  }

  /**
   * The memtable's form of a replayed row or deletion, also of one that was logged under an earlier
   * schema: columns that are gone by now are left out, new ones are null, values are widened.
   */
  MemtableEntry entry(WalRecord record) {
    if (record.operation() == WalRecord.Operation.SOFT_DELETE) {
      return new MemtableEntry(record.id(), idHash.of(record.id()), record.sequence(), null);
    }
    assert record.operation().givesRow() : record.operation();
    float[] @Nullable [] vectors = new float[vectorIds.length] @Nullable [];
    for (int i = 0; i < vectors.length; i++) {
      float[] vector = record.vectors().get(vectorIds[i]);
      if (vector == null && !table.schema().vectorFields().get(i).optional()) {
        throw new IllegalStateException(
            "Log record " + record.sequence() + " has no vector of field " + vectorIds[i]);
      }
      vectors[i] = vector;
    }
    @Nullable Object[] metadata = new @Nullable Object[metadataIds.length];
    for (int i = 0; i < metadata.length; i++) {
      Object value = record.metadata().get(metadataIds[i]);
      metadata[i] =
          sparse[i] && value instanceof byte[] bytes
              ? SparseVector.ofBytes(bytes).asStruct()
              : ValueConversion.fit(table.schema().metadataFields().get(i).type(), value);
    }
    Row row =
        new Row(
            record.id(),
            vectors,
            metadata,
            record.expiresAtMicros(),
            record.version(),
            record.updatedAtMicros());
    return new MemtableEntry(record.id(), idHash.of(record.id()), record.sequence(), row);
  }
}
