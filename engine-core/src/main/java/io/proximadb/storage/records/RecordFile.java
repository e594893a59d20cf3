package io.proximadb.storage.records;

import java.io.Closeable;
import java.util.Set;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;

/**
 * A file of rows that any Iceberg engine may have written, read piece by piece: a row group of
 * Parquet, some blocks of Avro. Safe for use by several threads.
 */
public interface RecordFile extends Closeable {
  int pieceCount();

  /** First row of a piece; {@code firstRow(pieceCount())} is the number of rows of the file. */
  int firstRow(int piece);

  /**
   * The rows of a piece in their order, with these columns. They are found by field id; a column
   * that the file does not have must be optional and is null, or its initial default.
   *
   * @throws io.proximadb.error.CorruptFileException if the piece is damaged
   */
  CloseableIterable<Record> read(int piece, Schema columns);

  /** Of these field ids those that the file has at its top level. */
  Set<Integer> present(Set<Integer> fieldIds);

  @Override
  void close();
}
