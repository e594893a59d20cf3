package io.proximadb.storage.records;

import io.proximadb.error.UnsupportedVersionException;
import java.util.Map;
import org.apache.iceberg.ContentFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.mapping.NameMapping;
import org.apache.iceberg.mapping.NameMappingParser;
import org.jspecify.annotations.Nullable;

/** Opens files of rows. */
public final class RecordFiles {
  private RecordFiles() {}

  /** True if files of this format can be read. */
  public static boolean canRead(FileFormat format) {
    return format == FileFormat.PARQUET || format == FileFormat.AVRO;
  }

  /**
   * Opens a data or delete file.
   *
   * @param properties the table's, for its name mapping (files without field ids)
   * @throws UnsupportedVersionException if nothing here reads the format
   * @throws io.proximadb.error.CorruptFileException if the file is damaged
   */
  public static RecordFile open(FileIO io, ContentFile<?> file, Map<String, String> properties) {
    NameMapping names = nameMapping(properties);
    return switch (file.format()) {
      case PARQUET -> ParquetRecordFile.open(io, file, names);
      case AVRO -> AvroRecordFile.open(io, file, names);
      default ->
          throw new UnsupportedVersionException(
              "Unsupported format of "
                  + file.location()
                  + ": "
                  + file.format()
                  + " (supported: PARQUET, AVRO; rewrite the file with the engine that wrote it)");
    };
  }

  private static @Nullable NameMapping nameMapping(Map<String, String> properties) {
    String json = properties.get(TableProperties.DEFAULT_NAME_MAPPING);
    return json == null ? null : NameMappingParser.fromJson(json);
  }
}
