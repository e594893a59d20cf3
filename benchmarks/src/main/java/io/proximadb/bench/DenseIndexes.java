package io.proximadb.bench;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.index.IndexTypes;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.Metric;

/** Indexes of dense vectors as they are named on a command line: {@code hnsw,bits=4,degree=24}. */
public final class DenseIndexes {
  private static final String NAME = "nearest";
  private static final String FIELD = "vector";

  private DenseIndexes() {}

  /**
   * An index of the field {@code vector}.
   *
   * @param text a type and, behind commas, settings of it
   * @throws InvalidArgumentException if there is no such type of dense vectors, or a setting is
   *     unknown or out of range
   */
  public static IndexDefinition parse(String text) {
    String[] parts = text.strip().split("\\s*,\\s*", -1);
    IndexDefinition index = IndexDefinition.of(NAME, parts[0], FIELD);
    for (int i = 1; i < parts.length; i++) {
      int equals = parts[i].indexOf('=');
      if (equals < 1) {
        throw new InvalidArgumentException(
            "Invalid index: '"
                + text
                + "' (expected a type, then settings such as hnsw,bits=4,degree=24)");
      }
      index = index.with(parts[i].substring(0, equals), parts[i].substring(equals + 1));
    }
    CollectionSchema schema = CollectionSchema.builder().vector(1, Metric.EUCLIDEAN).build();
    IndexTypes.named(index.type()).check(index, schema);
    return index;
  }

  /** The same the other way. */
  public static String text(IndexDefinition index) {
    StringBuilder text = new StringBuilder(index.type());
    index
        .settings()
        .forEach((key, value) -> text.append(',').append(key).append('=').append(value));
    return text.toString();
  }
}
