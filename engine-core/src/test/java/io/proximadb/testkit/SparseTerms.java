package io.proximadb.testkit;

import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Metric;
import io.proximadb.model.SparseVector;
import io.proximadb.model.VectorField;
import io.proximadb.model.VectorRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** The collection of {@link Records} with a sparse field that follows from the number, too. */
public final class SparseTerms {
  public static final String FIELD = "terms";

  /** Small, so that vectors share components. */
  private static final int DIMENSION = 30;

  private SparseTerms() {}

  public static CollectionSchema schema() {
    CollectionSchema.Builder schema = CollectionSchema.builder();
    Records.schema().vectorFields().forEach(schema::vector);
    schema.vector(VectorField.sparse(FIELD, DIMENSION, Metric.DOT));
    Records.schema().metadataFields().forEach(field -> schema.metadata(field.name(), field.type()));
    return schema.build();
  }

  public static SparseVector of(long number) {
    return RandomCollections.sparse(DIMENSION, new Random(~number));
  }

  public static VectorRecord record(String id, long number) {
    return Records.of(id, number).withSparse(FIELD, of(number));
  }

  /** The distances of these records' vectors to a query, ascending. */
  public static double[] distances(SparseVector query, Iterable<Long> numbers) {
    List<Double> distances = new ArrayList<>();
    numbers.forEach(number -> distances.add(0 - query.dot(of(number))));
    return distances.stream().mapToDouble(Double::doubleValue).sorted().toArray();
  }
}
