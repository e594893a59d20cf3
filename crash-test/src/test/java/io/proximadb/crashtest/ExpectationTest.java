package io.proximadb.crashtest;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.crashtest.Summary.Count;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the crash test takes for wrong, and that a seed leads to the same operations again. */
class ExpectationTest {
  private static final long SEED = 7;
  private static final int OPERATIONS = 400;

  private final Summary summary = new Summary();
  private final Expectation expectation = new Expectation(0);
  private final List<Operation> done = new ArrayList<>();
  private WriterState state = WriterState.empty();

  @BeforeEach
  void write() {
    Workload.SHARED.forEach(name -> state.collections().put(name, new java.util.TreeMap<>()));
    expectation.begin(SEED);
    for (int i = 0; i < OPERATIONS; i++) {
      Operation operation = expectation.acknowledge();
      operation.apply(state);
      done.add(operation);
    }
  }

  @Test
  void aSeedLeadsToTheSameOperationsAgain() {
    WriterState start = WriterState.empty();
    Workload.SHARED.forEach(name -> start.collections().put(name, new java.util.TreeMap<>()));
    Workload again = new Workload(SEED, 0, start);
    List<Operation> operations = new ArrayList<>();
    for (int i = 0; i < OPERATIONS; i++) {
      operations.add(again.next());
    }
    assertThat(operations).isEqualTo(done);
    assertThat(operations.stream().map(Operation::kind).distinct())
        .as("every kind of operation")
        .hasSize(Kind.values().length);
    assertThat(RoundPlan.of(SEED)).isEqualTo(RoundPlan.of(SEED));
  }

  @Test
  void whatWasAcknowledgedIsRight() {
    assertThat(expectation.settle(state, summary)).isEmpty();
  }

  @Test
  void theUnansweredOperationMayBeThereAsAWhole() {
    WriterState start = WriterState.empty();
    Workload.SHARED.forEach(name -> start.collections().put(name, new java.util.TreeMap<>()));
    Workload workload = new Workload(SEED, 0, start);
    for (int i = 0; i < OPERATIONS; i++) {
      workload.next();
    }
    workload.next().apply(state);
    assertThat(expectation.settle(state, summary)).isEmpty();
  }

  @Test
  void aMissingRecordIsLost() {
    Map<String, Value> docs = state.of("docs");
    docs.remove(docs.keySet().iterator().next());
    assertThat(expectation.settle(state, summary)).singleElement().asString().startsWith("lost: ");
    assertThat(summary.get(Count.LOST)).isEqualTo(1);
  }

  @Test
  void anOlderValueMeansThatTheNewerIsLost() {
    Map<String, Value> docs = state.of("docs");
    docs.replace(docs.keySet().iterator().next(), new Value(1, false));
    assertThat(expectation.settle(state, summary)).singleElement().asString().startsWith("lost: ");
  }

  @Test
  void aDeletedRecordThatComesBackIsResurrected() {
    Map<String, Value> docs = state.of("docs");
    String deleted =
        Workload.allIds().stream()
            .filter(id -> id.startsWith("w0-") && !docs.containsKey(id))
            .findFirst()
            .orElseThrow();
    docs.put(deleted, new Value(1, false));
    assertThat(expectation.settle(state, summary))
        .singleElement()
        .asString()
        .startsWith("resurrected: ");
    assertThat(summary.get(Count.RESURRECTED)).isEqualTo(1);
  }

  @Test
  void aDroppedCollectionThatComesBackIsResurrected() {
    while (state.has(Workload.OWN)) {
      expectation.acknowledge().apply(state);
    }
    state
        .collections()
        .put(Workload.OWN, new java.util.TreeMap<>(Map.of("w0-1", new Value(1, false))));
    assertThat(expectation.settle(state, summary))
        .anySatisfy(text -> assertThat(text).startsWith("resurrected: w0-1 in scratch"));
  }
}
