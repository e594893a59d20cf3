package io.proximadb.storage.viper;

import io.proximadb.storage.TableContext;
import java.util.HashMap;
import java.util.Map;
import org.apache.parquet.format.CompressionCodec;

/**
 * What kind of file is written; the specification's versions.
 *
 * @param version in the footer
 * @param compressed whether pages of metadata are compressed
 * @param vectors how vectors are stored, by field; plain unless told otherwise
 * @param tag in the names of files, see {@link VectorProfile#tag}
 */
record FileProfile(
    String version, boolean compressed, Map<String, VectorProfile> vectors, String tag) {
  /** Files as they come from memory and jobs: small, soon rewritten. */
  static final FileProfile PLAIN = new FileProfile(ViperFormat.VERSION, false, Map.of(), "");

  /** Outputs of a table's compactions, which stay. */
  static FileProfile ofCompaction(TableContext table) {
    Map<String, VectorProfile> vectors = new HashMap<>();
    table
        .schema()
        .vectorFields()
        .forEach(field -> vectors.put(field.name(), VectorProfile.of(table, field.name())));
    return new FileProfile(
        ViperFormat.COMPACT_VERSION, true, Map.copyOf(vectors), VectorProfile.tag(table));
  }

  /** The one codec of compressed columns: any reader of Parquet has it. */
  static final CompressionCodec CODEC = CompressionCodec.ZSTD;
}
