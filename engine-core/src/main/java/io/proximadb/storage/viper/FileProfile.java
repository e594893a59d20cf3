package io.proximadb.storage.viper;

import org.apache.parquet.format.CompressionCodec;

/**
 * What kind of file is written; the specification's versions.
 *
 * @param version in the footer
 * @param compressed whether pages of metadata are compressed
 */
record FileProfile(String version, boolean compressed) {
  /** Files as they come from memory and jobs: small, soon rewritten. */
  static final FileProfile PLAIN = new FileProfile(ViperFormat.VERSION, false);

  /** Outputs of compactions, which stay. */
  static final FileProfile COMPACT = new FileProfile(ViperFormat.COMPACT_VERSION, true);

  /** The one codec of compressed columns: any reader of Parquet has it. */
  static final CompressionCodec CODEC = CompressionCodec.ZSTD;
}
