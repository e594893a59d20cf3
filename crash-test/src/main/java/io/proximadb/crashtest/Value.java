package io.proximadb.crashtest;

import org.jspecify.annotations.Nullable;

/**
 * What a record is compared by.
 *
 * @param number everything but the id and the expiry follows from it
 * @param expires true if it has an expiry, which then is far in the future
 */
record Value(long number, boolean expires) {
  java.time.@Nullable Instant expiry() {
    return expires ? CrashRecords.FAR : null;
  }

  @Override
  public String toString() {
    return number + (expires ? " with expiry" : "");
  }
}
