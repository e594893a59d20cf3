package io.proximadb.functions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.functions.VectorFunction.HasNullElement;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class VectorFunctionsTest {
  private static final float[] A = {3, 4};
  private static final float[] B = {4, -3};

  @Test
  void namesAreThoseOfTheDocumentation() {
    assertThat(VectorFunctions.all().stream().map(VectorFunction::name))
        .containsExactly(
            "vector_cosine_similarity",
            "vector_cosine_distance",
            "vector_l2_distance",
            "vector_l1_distance",
            "vector_inner_product",
            "vector_norm",
            "vector_normalize",
            "vector_dims");
    assertThat(VectorFunctions.find("Vector_Norm")).contains(VectorFunctions.NORM);
    assertThat(VectorFunctions.find("vector_sum")).isEmpty();
  }

  @Test
  void usageNamesTheArguments() {
    assertThat(VectorFunctions.NORM).hasToString("vector_norm(vector[, degree]) -> FLOAT");
    assertThat(VectorFunctions.L2_DISTANCE).hasToString("vector_l2_distance(left, right) -> FLOAT");
    assertThat(VectorFunctions.DIMS).hasToString("vector_dims(vector) -> INT");
  }

  @Test
  void valuesByHand() {
    assertThat(VectorFunctions.COSINE_SIMILARITY.evaluate(A, B)).isEqualTo(0f);
    assertThat(VectorFunctions.COSINE_DISTANCE.evaluate(A, B)).isEqualTo(1f);
    assertThat(VectorFunctions.L2_DISTANCE.evaluate(A, new float[] {0, 0})).isEqualTo(5f);
    assertThat(VectorFunctions.L1_DISTANCE.evaluate(A, B)).isEqualTo(8f);
    assertThat(VectorFunctions.INNER_PRODUCT.evaluate(A, A)).isEqualTo(25f);
    assertThat(VectorFunctions.NORM.evaluate((Object) A)).isEqualTo(5f);
    assertThat(VectorFunctions.NORM.evaluate(A, 1f)).isEqualTo(7f);
    assertThat(VectorFunctions.NORM.evaluate(A, Float.POSITIVE_INFINITY)).isEqualTo(4f);
    assertThat(VectorFunctions.NORMALIZE.evaluate((Object) A)).isEqualTo(new float[] {0.6f, 0.8f});
    assertThat(VectorFunctions.DIMS.evaluate((Object) A)).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 8, 9, 16, 31, 784})
  void valuesAreThoseOfDoublePrecision(int dimension) {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    float[] left = random(random, dimension);
    float[] right = random(random, dimension);
    double squares = 0;
    double sizes = 0;
    double product = 0;
    for (int i = 0; i < dimension; i++) {
      double difference = (double) left[i] - right[i];
      squares += difference * difference;
      sizes += Math.abs(difference);
      product += (double) left[i] * right[i];
    }
    Offset<Float> close = Offset.offset(dimension * 1e-5f);
    String seedText = "seed=" + seed;
    assertThat(VectorFunctions.l2Distance(left, right))
        .as(seedText)
        .isCloseTo((float) Math.sqrt(squares), close);
    assertThat(VectorFunctions.l1Distance(left, right))
        .as(seedText)
        .isCloseTo((float) sizes, close);
    assertThat(VectorFunctions.innerProduct(left, right))
        .as(seedText)
        .isCloseTo((float) product, close);
    assertThat(VectorFunctions.cosineSimilarity(left, left)).as(seedText).isCloseTo(1f, close);
  }

  @ParameterizedTest
  @MethodSource("everyFunction")
  void nullGivesNull(VectorFunction function) {
    Object[] arguments = new Object[function.requiredArguments()];
    java.util.Arrays.fill(arguments, A);
    arguments[0] = null;
    assertThat(function.evaluate(arguments)).isNull();
    arguments[0] = new HasNullElement(2);
    assertThat(function.evaluate(arguments)).isNull();
  }

  @Test
  void nullDegreeGivesNull() {
    assertThat(VectorFunctions.NORM.evaluate(A, null)).isNull();
    assertThat(VectorFunctions.NORMALIZE.evaluate(A, null)).isNull();
  }

  @Test
  void zeroVectorHasNoDirection() {
    float[] zero = {0, 0};
    assertThat(VectorFunctions.COSINE_SIMILARITY.evaluate(A, zero)).isNull();
    assertThat(VectorFunctions.COSINE_DISTANCE.evaluate(zero, A)).isNull();
    assertThat(VectorFunctions.NORMALIZE.evaluate((Object) zero)).isNull();
    assertThat(VectorFunctions.NORM.evaluate((Object) zero)).isEqualTo(0f);
  }

  @Test
  void emptyVectors() {
    float[] empty = {};
    assertThat(VectorFunctions.COSINE_SIMILARITY.evaluate(empty, empty)).isNull();
    assertThat(VectorFunctions.L2_DISTANCE.evaluate(empty, empty)).isEqualTo(0f);
    assertThat(VectorFunctions.NORMALIZE.evaluate((Object) empty)).isEqualTo(empty);
    assertThat(VectorFunctions.DIMS.evaluate((Object) empty)).isEqualTo(0);
  }

  @Test
  void dimensionsMustAgreeEvenWithNullElements() {
    String message =
        "[VECTOR_DIMENSION_MISMATCH] Vectors passed to `vector_l2_distance` must have the same"
            + " dimension, but got 2 and 3. SQLSTATE: 22000";
    assertThatThrownBy(() -> VectorFunctions.L2_DISTANCE.evaluate(A, new float[3]))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessage(message);
    assertThatThrownBy(
            () -> VectorFunctions.L2_DISTANCE.evaluate(new HasNullElement(2), new float[3]))
        .hasMessage(message);
  }

  @ParameterizedTest
  @ValueSource(floats = {0f, 3f, -1f, Float.NaN, Float.NEGATIVE_INFINITY})
  void degreesAreThree(float degree) {
    assertThatThrownBy(() -> VectorFunctions.NORM.evaluate(A, degree))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessage(
            "[INVALID_VECTOR_NORM_DEGREE] For the `vector_norm` function, degree must be 1.0, 2.0,"
                + " or float('inf'), but got "
                + degree
                + ". SQLSTATE: 22023");
  }

  @Test
  void wrongCallsAreRefused() {
    assertThatThrownBy(() -> VectorFunctions.L2_DISTANCE.evaluate((Object) A))
        .hasMessage(
            "Invalid number of arguments of vector_l2_distance: 1 (expected"
                + " vector_l2_distance(left, right))");
    assertThatThrownBy(() -> VectorFunctions.NORM.evaluate(A, 2))
        .hasMessage("Invalid argument 2 of vector_norm: Integer (expected FLOAT)");
  }

  @Test
  void argumentsAreLeftAlone() {
    float[] vector = {3, 4};
    VectorFunctions.NORMALIZE.evaluate((Object) vector);
    assertThat(vector).containsExactly(3, 4);
  }

  static List<VectorFunction> everyFunction() {
    return VectorFunctions.all();
  }

  private static float[] random(Random random, int dimension) {
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = random.nextFloat() * 2 - 1;
    }
    return vector;
  }
}
