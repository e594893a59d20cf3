package io.proximadb.testkit;

import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.Metric;
import io.proximadb.model.StoredRecord;
import io.proximadb.model.VectorRecord;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/** A small collection that many tests use: a vector of four, a category and a number. */
public final class Records {
  public static final int DIMENSION = 4;

  private Records() {}

  public static CollectionSchema schema() {
    return schema(Metric.EUCLIDEAN);
  }

  public static CollectionSchema schema(Metric metric) {
    return CollectionSchema.builder()
        .vector(DIMENSION, metric)
        .metadata("category", FieldType.Scalar.STRING)
        .metadata("number", FieldType.Scalar.LONG)
        .build();
  }

  /** A record whose every part follows from its number, so that mixtures of versions show. */
  public static VectorRecord of(String id, long number) {
    Map<String, Object> metadata = new HashMap<>();
    metadata.put("number", number);
    metadata.put("category", number % 7 == 0 ? null : "c" + number % 5);
    return VectorRecord.of(id, vector(number), metadata);
  }

  public static float[] vector(long number) {
    Random random = new Random(number);
    float[] vector = new float[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = random.nextFloat() - 0.5f;
    }
    return vector;
  }

  /** The number that a record was made from. */
  public static long number(StoredRecord record) {
    Object number = record.record().metadata().get("number");
    if (!(number instanceof Long value)) {
      throw new AssertionError("No number in " + record);
    }
    return value;
  }
}
