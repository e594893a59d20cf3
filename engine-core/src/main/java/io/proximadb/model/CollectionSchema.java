package io.proximadb.model;

import io.proximadb.error.InvalidArgumentException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The shape of a collection's records: vector fields and typed metadata columns. Immutable.
 *
 * <p>Field names are unique without regard to case, because SQL engines fold it, and must not be
 * one of {@link SystemColumns#RESERVED}.
 *
 * <p>A sparse vector is stored as a struct, by what stores all structs: its column stands among the
 * metadata fields.
 *
 * @param vectorFields the dense ones; the first is the default
 * @param metadataFields at most {@value #MAX_METADATA_FIELDS}; among them, of type {@link
 *     SparseVector#TYPE}, the column of each sparse field
 * @param sparseFields the sparse ones. Of both kinds there are 1 to {@value #MAX_VECTOR_FIELDS}
 */
public record CollectionSchema(
    List<VectorField> vectorFields,
    List<MetadataField> metadataFields,
    List<VectorField> sparseFields)
    implements Serializable {
  /** Upper bound of vector fields: each costs a file section and an index of its own. */
  public static final int MAX_VECTOR_FIELDS = 16;

  /**
   * Upper bound of vector fields that records may be without: rows that are without different ones
   * go to different files, up to 16 of them at a flush.
   */
  public static final int MAX_OPTIONAL_VECTOR_FIELDS = 4;

  /** Upper bound of metadata columns, so that a footer stays small against its row groups. */
  public static final int MAX_METADATA_FIELDS = 1_024;

  public CollectionSchema {
    vectorFields = List.copyOf(vectorFields);
    metadataFields = List.copyOf(metadataFields);
    sparseFields = List.copyOf(sparseFields);
    checkCount("vector fields", vectorFields.size() + sparseFields.size(), 1, MAX_VECTOR_FIELDS);
    checkCount("metadata fields", metadataFields.size(), 0, MAX_METADATA_FIELDS);
    Set<String> seen = new HashSet<>();
    vectorFields.forEach(field -> checkName(field.name(), seen));
    metadataFields.forEach(field -> checkName(field.name(), seen));
    for (VectorField field : vectorFields) {
      checkKind(field, VectorKind.DENSE);
    }
    for (VectorField field : sparseFields) {
      checkKind(field, VectorKind.SPARSE);
      if (!metadataFields.contains(new MetadataField(field.name(), SparseVector.TYPE))) {
        throw new InvalidArgumentException(
            "Invalid sparse vector field: '"
                + field.name()
                + "' has no column of type "
                + SparseVector.TYPE);
      }
    }
  }

  private static void checkKind(VectorField field, VectorKind kind) {
    if (field.kind() != kind) {
      throw new InvalidArgumentException(
          "Invalid vector field '"
              + field.name()
              + "': of kind "
              + field.kind()
              + " (expected "
              + kind
              + ")");
    }
  }

  /** A schema without sparse vectors. */
  public CollectionSchema(List<VectorField> vectorFields, List<MetadataField> metadataFields) {
    this(vectorFields, metadataFields, List.of());
  }

  /**
   * Checks what is asked of a schema that a collection is to get, not of one that it has.
   *
   * @throws InvalidArgumentException if too many vector fields are optional, or all of them
   */
  public void checkOptionalFields() {
    long optional = vectorFields.stream().filter(VectorField::optional).count();
    boolean someRequired =
        optional < vectorFields.size()
            || sparseFields.stream().anyMatch(field -> !field.optional());
    if (optional > MAX_OPTIONAL_VECTOR_FIELDS || !someRequired) {
      throw new InvalidArgumentException(
          "Invalid number of optional vector fields: "
              + optional
              + " of "
              + vectorFields.size()
              + " (expected at most "
              + MAX_OPTIONAL_VECTOR_FIELDS
              + ", and one field that all records have)");
    }
  }

  private static void checkCount(String what, int count, int min, int max) {
    if (count < min || count > max) {
      throw new InvalidArgumentException(
          "Invalid number of " + what + ": " + count + " (expected " + min + " to " + max + ")");
    }
  }

  private static void checkName(String name, Set<String> seen) {
    String folded = name.toLowerCase(Locale.ROOT);
    if (SystemColumns.RESERVED.contains(folded)) {
      throw new InvalidArgumentException(
          "Invalid field name: '" + name + "' (reserved for a system column)");
    }
    if (!seen.add(folded)) {
      throw new InvalidArgumentException("Invalid field name: '" + name + "' (stands twice)");
    }
  }

  /**
   * The vector field that a request without a field name means: the first, dense if there is one.
   */
  public VectorField defaultVectorField() {
    return vectorFields.isEmpty() ? sparseFields.get(0) : vectorFields.get(0);
  }

  /** The sparse vector field of that name, if there is one. */
  public Optional<VectorField> sparseField(String name) {
    return sparseFields.stream().filter(field -> field.name().equals(name)).findFirst();
  }

  /** All vector fields, dense ones first. */
  public List<VectorField> allVectorFields() {
    List<VectorField> all = new ArrayList<>(vectorFields);
    all.addAll(sparseFields);
    return all;
  }

  /** The metadata fields that are no sparse vectors. */
  public List<MetadataField> plainFields() {
    return metadataFields.stream().filter(field -> sparseField(field.name()).isEmpty()).toList();
  }

  /** The dense vector field of that name, if there is one. */
  public Optional<VectorField> vectorField(String name) {
    return vectorFields.stream().filter(field -> field.name().equals(name)).findFirst();
  }

  /** The metadata field of that name, if there is one; sparse vectors are among them. */
  public Optional<MetadataField> metadataField(String name) {
    return metadataFields.stream().filter(field -> field.name().equals(name)).findFirst();
  }

  public static Builder builder() {
    return new Builder();
  }

  /** Collects fields in order. */
  public static final class Builder {
    private final List<VectorField> vectorFields = new ArrayList<>();
    private final List<MetadataField> metadataFields = new ArrayList<>();
    private final List<VectorField> sparseFields = new ArrayList<>();

    private Builder() {}

    /** Adds a vector field of the default name, {@value VectorField#DEFAULT_NAME}. */
    public Builder vector(int dimension, Metric metric) {
      return vector(new VectorField(VectorField.DEFAULT_NAME, dimension, metric));
    }

    /** Adds a vector field of either kind. */
    public Builder vector(VectorField field) {
      if (field.isSparse()) {
        sparseFields.add(field);
        metadataFields.add(new MetadataField(field.name(), SparseVector.TYPE));
      } else {
        vectorFields.add(field);
      }
      return this;
    }

    /** Adds a sparse vector field that every record has. */
    public Builder sparse(String name, int dimension, Metric metric) {
      return vector(VectorField.sparse(name, dimension, metric));
    }

    public Builder metadata(String name, FieldType type) {
      metadataFields.add(new MetadataField(name, type));
      return this;
    }

    /**
     * Checks the fields and makes the schema.
     *
     * @throws InvalidArgumentException if a name or a count is out of bounds
     */
    public CollectionSchema build() {
      return new CollectionSchema(vectorFields, metadataFields, sparseFields);
    }
  }
}
