package io.proximadb.flink;

import java.io.Serializable;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.flink.table.data.RowData;
import org.apache.flink.types.RowKind;

/**
 * A changelog of a seed: the change at an index is always the same, so that a source can start over
 * anywhere.
 */
record ChangeScript(long seed, int length, int ids, boolean deletions) implements Serializable {

  /** A fresh script, or that of {@code -Dproximadb.test.seed}; tells its seed. */
  static ChangeScript fresh(String test, int length, int ids) {
    long seed = Long.getLong("proximadb.test.seed", System.nanoTime());
    System.out.println(test + ": -Dproximadb.test.seed=" + seed);
    return new ChangeScript(seed, length, ids, true);
  }

  /** The same script with upserts in the place of deletions, so that every row is a change. */
  ChangeScript withoutDeletions() {
    return new ChangeScript(seed, length, ids, false);
  }

  private SplittableRandom random(long index) {
    return new SplittableRandom(seed * 31 + index);
  }

  private String id(long index) {
    return "id-" + random(index).nextInt(ids);
  }

  private RowKind kind(long index) {
    int dice = random(index).split().nextInt(10);
    if (deletions && dice < 3) {
      return RowKind.DELETE;
    }
    return dice < 6 ? RowKind.INSERT : RowKind.UPDATE_AFTER;
  }

  RowData change(long index) {
    return kind(index) == RowKind.DELETE
        ? Docs.deletion(id(index))
        : Docs.row(kind(index), id(index), (int) index);
  }

  /** The table after all changes. */
  Map<String, Integer> outcome() {
    Map<String, Integer> values = new TreeMap<>();
    for (int i = 0; i < length; i++) {
      if (kind(i) == RowKind.DELETE) {
        values.remove(id(i));
      } else {
        values.put(id(i), i);
      }
    }
    return values;
  }
}
