package io.proximadb.api;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.RecordValidator;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What is to be erased, and how far an erasure may go. Immutable.
 *
 * @param ids of the records, each once; 1 to {@link #MAX_IDS}
 * @param endsPins false to refuse while a pin or an open view of this engine holds an earlier
 *     snapshot; true to end such pins and go on, so that their readers fail
 * @param isAlone true if the caller vouches that nobody else, neither job nor engine, is writing to
 *     the table: then files that no snapshot names are removed whatever their age
 */
public record EraseRequest(Set<String> ids, boolean endsPins, boolean isAlone) {
  /** Most ids of one erasure, as of one write: they are looked up in every file. */
  public static final int MAX_IDS = io.proximadb.api.Collection.MAX_WRITE_RECORDS;

  /**
   * Checks the ids.
   *
   * @throws InvalidArgumentException if there are none or too many, or one is not valid
   */
  public EraseRequest {
    if (ids.isEmpty() || ids.size() > MAX_IDS) {
      throw new InvalidArgumentException(
          "Invalid number of ids to erase: " + ids.size() + " (expected 1 to " + MAX_IDS + ")");
    }
    ids.forEach(RecordValidator::checkId);
    ids = Collections.unmodifiableSet(new LinkedHashSet<>(ids));
  }

  /** The records of these ids, with respect for pins and other writers; an id may stand twice. */
  public static EraseRequest of(Collection<String> ids) {
    return new EraseRequest(new LinkedHashSet<>(ids), false, false);
  }

  /** The same, ending pins of earlier snapshots. */
  public EraseRequest endingPins() {
    return new EraseRequest(ids, true, isAlone);
  }

  /** The same, where nobody else writes to the table. */
  public EraseRequest alone() {
    return new EraseRequest(ids, endsPins, true);
  }
}
