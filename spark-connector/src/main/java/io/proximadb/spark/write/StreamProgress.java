package io.proximadb.spark.write;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.RowLevelCommit;
import io.proximadb.catalog.TableProperties;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far a streaming query has come in a table: the last epoch whose rows are in it, kept in a
 * property that is set in the commit of the rows.
 *
 * <pre>{@code proximadb.spark.stream.<query id> = <epoch>@<microseconds since 1970>}</pre>
 */
final class StreamProgress {
  private static final String PREFIX = TableProperties.PREFIX + "spark.stream.";

  /**
   * Queries whose progress a table keeps: its properties are in every version of its metadata. The
   * one that wrote longest ago goes first; if it came back to an epoch that is in the table, it
   * would write the same rows again.
   */
  private static final int MAX_QUERIES = 100;

  private final CollectionTable table;
  private final String key;
  private @Nullable String found;

  StreamProgress(CollectionTable table, String queryId) {
    this.table = table;
    this.key = PREFIX + queryId;
  }

  /** True if the table has the rows of an epoch, as its metadata is now. */
  boolean has(long epoch) {
    table.refresh();
    found = table.property(key);
    return found != null && number(found, 0) >= epoch;
  }

  /** Lets a commit of an epoch pass only where this one was looked at, and notes it. */
  void record(RowLevelCommit commit, long epoch, long nowMicros) {
    commit.requireProperty(key, found);
    commit.setProperty(key, epoch + "@" + nowMicros);
    if (found == null) {
      superfluous().forEach(commit::removeProperty);
    }
  }

  private List<String> superfluous() {
    List<String> others = new ArrayList<>();
    table.properties().keySet().stream()
        .filter(name -> name.startsWith(PREFIX))
        .forEach(others::add);
    others.sort(
        Comparator.comparingLong(name -> number(table.properties().getOrDefault(name, ""), 1)));
    return List.copyOf(others.subList(0, Math.max(0, others.size() + 1 - MAX_QUERIES)));
  }

  /** The epoch (0) or the time (1) of a value; -1 if it is none of ours. */
  private static long number(String value, int part) {
    String[] parts = value.split("@", -1);
    try {
      return parts.length == 2 ? Long.parseLong(parts[part]) : -1;
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
