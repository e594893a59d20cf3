package io.proximadb.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.testkit.RandomCollections;
import io.proximadb.testkit.Seed;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SparseVectorTest {
  private static void refused(int[] indices, float[] values, String message) {
    assertThatThrownBy(() -> SparseVector.of(indices, values))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void indicesAscendEachOnceAndValuesAreFinite() {
    refused(new int[] {1}, new float[] {1, 2}, "1 indices and 2 values");
    refused(new int[] {-1}, new float[] {1}, "index -1 (expected 0 or more)");
    refused(new int[] {4, 4}, new float[] {1, 1}, "index 4 stands behind 4");
    refused(new int[] {4, 2}, new float[] {1, 1}, "index 2 stands behind 4");
    refused(new int[] {4}, new float[] {Float.NaN}, "the value at index 4 is NaN");
    refused(new int[] {4}, new float[] {Float.POSITIVE_INFINITY}, "is Infinity");
    int tooMany = SparseVector.MAX_COMPONENTS + 1;
    refused(new int[tooMany], new float[tooMany], tooMany + " components");
    assertThat(SparseVector.of(new int[0], new float[0]).minDimension()).isZero();
    assertThat(SparseVector.of(new int[] {Integer.MAX_VALUE}, new float[] {1}).minDimension())
        .isEqualTo(1L << 31);
  }

  @Test
  void aVectorIsAStructAndBytesAndBack() {
    Random random = Seed.random("SparseVectorTest.roundTrip");
    for (int i = 0; i < 200; i++) {
      SparseVector vector = RandomCollections.sparse(1 + random.nextInt(1_000), random);
      Map<String, Object> struct = vector.asStruct();
      assertThat(SparseVector.ofStruct(struct)).isEqualTo(vector);
      // As readers of files give it.
      Map<String, Object> copy = new LinkedHashMap<>();
      struct.forEach((name, list) -> copy.put(name, List.copyOf((List<?>) list)));
      assertThat(SparseVector.ofStruct(copy)).isEqualTo(vector).hasSameHashCodeAs(vector);
      assertThat(struct).isEqualTo(copy);
      assertThat(struct.get("no such field")).isNull();
      assertThat(SparseVector.ofBytes(vector.toBytes())).isEqualTo(vector);
      assertThat(SparseVector.ofDense(vector.toDense(1_000)))
          .isEqualTo(SparseVector.ofDense(vector.toDense(2_000)));
    }
  }

  @Test
  void whatIsNoVectorIsRefusedOrFoundUnusable() {
    VectorField field = VectorField.sparse("terms", 10, Metric.COSINE);
    for (Object wrong :
        Arrays.asList(
            Map.of("indices", List.of(1)),
            Map.of("indices", List.of(1L), "values", List.of(1f)),
            Map.of("indices", List.of(1), "values", List.of("a")),
            Map.of("indices", Arrays.asList(1, null), "values", List.of(1f, 2f)),
            Map.of("indices", List.of(1), "values", List.of(1f), "more", List.of()),
            "text")) {
      assertThatThrownBy(() -> SparseVector.ofStruct(wrong))
          .isInstanceOf(InvalidArgumentException.class);
      assertThat(SparseVector.usable(field, wrong)).isNull();
    }
    assertThatThrownBy(() -> SparseVector.ofBytes(new byte[9]))
        .isInstanceOf(InvalidArgumentException.class);
    assertThat(SparseVector.usable(field, null)).isNull();
    SparseVector far = SparseVector.of(new int[] {10}, new float[] {1});
    assertThat(SparseVector.usable(field, far.asStruct())).isNull();
    SparseVector zero = SparseVector.of(new int[] {1}, new float[] {0});
    assertThat(SparseVector.usable(field, zero.asStruct())).isNull();
    SparseVector last = SparseVector.of(new int[] {9}, new float[] {1});
    assertThat(SparseVector.usable(field, last.asStruct())).isEqualTo(last);
  }

  @Test
  void productAndLengthAreThoseOfAllComponents() {
    Random random = Seed.random("SparseVectorTest.products");
    for (int i = 0; i < 500; i++) {
      int dimension = 1 + random.nextInt(80);
      SparseVector a = RandomCollections.sparse(dimension, random);
      SparseVector b = RandomCollections.sparse(dimension, random);
      double dot = 0;
      double squares = 0;
      for (int d = 0; d < dimension; d++) {
        dot += (double) a.toDense(dimension)[d] * b.toDense(dimension)[d];
        squares += (double) a.toDense(dimension)[d] * a.toDense(dimension)[d];
      }
      assertThat(a.dot(b)).isEqualTo(dot);
      assertThat(a.norm()).isEqualTo(Math.sqrt(squares));
    }
  }

  @Test
  void aSparseFieldHasAMetricOfProducts() {
    for (Metric metric : List.of(Metric.EUCLIDEAN, Metric.MANHATTAN)) {
      assertThatThrownBy(() -> VectorField.sparse("terms", 10, metric))
          .isInstanceOf(InvalidArgumentException.class)
          .hasMessageContaining("expected DOT or COSINE");
    }
    assertThat(VectorField.sparse("terms", Integer.MAX_VALUE, Metric.DOT).isSparse()).isTrue();
    assertThatThrownBy(() -> VectorField.sparse("terms", 0, Metric.DOT))
        .isInstanceOf(InvalidArgumentException.class);
  }
}
