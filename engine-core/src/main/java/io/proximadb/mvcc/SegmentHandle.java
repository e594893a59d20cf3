package io.proximadb.mvcc;

import io.proximadb.model.IndexDefinition;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.LongColumn;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.TableContext;
import java.util.Map;
import org.apache.iceberg.Schema;
import org.jspecify.annotations.Nullable;

/** An open data file, shared by all states that have it and closed with the last of them. */
public final class SegmentHandle extends RefCounted {
  private final SegmentReader reader;
  private final Schema schema;
  private final ColumnCache columns;
  private final SegmentIndexes indexes;

  /** Set when it is known that no row expires: files never change. */
  private volatile boolean neverExpires;

  /**
   * Takes an open file over.
   *
   * @param schema the table's, under which it was opened
   */
  public SegmentHandle(
      SegmentReader reader, Schema schema, ColumnCache columns, IndexMemory indexMemory) {
    this.reader = reader;
    this.schema = schema;
    this.columns = columns;
    this.indexes = new SegmentIndexes(reader.dataFile().location(), reader.rowCount(), indexMemory);
  }

  /** An index of the file, loaded now if it was not before and there is room. */
  public SegmentIndexes.Found index(TableContext table, IndexDefinition definition) {
    return indexes.find(table, definition);
  }

  /** Bytes that an index takes in memory; 0 if it is not loaded. */
  public long indexBytes(IndexDefinition definition) {
    return indexes.memoryBytes(definition);
  }

  public SegmentReader reader() {
    return reader;
  }

  public String location() {
    return reader.dataFile().location();
  }

  /** A decoded column, from the cache if it is there. */
  public Column column(String name) {
    return columns.get(reader, schema.findField(name), name);
  }

  /** Expiry of each row in microseconds since 1970, or null if no row of the file expires. */
  public @Nullable LongColumn expiry() {
    if (neverExpires) {
      return null;
    }
    if (countsNoExpiry()) {
      neverExpires = true;
      return null;
    }
    LongColumn column = (LongColumn) column(SystemColumns.EXPIRES_AT);
    neverExpires = column.nulls() != null && column.nulls().cardinality() == column.size();
    return neverExpires ? null : column;
  }

  /** True if the file's metrics say that no row has an expiry: then nothing need be read. */
  private boolean countsNoExpiry() {
    Map<Integer, Long> nulls = reader.dataFile().nullValueCounts();
    Long withoutExpiry =
        nulls == null ? null : nulls.get(schema.findField(SystemColumns.EXPIRES_AT).fieldId());
    return withoutExpiry != null && withoutExpiry == reader.dataFile().recordCount();
  }

  @Override
  void free() {
    indexes.free();
    reader.close();
  }
}
