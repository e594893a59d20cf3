package io.proximadb.storage;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.PartitionField;
import org.apache.iceberg.PartitionSpec;
import org.jspecify.annotations.Nullable;

/**
 * What reading the files of an attached table takes beside its columns: it is in properties of the
 * {@link TableContext}, which the table itself does not have.
 */
public final class AttachedFiles {
  /** Names the table that a collection shows; only attached ones have it. */
  public static final String TABLE = "proximadb.attached.table";

  /** Where files of ours go that belong to an attached table; nowhere if there is no such place. */
  public static final String OWN_FOLDER = "proximadb.attached.files";

  /**
   * Bytes of columns of other engines' files that stay decoded for the whole process, 256 MiB: a
   * row group of vectors as other engines write it, 128 MiB, with columns beside it. What is larger
   * than the whole is decoded each time it is read.
   */
  public static final long MAX_DECODED_BYTES = 256L << 20;

  private static final String PARTITION_PREFIX = "proximadb.attached.partition.";

  private AttachedFiles() {}

  /** True if the table is attached: another engine's, in whose files nothing is of ours. */
  public static boolean isAttached(TableContext table) {
    return table.properties().containsKey(TABLE);
  }

  /**
   * Where files of ours go that belong to a table.
   *
   * @param otherwise where they go if it is not attached
   */
  static String ownFolder(TableContext table, String otherwise) {
    return isAttached(table) ? table.properties().getOrDefault(OWN_FOLDER, otherwise) : otherwise;
  }

  /** Properties that tell where partitions hold values of columns. */
  public static Map<String, String> properties(Map<Integer, PartitionSpec> specs) {
    Map<String, String> properties = new HashMap<>();
    for (PartitionSpec spec : specs.values()) {
      List<String> places = new ArrayList<>();
      for (int i = 0; i < spec.fields().size(); i++) {
        PartitionField field = spec.fields().get(i);
        if (field.transform().isIdentity()) {
          places.add(field.sourceId() + "=" + i);
        }
      }
      if (!places.isEmpty()) {
        properties.put(PARTITION_PREFIX + spec.specId(), String.join(",", places));
      }
    }
    return properties;
  }

  /**
   * The value of a field by which a file's table is partitioned, for files that lack the column, as
   * Iceberg prescribes: migrated tables keep such values in the names of folders alone.
   *
   * @return as partitions hold it; null if it is null, or the field is none of these
   */
  public static @Nullable Object partitionValue(TableContext table, DataFile file, int fieldId) {
    String places = table.properties().get(PARTITION_PREFIX + file.specId());
    if (places == null) {
      return null;
    }
    for (String place : places.split(",", -1)) {
      int equals = place.indexOf('=');
      if (place.substring(0, equals).equals(Integer.toString(fieldId))) {
        return file.partition().get(Integer.parseInt(place.substring(equals + 1)), Object.class);
      }
    }
    return null;
  }
}
