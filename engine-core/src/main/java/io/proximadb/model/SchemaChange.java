package io.proximadb.model;

import io.proximadb.error.InvalidArgumentException;
import java.util.ArrayList;
import java.util.List;

/**
 * One change of a collection's schema, of the layout of its files, of its indexes or goals. Records
 * that are there keep what a change does not name: columns are known by ids that outlive their
 * names, so a column that is dropped and added again is a new one, null in all records.
 */
public sealed interface SchemaChange {
  /**
   * Adds a metadata column, null in all records that are there.
   *
   * @param field its name and type
   */
  record AddColumn(MetadataField field) implements SchemaChange {}

  /**
   * Drops a metadata column.
   *
   * @param name of the column
   */
  record DropColumn(String name) implements SchemaChange {}

  /**
   * Renames a metadata column.
   *
   * @param name of the column
   * @param newName its name from now on
   */
  record RenameColumn(String name, String newName) implements SchemaChange {}

  /**
   * Widens a metadata column: INT to LONG, FLOAT to DOUBLE.
   *
   * @param name of the column
   * @param type its type from now on
   */
  record WidenColumn(String name, FieldType.Scalar type) implements SchemaChange {}

  /**
   * Adds a vector field. Records that are there have no vector of it, and are in no answer of a
   * search by this field until they are written anew with one.
   *
   * @param field optional, whatever it says
   */
  record AddVector(VectorField field) implements SchemaChange {
    public AddVector {
      field = field.asOptional();
    }
  }

  /**
   * Changes the layout of data files. New files are of it from now on; compaction rewrites those
   * that are there, in the background. Reads show the same rows throughout.
   *
   * @param layout {@code viper} or {@code lsm}
   */
  record ChangeLayout(String layout) implements SchemaChange {}

  /**
   * Has an index made of every data file, in the background. Searches use it as it comes.
   *
   * @param definition of a name that no index of the collection has
   */
  record AddIndex(IndexDefinition definition) implements SchemaChange {}

  /**
   * Drops an index. Its files are removed with other files that nothing needs any more.
   *
   * @param name of the index
   */
  record DropIndex(String name) implements SchemaChange {}

  /**
   * States what the collection is to reach, in the place of all goals that were stated before.
   *
   * @param goals that hold from now on
   */
  record SetGoals(Goals goals) implements SchemaChange {}

  static SchemaChange add(String name, FieldType type) {
    return new AddColumn(new MetadataField(name, type));
  }

  static SchemaChange drop(String name) {
    return new DropColumn(name);
  }

  static SchemaChange rename(String name, String newName) {
    return new RenameColumn(name, newName);
  }

  static SchemaChange widen(String name, FieldType.Scalar type) {
    return new WidenColumn(name, type);
  }

  static SchemaChange addVector(VectorField field) {
    return new AddVector(field);
  }

  static SchemaChange layout(String layout) {
    return new ChangeLayout(layout);
  }

  static SchemaChange addIndex(IndexDefinition definition) {
    return new AddIndex(definition);
  }

  static SchemaChange dropIndex(String name) {
    return new DropIndex(name);
  }

  static SchemaChange goals(Goals goals) {
    return new SetGoals(goals);
  }

  /** False if it leaves all columns as they are. */
  default boolean isOfColumns() {
    return !(this instanceof ChangeLayout
        || this instanceof AddIndex
        || this instanceof DropIndex
        || this instanceof SetGoals);
  }

  /**
   * A schema after this change.
   *
   * @throws InvalidArgumentException if the change does not fit the schema
   */
  default CollectionSchema applyTo(CollectionSchema schema) {
    List<VectorField> vectors = new ArrayList<>(schema.vectorFields());
    List<MetadataField> metadata = new ArrayList<>(schema.metadataFields());
    List<VectorField> sparse = new ArrayList<>(schema.sparseFields());
    if (this instanceof AddColumn add) {
      metadata.add(add.field());
    } else if (this instanceof AddVector add) {
      if (add.field().isSparse()) {
        sparse.add(add.field());
        metadata.add(new MetadataField(add.field().name(), SparseVector.TYPE));
      } else {
        vectors.add(add.field());
      }
    } else if (this instanceof DropColumn drop) {
      metadata.remove(find(schema, "drop", drop.name()));
    } else if (this instanceof RenameColumn rename) {
      int at = find(schema, "rename", rename.name());
      metadata.set(at, new MetadataField(rename.newName(), metadata.get(at).type()));
    } else if (this instanceof WidenColumn widen) {
      int at = find(schema, "widen", widen.name());
      checkWidens(metadata.get(at), widen.type());
      metadata.set(at, new MetadataField(widen.name(), widen.type()));
    }
    CollectionSchema changed = new CollectionSchema(vectors, metadata, sparse);
    changed.checkOptionalFields();
    return changed;
  }

  private static int find(CollectionSchema schema, String verb, String name) {
    List<String> names = schema.metadataFields().stream().map(MetadataField::name).toList();
    int at = names.indexOf(name);
    boolean vector = schema.vectorField(name).isPresent() || schema.sparseField(name).isPresent();
    if (at < 0 || vector) {
      throw new InvalidArgumentException(
          "Cannot "
              + verb
              + " column '"
              + name
              + "': "
              + (vector ? "it is a vector field" : "there is no such column")
              + " (expected one of "
              + schema.plainFields().stream().map(MetadataField::name).toList()
              + ")");
    }
    return at;
  }

  private static void checkWidens(MetadataField field, FieldType.Scalar type) {
    boolean widens =
        (field.type() == FieldType.Scalar.INT && type == FieldType.Scalar.LONG)
            || (field.type() == FieldType.Scalar.FLOAT && type == FieldType.Scalar.DOUBLE);
    if (!widens) {
      throw new InvalidArgumentException(
          "Cannot widen column '"
              + field.name()
              + "' from "
              + field.type()
              + " to "
              + type
              + " (expected INT to LONG or FLOAT to DOUBLE)");
    }
  }

  /** A schema after these changes, one after the other. */
  static CollectionSchema applyAll(CollectionSchema schema, List<SchemaChange> changes) {
    CollectionSchema changed = schema;
    for (SchemaChange change : changes) {
      changed = change.applyTo(changed);
    }
    return changed;
  }
}
