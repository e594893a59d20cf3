package io.proximadb.storage.lsm;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.io.FileBytes;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.storage.IdHash;
import io.proximadb.storage.IdKeys;
import io.proximadb.storage.IdSet;
import io.proximadb.storage.RowLineage;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.TableContext;
import io.proximadb.storage.VectorRows;
import io.proximadb.storage.ids.IdIndex;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.io.CloseableIterator;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads one file. Columns are matched by Iceberg field id; what the file lacks is null. */
final class LsmReader implements SegmentReader {
  private static final Logger LOG = LoggerFactory.getLogger(LsmReader.class);

  private final TableContext table;
  private final DataFile dataFile;
  private final FileBytes file;
  private final RunReader run;
  private final IdHash hash;
  private volatile @Nullable LsmIndex index;
  private volatile @Nullable RowLineage lineage;
  private boolean closed;

  private LsmReader(TableContext table, DataFile dataFile, RunReader run) {
    this.table = table;
    this.dataFile = dataFile;
    this.file = run.file();
    this.run = run;
    this.hash = IdHash.of(table.tableUuid());
  }

  /** Opens a file of this layout. */
  static LsmReader open(TableContext table, DataFile dataFile) {
    FileBytes bytes = FileBytes.open(table.io(), dataFile.location(), dataFile.fileSizeInBytes());
    boolean opened = false;
    try {
      RunReader run = new RunReader(bytes, RunHeader.read(bytes, dataFile));
      LsmReader reader = new LsmReader(table, dataFile, run);
      opened = true;
      return reader;
    } finally {
      if (!opened) {
        bytes.close();
      }
    }
  }

  @Override
  public DataFile dataFile() {
    return dataFile;
  }

  @Override
  public int rowCount() {
    return run.header().rowCount();
  }

  @Override
  public String id(int position) {
    return new String(idBytes(position), StandardCharsets.UTF_8);
  }

  /** The UTF-8 bytes of a row's id, by which the rows are ordered. */
  byte[] idBytes(int position) {
    Objects.checkIndex(position, rowCount());
    file.checkOpen();
    RunBlock block = run.block(run.header().blockOf(position));
    return block.idBytes(position - block.firstRow());
  }

  @Override
  public int find(String id) {
    file.checkOpen();
    byte[] utf8 = id.getBytes(StandardCharsets.UTF_8);
    return find(hash.of(utf8), utf8);
  }

  @Override
  public void find(IdKeys keys, int[] positions) {
    file.checkOpen();
    for (int i = 0; i < keys.size(); i++) {
      positions[i] = find(keys.hash(i), keys.utf8(i));
    }
  }

  /** The last row of that id that is in the block where it belongs, or -1. */
  private int find(long idHash, byte[] utf8) {
    LsmIndex known = index();
    if (!known.mayContain(idHash)) {
      return -1;
    }
    int ordinal = known.blockOf(utf8);
    if (ordinal < 0) {
      return -1;
    }
    RunBlock block = run.block(ordinal);
    int row = block.lowerBound(utf8);
    return row < block.rows() && block.compare(row, utf8) == 0 ? block.firstRow() + row : -1;
  }

  @Override
  public RoaringBitmap findAll(IdSet ids) {
    file.checkOpen();
    RoaringBitmap found = new RoaringBitmap();
    LsmIndex known = index();
    for (int i = 0; i < ids.size(); i++) {
      if (known.mayContain(ids.hash(i))) {
        byte[] utf8 = ids.id(i).getBytes(StandardCharsets.UTF_8);
        int position = find(ids.hash(i), utf8);
        if (position >= 0) {
          addAll(position, utf8, found);
        }
      }
    }
    return found;
  }

  /** A file of ours has an id once; should one have it more often, all rows are neighbours. */
  private void addAll(int position, byte[] utf8, RoaringBitmap found) {
    found.add(position);
    for (int row = position - 1; row >= 0 && compare(row, utf8) == 0; row--) {
      found.add(row);
    }
    for (int row = position + 1; row < rowCount() && compare(row, utf8) == 0; row++) {
      found.add(row);
    }
  }

  private int compare(int position, byte[] utf8) {
    RunBlock block = run.block(run.header().blockOf(position));
    return block.compare(position - block.firstRow(), utf8);
  }

