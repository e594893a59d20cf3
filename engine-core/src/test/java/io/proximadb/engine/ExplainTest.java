package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.SearchExplanation;
import io.proximadb.api.SearchExplanation.Outcome;
import io.proximadb.api.SearchRequest;
import io.proximadb.env.Clock;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.FilterJson;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.Metric;
import io.proximadb.model.SchemaChange;
import io.proximadb.model.VectorField;
import io.proximadb.model.VectorRecord;
import io.proximadb.testkit.Engines;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Why a record is in an answer, or is not. */
class ExplainTest {
  private static final int ROWS = 2_000;

  @TempDir Path folder;

  private final AtomicLong micros = new AtomicLong(Clock.system().nowMicros());
  private ProximaEngine engine;
  private Collection docs;

  @BeforeEach
  void fill() {
    engine = ProximaEngine.open(Engines.quiet(folder).withClock(Clock.of(micros::get)));
    docs =
        engine.createCollection(
            CollectionName.parse("docs"),
            CollectionSchema.builder()
                .vector(4, Metric.EUCLIDEAN)
                .metadata("even", Scalar.BOOLEAN)
                .build());
    List<VectorRecord> records = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      records.add(VectorRecord.of("r" + i, at(i), Map.of("even", i % 2 == 0)));
    }
    docs.upsert(records);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  /** A point on a line. */
  private static float[] at(double place) {
    return new float[] {(float) place, 1, 2, 3};
  }

  private static SearchRequest nearest(int k) {
    return SearchRequest.of(at(-1), k);
  }

  private void check(SearchRequest request, String id, Outcome outcome, String words) {
    SearchExplanation explanation = docs.explain(request, id);
    assertThat(explanation.outcome()).isEqualTo(outcome);
    assertThat(explanation.reason()).contains(words);
    assertThat(explanation.response().hits()).isEqualTo(docs.search(request).hits());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyFateIsTold(boolean flushed) {
    if (flushed) {
      // What never was in a file leaves no trace.
      docs.flush();
    }
    docs.delete(List.of("r3"));
    docs.setTtl(List.of("r4"), Duration.ofMinutes(1));
    if (flushed) {
      docs.flush();
    }
    micros.addAndGet(Duration.ofMinutes(2).toNanos() / 1_000);
    check(nearest(5), "r1", Outcome.IN_ANSWER, "hit 2 of 5, at distance 2.0");
    check(nearest(5), "nowhere", Outcome.NO_SUCH_RECORD, "no record");
    check(nearest(5), "r3", Outcome.DELETED, "deleted");
    check(nearest(5), "r4", Outcome.EXPIRED, "time to live");
    SearchRequest even = nearest(5).where(FilterJson.parse("{\"even\":true}"));
    check(even, "r1", Outcome.FILTERED, "distance is 2.0");
    check(nearest(5).within(10), "r20", Outcome.TOO_FAR, "21.0, is above 10.0");
    SearchExplanation lower = docs.explain(nearest(5), "r20");
    assertThat(lower.outcome()).isEqualTo(Outcome.RANKED_LOWER);
    assertThat(lower.distance()).hasValue(21);
    // r3 and r4 are gone.
    assertThat(lower.rank()).hasValue(19);
    assertThat(docs.explain(even, "r20").rank()).hasValue(10);
  }

  @Test
  void aRecordWithoutAVectorOfTheFieldIsSaidToHaveNone() {
    docs.flush();
    docs.alter(SchemaChange.addVector(new VectorField("second", 2, Metric.EUCLIDEAN)));
    SearchRequest second = SearchRequest.of(new float[] {1, 1}, 3).by("second");
    check(second, "r1", Outcome.NO_VECTOR, "no vector");
  }

  @Test
  void whatAClusteredSearchMissedIsTold() {
    docs.flush();
    docs.optimize();
    SearchRequest request = SearchRequest.of(at(ROWS / 2.0), 1_500).clusters(1);
    List<String> found = docs.search(request).hits().stream().map(hit -> hit.id()).toList();
    assertThat(found).hasSize(1_500);
    List<String> exact =
        docs.search(request.exactly()).hits().stream().map(hit -> hit.id()).toList();
    for (String id : List.of("r0", "r900", "r1000", "r1400", "r1999")) {
      SearchExplanation explanation = docs.explain(request, id);
      Outcome expected =
          found.contains(id)
              ? Outcome.IN_ANSWER
              : exact.contains(id) ? Outcome.NOT_REACHED : Outcome.RANKED_LOWER;
      assertThat(explanation.outcome()).as(id).isEqualTo(expected);
    }
  }

  @Test
  void aRequestThatDoesNotFitIsRefused() {
    SearchRequest wrong = SearchRequest.of(new float[] {1}, 3);
    assertThatThrownBy(() -> docs.explain(wrong, "r1"))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("dimension");
  }
}
