package io.proximadb.storage.lsm;

import io.proximadb.storage.CompactionPolicy;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.SegmentWriter;
import io.proximadb.storage.StorageFormat;
import io.proximadb.storage.TableContext;
import java.util.Optional;
import org.apache.iceberg.DataFile;

/**
 * The layout for collections that are read by id and updated often: standard Avro object container
 * files, each one sorted run of rows, in levels. {@code docs/format/lsm.md} is the specification.
 *
 * <pre>
 * "Obj" 1
 * metadata map in one block    avro.schema, avro.codec, iceberg.schema, and the keys below
 * sync marker                  16 bytes
 * block, one or more:
 *   rows, size                 varints
 *   records                    {@link RowEncoder}; ascending by the UTF-8 bytes of the id
 *   sync marker                16 bytes
 * </pre>
 *
 * <p>A record is: id, metadata, {@code expires_at}, {@code _version}, {@code _updated_at}, {@code
 * _cluster_id}, row lineage if the file has it, vectors. With dimension {@code d} a vector is
 *
 * <pre>
 * count d     varint
 * values      d little-endian floats
 * 0           one byte
 * </pre>
 *
 * <p>so that it starts at a fixed distance from the record's end. The side file is {@link
 * LsmIndexFormat}.
 */
public final class LsmFormat implements StorageFormat {
  /** The layout's name in {@link StorageFormat#LAYOUT_PROPERTY}. */
  public static final String NAME = "lsm";

  /** Key in the header that gives the version of the layout. */
  static final String VERSION_KEY = "proximadb.lsm.version";

  /** The one version there is. */
  static final String VERSION = "1";

  /** Key in the header: the columns of the file as Iceberg schema JSON. */
  static final String ICEBERG_SCHEMA_KEY = "iceberg.schema";

  /** Key in the header: the table that the file was written for. */
  static final String TABLE_UUID_KEY = "proximadb.table-uuid";

  /** Key in the header: dimensions of the vector fields, comma-separated. */
  static final String DIMENSIONS_KEY = "proximadb.lsm.dimensions";

  /** Key in the header: rows, size and checksum of each block. */
  static final String BLOCKS_KEY = "proximadb.lsm.blocks";

  /** Key in the header, the last: checksum of all its bytes but the checksum's own. */
  static final String CHECKSUM_KEY = "proximadb.lsm.checksum";

  static final byte[] AVRO_MAGIC = {'O', 'b', 'j', 1};
  static final int SYNC_BYTES = 16;
  static final int CHECKSUM_BYTES = 4;

  /** Bytes of a block's entry under {@link #BLOCKS_KEY}. */
  static final int BLOCK_ENTRY_BYTES = 12;

  private final LsmSizes sizes;

  /** The layout in its standard sizes. */
  public LsmFormat() {
    this(LsmSizes.STANDARD);
  }

  LsmFormat(LsmSizes sizes) {
    this.sizes = sizes;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public SegmentWriter newWriter(TableContext table, String purpose) {
    return LsmWriter.sorting(table, purpose, sizes);
  }

  @Override
  public Optional<SegmentReader> open(TableContext table, DataFile file) {
    return LsmNames.level(file) == LsmNames.FOREIGN
        ? Optional.empty()
        : Optional.of(LsmReader.open(table, file));
  }

  @Override
  public CompactionPolicy compaction() {
    return new LsmCompaction(sizes);
  }
}