  /** Reads the whole file and sorts its hashes: 12 bytes of heap a row while the set lives. */
  @Override
  public IdSet ids() {
    file.checkOpen();
    long[] hashes = new long[rowCount()];
    int[] row = {0};
    forEachBlock(
        block -> {
          for (int i = 0; i < block.rows(); i++) {
            hashes[row[0]++] = hash.of(block.idBytes(i));
          }
        });
    IdIndex sorted = IdIndex.of(hashes);
    return new IdSet() {
      @Override
      public int size() {
        return sorted.size();
      }

      @Override
      public long hash(int i) {
        return sorted.hash(i);
      }

      @Override
      public String id(int i) {
        return LsmReader.this.id(sorted.position(i));
      }
    };
  }

  private void forEachBlock(Consumer<RunBlock> action) {
    for (int block = 0; block < run.header().blockCount(); block++) {
      action.accept(run.blockAndAhead(block));
    }
  }

  private LsmIndex index() {
    LsmIndex known = index;
    if (known == null) {
      synchronized (this) {
        known = index;
        if (known == null) {
          known = openIndex();
          index = known;
        }
      }
    }
    return known;
  }

  private LsmIndex openIndex() {
    RunHeader header = run.header();
    try {
      return LsmIndex.open(
          table,
          LsmNames.nameOf(dataFile.location()),
          header.rowCount(),
          header.blockCount(),
          header.checksum());
    } catch (NotFoundException | CorruptFileException | UnsupportedVersionException e) {
      LOG.warn("Rebuilding the index of {} in memory: {}", dataFile.location(), e.getMessage());
      return rebuildIndex();
    }
  }

  private LsmIndex rebuildIndex() {
    LsmIndexBuilder builder = new LsmIndexBuilder(rowCount());
    forEachBlock(
        block -> {
          builder.addBlock(block.idBytes(0));
          for (int i = 0; i < block.rows(); i++) {
            builder.add(hash.of(block.idBytes(i)));
          }
        });
    return LsmIndex.of(builder.build(table.tableUuid(), run.header().checksum()));
  }

  @Override
  public Column column(String name) {
    file.checkOpen();
    if (table.schema().vectorField(name).isPresent()) {
      throw new InvalidArgumentException(
          "Invalid column: '" + name + "' is a vector field (read it by vectors)");
    }
    RowDecoder decoder = new RowDecoder(table, run, List.of(name), rowCount());
    forEachBlock(
        block -> {
          for (int row = 0; row < block.rows(); row++) {
            decoder.add(block, row);
          }
        });
    return decoder.build().column(name);
  }

  @Override
  public ColumnBatch rows(int[] positions, List<String> columns) {
    file.checkOpen();
    RowDecoder decoder = new RowDecoder(table, run, columns, positions.length);
    RunBlock block = null;
    for (int i = 0; i < positions.length; i++) {
      int position = Objects.checkIndex(positions[i], rowCount());
      if (i > 0 && position < positions[i - 1]) {
        throw new IllegalArgumentException(
            "Invalid positions: " + position + " stands behind " + positions[i - 1]);
      }
      if (block == null || position >= block.firstRow() + block.rows()) {
        block = run.block(run.header().blockOf(position));
      }
      decoder.add(block, position - block.firstRow());
    }
    return decoder.build();
  }

  @Override
  public CloseableIterator<ColumnBatch> scan(List<String> columns, int batchRows) {
    if (batchRows < 1) {
      throw new IllegalArgumentException("Invalid batch: " + batchRows + " rows (expected 1)");
    }
    return new RunScan(table, run, columns, batchRows);
  }

  @Override
  public boolean hasVectors(String field) {
    return RowDecoder.hasVectors(table, run, field);
  }

  @Override
  public VectorRows vectors(String field) {
    file.checkOpen();
    return new RunVectors(
        run,
        RowDecoder.vectorOf(
            table,
            run,
            table
                .schema()
                .vectorField(field)
                .orElseThrow(
                    () -> new InvalidArgumentException("Invalid vector field: '" + field + "'"))));
  }

  /** Read whole at the first call, 16 bytes of heap a row, if the file stores it. */
  @Override
  public @Nullable RowLineage lineage() {
    if (!StoredLineage.isIn(run.header().schema())) {
      return RowLineage.inherited(dataFile);
    }
    file.checkOpen();
    RowLineage known = lineage;
    if (known == null) {
      known = StoredLineage.read(run, RowLineage.inherited(dataFile));
      lineage = known;
    }
    return known;
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    file.close();
    if (index != null) {
      index.close();
    }
  }
}
