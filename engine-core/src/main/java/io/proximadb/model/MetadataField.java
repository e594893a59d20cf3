package io.proximadb.model;

import java.io.Serializable;

/**
 * A typed metadata column; its values may be null.
 *
 * @param name the column's name, see {@link CollectionSchema} for the reserved ones
 * @param type the type of its values
 */
public record MetadataField(String name, FieldType type) implements Serializable {
  public MetadataField {
    Names.check("field", name);
  }
}
