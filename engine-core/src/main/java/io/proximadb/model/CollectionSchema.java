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
 * @param vectorFields at least one, at most {@value #MAX_VECTOR_FIELDS}; the first is the default
 * @param metadataFields at most {@value #MAX_METADATA_FIELDS}
 */
public record CollectionSchema(List<VectorField> vectorFields, List<MetadataField> metadataFields)
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
    checkCount("vector fields", vectorFields.size(), 1, MAX_VECTOR_FIELDS);
    checkCount("metadata fields", metadataFields.size(), 0, MAX_METADATA_FIELDS);
    Set<String> seen = new HashSet<>();
    vectorFields.forEach(field -> checkName(field.name(), seen));
    metadataFields.forEach(field -> checkName(field.name(), seen));
  }

  /**
   * Checks what is asked of a schema that a collection is to get, not of one that it has.
   *
   * @throws InvalidArgumentException if too many vector fields are optional, or all of them
   */
  public void checkOptionalFields() {
    long optional = vectorFields.stream().filter(VectorField::optional).count();
    if (optional > MAX_OPTIONAL_VECTOR_FIELDS || optional == vectorFields.size()) {
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

  /** The vector field that a request without a field name means: the first. */
  public VectorField defaultVectorField() {
    return vectorFields.get(0);
  }

  /** The vector field of that name, if there is one. */
  public Optional<VectorField> vectorField(String name) {
    return vectorFields.stream().filter(field -> field.name().equals(name)).findFirst();
  }

  /** The metadata field of that name, if there is one. */
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

    private Builder() {}

    /** Adds a vector field of the default name, {@value VectorField#DEFAULT_NAME}. */
    public Builder vector(int dimension, Metric metric) {
      return vector(new VectorField(VectorField.DEFAULT_NAME, dimension, metric));
    }

    public Builder vector(VectorField field) {
      vectorFields.add(field);
      return this;
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
      return new CollectionSchema(vectorFields, metadataFields);
    }
  }
}
