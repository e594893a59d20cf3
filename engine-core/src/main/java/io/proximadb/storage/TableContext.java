package io.proximadb.storage;

import io.proximadb.model.CollectionSchema;
import io.proximadb.model.VectorField;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.iceberg.Schema;
import org.apache.iceberg.io.FileIO;

/**
 * What a reader or writer of a collection's files needs to know of its table; ships to the tasks of
 * a distributed job.
 *
 * @param tableUuid the table's UUID, the key of its id hashes
 * @param location the table's root, without a slash at the end
 * @param icebergSchema columns with their field ids
 * @param schema the same columns as the collection sees them
 * @param io all access to files
 * @param properties the table's properties
 * @param commits when its snapshots were committed
 */
public record TableContext(
    UUID tableUuid,
    String location,
    Schema icebergSchema,
    CollectionSchema schema,
    FileIO io,
    Map<String, String> properties,
    CommitTimes commits)
    implements Serializable {
  /** A table of which no commit is known. */
  public TableContext(
      UUID tableUuid,
      String location,
      Schema icebergSchema,
      CollectionSchema schema,
      FileIO io,
      Map<String, String> properties) {
    this(tableUuid, location, icebergSchema, schema, io, properties, CommitTimes.NONE);
  }

  /** Everything ProximaDB keeps of its own beside the data, below the table's location. */
  public static final String OWN_FOLDER = "_proximadb";

  /** True if rows of the other's schema are rows of this one: the same fields in every respect. */
  public boolean hasSchemaOf(TableContext other) {
    return icebergSchema.sameSchema(other.icebergSchema) && schema.equals(other.schema);
  }

  /** The same table for rows that have these vector fields only. */
  public TableContext withVectorFields(List<VectorField> fields) {
    return new TableContext(
        tableUuid,
        location,
        icebergSchema,
        new CollectionSchema(fields, schema.metadataFields(), schema.sparseFields()),
        io,
        properties);
  }

  /**
   * Where files stand that are derived from data files, without a slash at the end. Those of an
   * attached table are not below its location.
   */
  public String sideFolder() {
    return AttachedFiles.ownFolder(this, location + "/" + OWN_FOLDER) + "/index";
  }

  /** Where the id index of a data file stands. */
  public String idIndexLocation(String dataFileName) {
    return sideFolder() + "/" + dataFileName + ".ids-v1";
  }

  /** Where the index of an LSM data file stands. */
  public String lsmIndexLocation(String dataFileName) {
    return sideFolder() + "/" + dataFileName + ".lsm-v1";
  }

  /** Where a file is written before it is moved to its place. */
  public String stagingLocation(String purpose, String fileName) {
    return location + "/" + OWN_FOLDER + "/__" + purpose + "/" + fileName;
  }

  /** Where a data file stands once it may be committed. */
  public String dataLocation(String fileName) {
    return location + "/data/" + fileName;
  }
}
