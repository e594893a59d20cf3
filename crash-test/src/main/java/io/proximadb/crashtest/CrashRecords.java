package io.proximadb.crashtest;

import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorField;
import io.proximadb.model.VectorRecord;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Records whose every part follows from their number, so that mixtures of versions show. */
final class CrashRecords {
  /** Later than any read. */
  static final Instant FAR = Instant.parse("2200-01-01T00:00:00Z");

  /** Earlier than any read. */
  static final Instant PAST = Instant.parse("2001-01-01T00:00:00Z");

  private static final int DIMENSION = 16;
  private static final int MAX_TEXT_LENGTH = 400;

  private CrashRecords() {}

  static CollectionSchema schema() {
    return CollectionSchema.builder()
        .vector(DIMENSION, Metric.EUCLIDEAN)
        .metadata("number", FieldType.Scalar.LONG)
        .metadata("text", FieldType.Scalar.STRING)
        .build();
  }

  static VectorRecord of(String id, long number, @Nullable Instant expiry) {
    Random random = new Random(number);
    float[] vector = new float[DIMENSION];
    for (int i = 0; i < DIMENSION; i++) {
      vector[i] = random.nextFloat() - 0.5f;
    }
    Map<String, Object> metadata = new HashMap<>();
    metadata.put("number", number);
    metadata.put("text", text(random));
    VectorRecord record = VectorRecord.of(id, vector, metadata);
    return expiry == null ? record : record.expiringAt(expiry);
  }

  private static String text(Random random) {
    char[] letters = new char[random.nextInt(MAX_TEXT_LENGTH)];
    for (int i = 0; i < letters.length; i++) {
      letters[i] = (char) ('a' + random.nextInt(26));
    }
    return new String(letters);
  }

  /** The value of a record as it was read; null if its parts do not belong together. */
  static @Nullable Value value(VectorRecord record) {
    if (!(record.metadata().get("number") instanceof Long number)) {
      return null;
    }
    VectorRecord given = of(record.id(), number, record.expiresAt());
    boolean whole =
        given.metadata().equals(record.metadata())
            && Arrays.equals(
                given.vectors().get(VectorField.DEFAULT_NAME),
                record.vectors().get(VectorField.DEFAULT_NAME))
            && (record.expiresAt() == null || record.expiresAt().isAfter(Instant.now()));
    return whole ? new Value(number, record.expiresAt() != null) : null;
  }
}
