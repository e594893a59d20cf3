package io.proximadb.flink.source;

import io.proximadb.query.ChangedRows;
import org.apache.flink.api.connector.source.SourceSplit;

/**
 * A part of a read, with how far it has come: a data file of a snapshot, or all changes of a share
 * of the ids.
 *
 * @param splitId unique within the source
 * @param file the data file; empty for changes
 * @param part which ids; all of a file
 * @param readMicros of a file: rows that expire at or before it are gone; of changes 0
 * @param place how far it has come
 */
public record ProximaSplit(
    String splitId, String file, ChangedRows.Part part, long readMicros, Place place)
    implements SourceSplit {

  /**
   * A place in a table's history.
   *
   * @param snapshotId which snapshot; {@link #NONE} before the first commit
   * @param whole true if its rows are read, false if those that its commit changed
   * @param done rows or changes of it that are over, {@link #ALL} for all of them
   */
  public record Place(long snapshotId, boolean whole, long done) {
    static final long NONE = -1;
    static final long ALL = -1;

    boolean isOver() {
      return done == ALL;
    }

    static Place after(long snapshotId) {
      return new Place(snapshotId, false, ALL);
    }
  }

  /** A data file of a snapshot. */
  static ProximaSplit ofFile(long snapshotId, String location, long readMicros) {
    return new ProximaSplit(
        location, location, ChangedRows.Part.ALL, readMicros, new Place(snapshotId, true, 0));
  }

  /** The changes of some ids. */
  static ProximaSplit ofChanges(ChangedRows.Part part, Place start) {
    return new ProximaSplit("changes-" + part.index() + "-of-" + part.count(), "", part, 0, start);
  }

  boolean isChanges() {
    return file.isEmpty();
  }

  ProximaSplit at(Place reached) {
    return new ProximaSplit(splitId, file, part, readMicros, reached);
  }

  @Override
  public String toString() {
    return splitId + " (snapshot=" + place.snapshotId() + ", done=" + place.done() + ")";
  }
}
