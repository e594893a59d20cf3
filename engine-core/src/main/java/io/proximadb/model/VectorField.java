package io.proximadb.model;

import io.proximadb.error.InvalidArgumentException;
import java.io.Serializable;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A named float32 vector of a collection's records, dense or sparse.
 *
 * @param name the column's name; {@value #DEFAULT_NAME} unless told otherwise
 * @param dimension the number of components, in [1, {@value #MAX_DIMENSION}]; of a sparse field the
 *     indices are below it, and it may be as large as an int
 * @param metric how distances are measured; of a sparse field {@link Metric#DOT} or {@link
 *     Metric#COSINE}
 * @param embeddingModel the model that makes the vectors, or null when it is not recorded
 * @param optional true if records may be without it: it was added after records were. They are no
 *     candidates of a search by this field
 * @param kind how the components are given
 */
public record VectorField(
    String name,
    int dimension,
    Metric metric,
    @Nullable EmbeddingModel embeddingModel,
    boolean optional,
    VectorKind kind)
    implements Serializable {
  public static final String DEFAULT_NAME = "vector";

  /** Upper bound of the dimension: a row of 64 Ki floats is 256 KiB, a quarter of a data page. */
  public static final int MAX_DIMENSION = 65_536;

  public VectorField {
    Names.check("vector field", name);
    int maxDimension = kind == VectorKind.SPARSE ? Integer.MAX_VALUE : MAX_DIMENSION;
    if (dimension < 1 || dimension > maxDimension) {
      throw new InvalidArgumentException(
          "Invalid dimension of vector field '"
              + name
              + "': "
              + dimension
              + " (expected 1 to "
              + maxDimension
              + ")");
    }
    if (kind == VectorKind.SPARSE && !metric.hasSimilarity()) {
      throw new InvalidArgumentException(
          "Invalid metric of sparse vector field '"
              + name
              + "': "
              + metric
              + " (expected DOT or COSINE: others compare the components that are not there)");
    }
  }

  /** A dense field. */
  public VectorField(
      String name,
      int dimension,
      Metric metric,
      @Nullable EmbeddingModel embeddingModel,
      boolean optional) {
    this(name, dimension, metric, embeddingModel, optional, VectorKind.DENSE);
  }

  /** A sparse field that every record has. */
  public static VectorField sparse(String name, int dimension, Metric metric) {
    return new VectorField(name, dimension, metric, null, false, VectorKind.SPARSE);
  }

  public boolean isSparse() {
    return kind == VectorKind.SPARSE;
  }

  /** A dense field that every record has. */
  public VectorField(String name, int dimension, Metric metric) {
    this(name, dimension, metric, null);
  }

  /** A dense field that every record has, whose embedding model is recorded. */
  public VectorField(
      String name, int dimension, Metric metric, @Nullable EmbeddingModel embeddingModel) {
    this(name, dimension, metric, embeddingModel, false);
  }

  /** The same field of a collection whose records may be without it. */
  public VectorField asOptional() {
    return new VectorField(name, dimension, metric, embeddingModel, true, kind);
  }

  /** The recorded embedding model, if any. */
  public Optional<EmbeddingModel> model() {
    return Optional.ofNullable(embeddingModel);
  }
}
