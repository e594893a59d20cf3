package io.proximadb.crashtest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What one writer's records may be: as its last acknowledged operation left them, or as the one
 * after it does, which may have become durable without an answer.
 */
final class Expectation {
  /** Enough to see a pattern. */
  private static final int MAX_DIFFERENCES = 8;

  private final int writer;
  private WriterState acknowledged = WriterState.empty();
  private @Nullable Workload workload;
  private @Nullable Operation unanswered;

  Expectation(int writer) {
    this.writer = writer;
    Workload.SHARED.forEach(name -> acknowledged.collections().put(name, new TreeMap<>()));
  }

  /** A life begins in which this writer writes; what was found before it counts as acknowledged. */
  void begin(long seed) {
    Workload begun = new Workload(seed, writer, acknowledged);
    workload = begun;
    unanswered = begun.next();
  }

  /** The next operation was acknowledged; returns it. */
  Operation acknowledge() {
    Operation done = unanswered;
    Workload begun = workload;
    if (done == null || begun == null) {
      throw new IllegalStateException("Writer " + writer + " does not write in this round");
    }
    done.apply(acknowledged);
    unanswered = begun.next();
    return done;
  }

  /** Compares with what was found after a kill, and goes on from there if it may be. */
  List<String> settle(WriterState found, Summary summary) {
    summary.add(Summary.Count.RECORDS_COMPARED, size(found));
    WriterState other = acknowledged.copy();
    if (unanswered != null) {
      unanswered.apply(other);
    }
    boolean unansweredDone = !found.equals(acknowledged) && found.equals(other);
    List<String> wrong = new ArrayList<>();
    if (unansweredDone) {
      summary.add(Summary.Count.UNANSWERED_KEPT, 1);
    } else if (!found.equals(acknowledged)) {
      differences(found, other, wrong, summary);
    }
    acknowledged = found.copy();
    workload = null;
    unanswered = null;
    return wrong;
  }

  private static long size(WriterState state) {
    return state.collections().values().stream().mapToLong(Map::size).sum();
  }

  private void differences(
      WriterState found, WriterState other, List<String> wrong, Summary summary) {
    TreeSet<String> names = new TreeSet<>(acknowledged.collections().keySet());
    names.addAll(found.collections().keySet());
    for (String name : names) {
      Map<String, Value> before = acknowledged.collections().getOrDefault(name, new TreeMap<>());
      Map<String, Value> after = other.collections().getOrDefault(name, new TreeMap<>());
      Map<String, Value> now = found.collections().getOrDefault(name, new TreeMap<>());
      TreeSet<String> ids = new TreeSet<>(before.keySet());
      ids.addAll(now.keySet());
      for (String id : ids) {
        Value expected = before.get(id);
        Value value = now.get(id);
        if (!java.util.Objects.equals(value, expected)
            && !java.util.Objects.equals(value, after.get(id))) {
          add(id + " in " + name, expected, value, wrong, summary);
        }
      }
      if (found.has(name) != acknowledged.has(name) && found.has(name) != other.has(name)) {
        summary.add(found.has(name) ? Summary.Count.RESURRECTED : Summary.Count.LOST, 1);
        wrong.add("collection " + name + (found.has(name) ? " came back" : " is lost"));
      }
    }
    if (wrong.isEmpty()) {
      summary.add(Summary.Count.WRONG, 1);
      wrong.add("torn: of the unanswered " + unanswered + " a part is there");
    }
    if (wrong.size() > MAX_DIFFERENCES) {
      int more = wrong.size() - MAX_DIFFERENCES;
      wrong.subList(MAX_DIFFERENCES, wrong.size()).clear();
      wrong.add("and " + more + " more");
    }
  }

  private void add(
      String record,
      @Nullable Value expected,
      @Nullable Value found,
      List<String> wrong,
      Summary summary) {
    if (found == null) {
      summary.add(Summary.Count.LOST, 1);
      wrong.add("lost: " + record + ", acknowledged as " + expected);
    } else if (expected == null) {
      summary.add(Summary.Count.RESURRECTED, 1);
      wrong.add("resurrected: " + record + ", deleted or expired, came back as " + found);
    } else {
      summary.add(Summary.Count.LOST, 1);
      wrong.add("lost: " + record + ", acknowledged as " + expected + ", came back as " + found);
    }
  }
}
