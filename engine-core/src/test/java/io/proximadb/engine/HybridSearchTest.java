package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.CollectionView;
import io.proximadb.api.Fusion;
import io.proximadb.api.HybridRequest;
import io.proximadb.api.HybridRequest.Part;
import io.proximadb.api.HybridResponse;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SnapshotRef;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.Filter;
import io.proximadb.model.CollectionName;
import io.proximadb.model.SparseVector;
import io.proximadb.model.VectorRecord;
import io.proximadb.testkit.Engines;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.Seed;
import io.proximadb.testkit.SparseTerms;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Searches of several parts, whose rankings are fused. */
class HybridSearchTest {
  private static final int RECORDS = 400;

  @TempDir Path folder;

  private final Random random = Seed.random("HybridSearchTest");
  private ProximaEngine engine;
  private Collection docs;

  @BeforeEach
  void open() {
    engine = ProximaEngine.open(Engines.quiet(folder));
    docs = engine.createCollection(CollectionName.parse("docs"), SparseTerms.schema());
    List<VectorRecord> records = new ArrayList<>();
    for (int i = 0; i < RECORDS; i++) {
      records.add(SparseTerms.record("r" + i, i));
    }
    docs.upsert(records.subList(0, 300));
    docs.flush();
    docs.upsert(records.subList(300, RECORDS));
    // Some rows of the file have newer versions, others are deleted.
    docs.upsert(List.of(SparseTerms.record("r5", 5_005), SparseTerms.record("r6", 5_006)));
    docs.delete(List.of("r7", "r8", "r350"));
  }

  @AfterEach
  void close() {
    engine.close();
  }

  @Test
  void hitsAreThoseOfTheFormulaOverThePartsAnswers() {
    for (int i = 0; i < 60; i++) {
      float[] vector = Records.vector(random.nextLong());
      SparseVector terms = SparseTerms.of(random.nextLong());
      Filter filter =
          random.nextBoolean()
              ? Filter.alwaysTrue()
              : Filter.equal("category", "c" + random.nextInt(5));
      double weight = 0.1 + random.nextDouble();
      int k = 1 + random.nextInt(30);
      int depth = 1 + random.nextInt(60);
      Fusion fusion =
          random.nextBoolean()
              ? new Fusion.ReciprocalRank(random.nextInt(100))
              : Fusion.weightedDistances();
      HybridRequest request =
          HybridRequest.of(
                  k,
                  Part.of(vector).depth(depth),
                  Part.of(terms, SparseTerms.FIELD).depth(depth).weight(weight))
              .by(fusion)
              .where(filter);
      HybridResponse response = docs.search(request);
      int looked = Math.max(k, depth);
      Map<String, Double> expected = new HashMap<>();
      fuse(docs.search(SearchRequest.of(vector, looked).where(filter)).hits(), 1, fusion, expected);
      fuse(
          docs.search(SearchRequest.of(terms, looked, SparseTerms.FIELD).where(filter)).hits(),
          weight,
          fusion,
          expected);
      List<String> ids =
          expected.keySet().stream()
              .sorted(
                  (a, b) ->
                      expected.get(a).equals(expected.get(b))
                          ? a.compareTo(b)
                          : Double.compare(expected.get(b), expected.get(a)))
              .limit(k)
              .toList();
      assertThat(response.hits()).extracting(HybridResponse.Hit::id).isEqualTo(ids);
      for (HybridResponse.Hit hit : response.hits()) {
        assertThat(hit.score()).isEqualTo(expected.get(hit.id()));
        assertThat(hit.fields().get("number"))
            .isEqualTo(Records.number(docs.get(hit.id()).orElseThrow()));
        assertThat(hit.places()).hasSize(2).anyMatch(place -> place != null);
      }
      assertThat(response.parts()).hasSize(2);
    }
  }

  private static void fuse(
      List<SearchHit> hits, double weight, Fusion fusion, Map<String, Double> scores) {
    double nearest = hits.get(0).distance();
    double farthest = hits.get(hits.size() - 1).distance();
    for (int i = 0; i < hits.size(); i++) {
      double share;
      if (fusion instanceof Fusion.ReciprocalRank reciprocal) {
        share = 1 / (reciprocal.constant() + i + 1);
      } else {
        share =
            farthest > nearest ? 1 - (hits.get(i).distance() - nearest) / (farthest - nearest) : 1;
      }
      scores.merge(hits.get(i).id(), weight * share, Double::sum);
    }
  }

  @Test
  void anAnswerIsNeverShort() {
    HybridRequest request =
        HybridRequest.of(
            1_000,
            Part.of(Records.vector(1)).depth(1),
            Part.of(SparseTerms.of(1), SparseTerms.FIELD).depth(1));
    assertThat(docs.search(request).hits()).hasSize(RECORDS - 3);
    Filter few = Filter.compare("number", Filter.Operator.LT, 4);
    assertThat(docs.search(request.where(few)).hits())
        .extracting(HybridResponse.Hit::id)
        .containsExactlyInAnyOrder("r0", "r1", "r2", "r3");
    assertThat(docs.search(request.where(new Filter.AlwaysFalse())).hits()).isEmpty();
  }

  @Test
  void placesSayWhereEachPartHasARecord() {
    HybridRequest request =
        HybridRequest.of(
                3,
                Part.of(Records.vector(42)),
                Part.of(SparseTerms.of(42), SparseTerms.FIELD).weight(2))
            .returning(List.of("category", "vector"));
    HybridResponse.Hit first = docs.search(request).hits().get(0);
    assertThat(first.id()).isEqualTo("r42");
    HybridResponse.Place dense = first.places().get(0);
    assertThat(dense).isNotNull();
    assertThat(dense.rank()).isEqualTo(1);
    assertThat(dense.distance()).isZero();
    HybridResponse.Place sparse = first.places().get(1);
    assertThat(sparse).isNotNull();
    assertThat(first.score()).isCloseTo(1 / 61.0 + 2 / (60.0 + sparse.rank()), within(1e-12));
    assertThat(first.fields()).containsOnlyKeys("category", "vector");
    assertThat((float[]) first.fields().get("vector")).isEqualTo(Records.vector(42));
  }

  @Test
  void aViewSearchesItsSnapshot() throws Exception {
    long snapshot = docs.snapshots().get(docs.snapshots().size() - 1).id();
    try (CollectionView view = docs.at(SnapshotRef.id(snapshot))) {
      HybridRequest request = HybridRequest.of(1_000, Part.of(Records.vector(1)));
      assertThat(view.search(request).hits()).hasSize(300);
      assertThatThrownBy(() -> view.search(request.atLeast(5)))
          .isInstanceOf(InvalidArgumentException.class);
    }
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    Part part = Part.of(Records.vector(1));
    assertThatThrownBy(() -> HybridRequest.of(1))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessage("Invalid hybrid search: 0 parts (expected 1 to 16)");
    assertThatThrownBy(() -> part.weight(0))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("Invalid weight: 0.0");
    assertThatThrownBy(() -> part.depth(0))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("Invalid depth: 0");
    assertThatThrownBy(() -> new Fusion.ReciprocalRank(-1))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("-1.0 (expected 0 to");
    assertThatThrownBy(() -> docs.search(HybridRequest.of(0, part)))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("Invalid k: 0");
    assertThatThrownBy(() -> docs.search(HybridRequest.of(1, Part.of(SparseTerms.of(1), "vector"))))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("it is sparse and vector field 'vector' is dense");
    assertThatThrownBy(() -> docs.search(HybridRequest.of(1, part).returning(List.of("nothing"))))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("'nothing'");
  }
}
