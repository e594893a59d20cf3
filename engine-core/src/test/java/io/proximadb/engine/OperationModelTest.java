package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.storage.StorageFormat;
import io.proximadb.testkit.CollectionModel;
import io.proximadb.testkit.Seed;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The short form of {@code ./proximadb model-test}: a collection holds what a map holds. */
class OperationModelTest {
  private static final int STEPS = Integer.getInteger("proximadb.test.model-steps", 400);

  /** Of more records, and of indexes that are built. */
  private static final int INDEXED_STEPS =
      Integer.getInteger("proximadb.test.model-indexed-steps", 150);

  @TempDir Path folder;

  static List<String> layouts() {
    return StorageFormat.all().stream().map(StorageFormat::name).toList();
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void aCollectionHoldsWhatAMapHolds(String layout) {
    try (CollectionModel model =
        new CollectionModel(folder, layout, Seed.random("OperationModelTest." + layout))) {
      for (int step = 0; step < STEPS; step++) {
        model.step(step);
      }
      assertThat(model.counts().get("steps of maintenance")).isPositive();
      System.out.println(model);
    }
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void answersOfIndexesAreThoseOfAMap(String layout) {
    try (CollectionModel model =
        new CollectionModel(
            folder, layout, Seed.random("OperationModelTest.indexed." + layout), true)) {
      for (int step = 0; step < INDEXED_STEPS; step++) {
        model.step(step);
      }
      System.out.println(model);
    }
  }
}
