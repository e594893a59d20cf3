package io.proximadb.model;

import io.proximadb.error.InvalidArgumentException;
import java.io.Serializable;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A named dense float32 vector of a collection's records.
 *
 * @param name the column's name; {@value #DEFAULT_NAME} unless told otherwise
 * @param dimension the number of components, in [1, {@value #MAX_DIMENSION}]
 * @param metric how distances are measured
 * @param embeddingModel the model that makes the vectors, or null when it is not recorded
 * @param optional true if records may be without it: it was added after records were. They are no
 *     candidates of a search by this field
 */
public record VectorField(
    String name,
    int dimension,
    Metric metric,
    @Nullable EmbeddingModel embeddingModel,
    boolean optional)
    implements Serializable {
  public static final String DEFAULT_NAME = "vector";

  /** Upper bound of the dimension: a row of 64 Ki floats is 256 KiB, a quarter of a data page. */
  public static final int MAX_DIMENSION = 65_536;

  public VectorField {
    Names.check("vector field", name);
    if (dimension < 1 || dimension > MAX_DIMENSION) {
      throw new InvalidArgumentException(
          "Invalid dimension of vector field '"
              + name
              + "': "
              + dimension
              + " (expected 1 to "
              + MAX_DIMENSION
              + ")");
    }
  }

  /** A field that every record has. */
  public VectorField(String name, int dimension, Metric metric) {
    this(name, dimension, metric, null);
  }

  /** A field that every record has, whose embedding model is recorded. */
  public VectorField(
      String name, int dimension, Metric metric, @Nullable EmbeddingModel embeddingModel) {
    this(name, dimension, metric, embeddingModel, false);
  }

  /** The same field of a collection whose records may be without it. */
  public VectorField asOptional() {
    return new VectorField(name, dimension, metric, embeddingModel, true);
  }

  /** The recorded embedding model, if any. */
  public Optional<EmbeddingModel> model() {
    return Optional.ofNullable(embeddingModel);
  }
}
