package io.proximadb.flink;

import io.proximadb.storage.StagedSegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A step of a commit: earlier rows of these ids go, the rows of these segments come.
 *
 * @param ids every id the step writes or deletes; distinct
 * @param segments the new rows, at most one for each of the ids; empty if all are deleted
 */
record Batch(List<String> ids, List<StagedSegment> segments) {
  Batch {
    ids = List.copyOf(ids);
    segments = List.copyOf(segments);
  }

  /**
   * Joins what parallel writers did between the same two barriers. Writers never share an id, so
   * the n-th batch of one and the n-th batch of another may be one step.
   */
  static List<Batch> zip(List<List<Batch>> writers) {
    int steps = writers.stream().mapToInt(List::size).max().orElse(0);
    List<Batch> joined = new ArrayList<>(steps);
    for (int step = 0; step < steps; step++) {
      List<String> ids = new ArrayList<>();
      List<StagedSegment> segments = new ArrayList<>();
      for (List<Batch> batches : writers) {
        if (step < batches.size()) {
          ids.addAll(batches.get(step).ids());
          segments.addAll(batches.get(step).segments());
        }
      }
      joined.add(new Batch(ids, segments));
    }
    return joined;
  }
}
