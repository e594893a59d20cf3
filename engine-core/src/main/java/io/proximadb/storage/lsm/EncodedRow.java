package io.proximadb.storage.lsm;

import java.util.Arrays;

/**
 * A record as it goes into the file. Ordered by id.
 *
 * @param record the whole record
 * @param idFrom where the id's UTF-8 bytes start in it
 * @param idTo where they end
 */
@SuppressWarnings("ArrayRecordComponent")
record EncodedRow(byte[] record, int idFrom, int idTo) implements Comparable<EncodedRow> {
  byte[] id() {
    return Arrays.copyOfRange(record, idFrom, idTo);
  }

  @Override
  public int compareTo(EncodedRow other) {
    return Arrays.compareUnsigned(record, idFrom, idTo, other.record, other.idFrom, other.idTo);
  }
}
