package io.proximadb.wal;

import java.io.IOException;

/** Reads the records of a frame's payload. Not safe for use by several threads. */
interface RecordDecoder {
  /** A decoder for what a segment was written with: the straight one if it is our own schema. */
  static RecordDecoder of(LogHeader header) {
    return header.schema().equals(WalSchemas.RECORD)
        ? new StraightRecordDecoder()
        : new ResolvingRecordDecoder(header.version(), header.schema());
  }

  /** Begins a payload. */
  void start(byte[] bytes, int offset, int length);

  /** The next record. */
  WalRecord next(long sequence) throws IOException;

  /** True if the payload is used up. */
  boolean atEnd() throws IOException;
}
