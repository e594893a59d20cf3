package io.proximadb.axis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.proximadb.axis.cost.Strategy;
import io.proximadb.axis.cost.Templates;
import org.junit.jupiter.api.Test;

/** What decoding vectors adds to the cost of searches. */
class ReadingPriceTest {
  private static final Strategy HNSW = Templates.shipped().named("hnsw");

  @Test
  void comparingEveryRowPaysForAllOfThemAnIndexForAFew() {
    ReadingPrice price = new ReadingPrice(10_000, 0.5, 0.5, 20);
    assertThat(price.micros(Strategy.EXACT, 10)).isCloseTo(5_000, within(1e-6));
    assertThat(price.micros(HNSW, 10)).as("half of twenty rows").isCloseTo(200, within(1e-6));
    assertThat(ReadingPrice.NONE.micros(Strategy.EXACT, 10)).isZero();
    assertThat(ReadingPrice.NONE.micros(HNSW, 10)).isZero();
  }
}
