package io.proximadb.storage.viper;

import io.proximadb.storage.CompactionPolicy;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.SegmentWriter;
import io.proximadb.storage.StorageFormat;
import io.proximadb.storage.TableContext;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileFormat;

/**
 * The default layout: a standard Parquet file, laid out so that vectors are served from a memory
 * map. {@code docs/format/viper.md} is the specification.
 *
 * <pre>
 * "PAR1"
 * row group, one or more:
 *   for each leaf column in schema order: dictionary page (if any), data pages of version 2
 * column indexes, offset indexes      of all chunks
 * checksum block                      see {@link ChecksumBlock}
 * footer                              thrift FileMetaData
 * footer length (4 bytes), "PAR1"
 * </pre>
 *
 * <p>Columns stand in the order: id, metadata, {@code expires_at}, {@code _version}, {@code
 * _updated_at}, {@code _cluster_id}, stored lineage (version 2), vectors. Values are PLAIN or
 * RLE_DICTIONARY, those of vectors and ids PLAIN and uncompressed; in version 2 columns of metadata
 * may be compressed by ZSTD, in version 3 those of vectors too, PLAIN or BYTE_STREAM_SPLIT, see
 * {@link VectorEncoding}. The body of a vector page is, before compression,
 *
 * <pre>
 * repetition levels   RLE/bit-packed hybrid, for each row a 0 and then dimension - 1 ones
 * definition levels   RLE/bit-packed hybrid, all 1
 * values              rows * dimension little-endian floats, row after row
 * </pre>
 */
public final class ViperFormat implements StorageFormat {
  /** The layout's name in {@link StorageFormat#LAYOUT_PROPERTY}. */
  public static final String NAME = "viper";

  /** Key in the footer that marks a file of this layout and gives its version. */
  static final String VERSION_KEY = "proximadb.viper.version";

  /** The version of files without compressed pages and stored lineage. */
  static final String VERSION = "1";

  /** The version of files that may have both. */
  static final String COMPACT_VERSION = "2";

  /** The version of files with a vector column that is compressed. */
  static final String COLD_VERSION = "3";

  /** Key in the footer: the columns of the file as Iceberg schema JSON. */
  static final String ICEBERG_SCHEMA_KEY = "iceberg.schema";

  /** Key in the footer: the table that the file was written for. */
  static final String TABLE_UUID_KEY = "proximadb.table-uuid";

  static final String CREATED_BY = "proximadb-viper version " + VERSION + ".0.0";

  static final byte[] PARQUET_MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);

  private static final Pattern NAME_PATTERN =
      Pattern.compile(
          "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
              + "(?:-(?<tag>[0-9a-f]{8}))?\\.parquet");

  private final ViperSizes sizes;

  /** The layout in its standard sizes. */
  public ViperFormat() {
    this(ViperSizes.STANDARD);
  }

  ViperFormat(ViperSizes sizes) {
    this.sizes = sizes;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public SegmentWriter newWriter(TableContext table, String purpose) {
    return ViperWriter.ofArrivals(table, purpose, sizes);
  }

  @Override
  public Optional<SegmentReader> open(TableContext table, DataFile file) {
    return file.format() == FileFormat.PARQUET
        ? Optional.ofNullable(ViperReader.open(table, file))
        : Optional.empty();
  }

  /** The name of a new file, {@code <uuid>.parquet} or {@code <uuid>-<tag>.parquet}. */
  static String fileName(UUID id, String tag) {
    return id + (tag.isEmpty() ? "" : "-" + tag) + ".parquet";
  }

  /** True if a data file has a name that this layout gives. */
  static boolean isNamedLikeOurs(DataFile file) {
    return name(file).matches();
  }

  /** The tag in a file's name; empty if it has none. */
  static String tag(DataFile file) {
    Matcher name = name(file);
    String tag = name.matches() ? name.group("tag") : null;
    return tag == null ? "" : tag;
  }

  private static Matcher name(DataFile file) {
    return NAME_PATTERN.matcher(file.location().substring(file.location().lastIndexOf('/') + 1));
  }

  @Override
  public boolean clustersRows() {
    return true;
  }

  @Override
  public CompactionPolicy compaction() {
    return new ViperCompaction(sizes);
  }
}
