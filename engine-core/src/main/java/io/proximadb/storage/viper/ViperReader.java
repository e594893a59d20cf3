package io.proximadb.storage.viper;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.io.FileBytes;
import io.proximadb.model.FieldType;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.VectorField;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.model.column.LongColumn;
import io.proximadb.storage.ClusterRuns;
import io.proximadb.storage.IdHash;
import io.proximadb.storage.IdKeys;
import io.proximadb.storage.IdSet;
import io.proximadb.storage.RowLineage;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.TableContext;
import io.proximadb.storage.VectorRows;
import io.proximadb.storage.ids.IdIndex;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.MetadataColumns;
import org.apache.iceberg.io.CloseableIterator;
import org.apache.iceberg.types.Types.NestedField;
import org.apache.parquet.column.ColumnDescriptor;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads one file. Columns are matched by Iceberg field id; what the file lacks is null. */
final class ViperReader implements SegmentReader {
  private static final Logger LOG = LoggerFactory.getLogger(ViperReader.class);

  private final TableContext table;
  private final DataFile dataFile;
  private final ViperFile file;
  private final IdHash hash;
  private final IdColumn idColumn;
  private final Map<String, PagedVectors> vectors = new ConcurrentHashMap<>();
  private volatile @Nullable IdIndex idIndex;
  private volatile @Nullable ClusterRuns clusters;
  private volatile @Nullable StoredLineage lineage;
  private boolean closed;

  private ViperReader(TableContext table, DataFile dataFile, ViperFile file) {
    this.table = table;
    this.dataFile = dataFile;
    this.file = file;
    this.hash = IdHash.of(table.tableUuid());
    this.idColumn = new IdColumn(file, firstLeaf(SystemColumns.ID));
  }

  /** Opens a file; null if it is not of this layout. */
  static @Nullable ViperReader open(TableContext table, DataFile dataFile) {
    FileBytes bytes = FileBytes.open(table.io(), dataFile.location(), dataFile.fileSizeInBytes());
    boolean opened = false;
    try {
      ViperFile file = ViperFile.open(bytes, dataFile);
      if (file == null) {
        return null;
      }
      ViperReader reader = new ViperReader(table, dataFile, file);
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
    return file.rowCount();
  }

  @Override
  public String id(int position) {
    Objects.checkIndex(position, rowCount());
    file.bytes().checkOpen();
    return idColumn.id(position);
  }

  @Override
  public int find(String id) {
    file.bytes().checkOpen();
    byte[] utf8 = id.getBytes(StandardCharsets.UTF_8);
    return idIndex().find(hash.of(utf8), position -> idColumn.isAt(position, utf8));
  }

  @Override
  public void find(IdKeys keys, int[] positions) {
    file.bytes().checkOpen();
    IdIndex index = idIndex();
    index.touch(keys);
    for (int i = 0; i < keys.size(); i++) {
      byte[] utf8 = keys.utf8(i);
      positions[i] = index.find(keys.hash(i), position -> idColumn.isAt(position, utf8));
    }
  }

  @Override
  public RoaringBitmap findAll(IdSet ids) {
    file.bytes().checkOpen();
    RoaringBitmap found = new RoaringBitmap();
    idIndex()
        .findAll(
            ids,
            (ordinal, position) -> {
              if (idColumn.isAt(position, ids.id(ordinal).getBytes(StandardCharsets.UTF_8))) {
                found.add(position);
              }
            });
    return found;
  }

  @Override
  public IdSet ids() {
    file.bytes().checkOpen();
    IdIndex index = idIndex();
    return new IdSet() {
      @Override
      public int size() {
        return index.size();
      }

      @Override
      public long hash(int i) {
        return index.hash(i);
      }

      @Override
      public String id(int i) {
        return ViperReader.this.id(index.position(i));
      }
    };
  }

  private IdIndex idIndex() {
    IdIndex index = idIndex;
    if (index == null) {
      synchronized (this) {
        index = idIndex;
        if (index == null) {
          index = openIdIndex();
          idIndex = index;
        }
      }
    }
    return index;
  }

  private IdIndex openIdIndex() {
    String location = dataFile.location();
    try {
      return IdIndex.open(table, location.substring(location.lastIndexOf('/') + 1), rowCount());
    } catch (NotFoundException | CorruptFileException | UnsupportedVersionException e) {
      LOG.warn("Rebuilding the id index of {} in memory: {}", location, e.getMessage());
      return rebuildIdIndex();
    }
  }

  private IdIndex rebuildIdIndex() {
    prefetch(List.of(SystemColumns.ID), (plan, leaf) -> plan.rows(leaf, 0, rowCount()));
    long[] hashes = new long[rowCount()];
    int[] row = {0};
    idColumn.forEach(utf8 -> hashes[row[0]++] = hash.of(utf8));
    return IdIndex.of(hashes);
  }

  @Override
  public Column column(String name) {
    file.bytes().checkOpen();
    if (table.schema().vectorField(name).isPresent()) {
      throw new InvalidArgumentException(
          "Invalid column: '" + name + "' is a vector field (read it by vectors)");
    }
    prefetch(List.of(name), (plan, leaf) -> plan.rows(leaf, 0, rowCount()));
    return access(name).range(0, rowCount());
  }

  /** Adds pages of a leaf to a plan. */
  @FunctionalInterface
  private interface Pages {
    PagePlan addTo(PagePlan plan, int leaf);
  }

  /** Of a remote file, begins to fetch pages of columns; those that the file lacks are left out. */
  private void prefetch(Collection<String> columns, Pages pages) {
    if (file.bytes().isMapped()) {
      return;
    }
    PagePlan plan = new PagePlan(file);
    for (String name : columns) {
      NestedField inTable = table.icebergSchema().findField(name);
      NestedField inFile = inTable == null ? null : file.schema().findField(inTable.fieldId());
      List<ColumnDescriptor> leaves = file.parquetSchema().getColumns();
      for (int leaf = 0; inFile != null && leaf < leaves.size(); leaf++) {
        if (leaves.get(leaf).getPath()[0].equals(inFile.name())) {
          pages.addTo(plan, leaf);
        }
      }
    }
    plan.fetch();
  }

  @Override
  public void prefetch(int[] positions, List<String> columns) {
    Set<String> wanted = new LinkedHashSet<>(columns);
    wanted.add(SystemColumns.ID);
    prefetch(wanted, (plan, leaf) -> plan.rows(leaf, positions));
  }

  @Override
  public ColumnBatch rows(int[] positions, List<String> columns) {
    file.bytes().checkOpen();
    for (int i = 0; i < positions.length; i++) {
      Objects.checkIndex(positions[i], rowCount());
      if (i > 0 && positions[i] < positions[i - 1]) {
        throw new IllegalArgumentException(
            "Invalid positions: " + positions[i] + " stands behind " + positions[i - 1]);
      }
    }
    prefetch(columns, (plan, leaf) -> plan.rows(leaf, positions));
    Map<String, Column> read = new LinkedHashMap<>();
    for (String name : columns) {
      read.put(name, access(name).rows(positions));
    }
    return new ColumnBatch(positions.length, read);
  }

  @Override
  public CloseableIterator<ColumnBatch> scan(List<String> columns, int batchRows) {
    if (batchRows < 1) {
      throw new IllegalArgumentException("Invalid batch: " + batchRows + " rows (expected 1)");
    }
    Map<String, ColumnAccess> accesses = new LinkedHashMap<>();
    columns.forEach(name -> accesses.put(name, access(name)));
    prefetch(columns, (plan, leaf) -> plan.rows(leaf, 0, rowCount()));
    return new BatchScan(file.bytes(), rowCount(), accesses, batchRows);
  }

  @Override
  public boolean hasVectors(String field) {
    NestedField inTable = table.icebergSchema().findField(field);
    return inTable != null && file.schema().findField(inTable.fieldId()) != null;
  }

  @Override
  public VectorRows vectors(String field) {
    file.bytes().checkOpen();
    return pagedVectors(
        table
            .schema()
            .vectorField(field)
            .orElseThrow(
                () -> new InvalidArgumentException("Invalid vector field: '" + field + "'")));
  }

  private PagedVectors pagedVectors(VectorField field) {
    return vectors.computeIfAbsent(
        field.name(), name -> new PagedVectors(file, firstLeaf(name), field));
  }

  @Override
  public ClusterRuns clusters() {
    ClusterRuns known = clusters;
    if (known == null) {
      known = ClusterRuns.of((LongColumn) column(SystemColumns.CLUSTER_ID));
      clusters = known;
    }
    return known;
  }

  @Override
  public @Nullable RowLineage lineage() {
    if (file.schema().findField(MetadataColumns.ROW_ID.fieldId()) == null) {
      return RowLineage.inherited(dataFile);
    }
    StoredLineage known = lineage;
    if (known == null) {
      file.bytes().checkOpen();
      known =
          new StoredLineage(
              lineageColumn(MetadataColumns.ROW_ID),
              lineageColumn(MetadataColumns.LAST_UPDATED_SEQUENCE_NUMBER),
              RowLineage.inherited(dataFile));
      lineage = known;
    }
    return known;
  }

  private LongColumn lineageColumn(NestedField field) {
    return (LongColumn)
        new FlatColumn(file, firstLeaf(field), FieldType.Scalar.LONG).range(0, rowCount());
  }

  private ColumnAccess access(String name) {
    NestedField inTable = table.icebergSchema().findField(name);
    if (inTable == null || name.indexOf('.') >= 0) {
      throw new InvalidArgumentException(
          "Invalid column: '"
              + name
              + "' (expected one of "
              + table.icebergSchema().columns().stream().map(NestedField::name).toList()
              + ")");
    }
    Optional<VectorField> vector = table.schema().vectorField(name);
    if (vector.isPresent()) {
      return vector.get().optional() && !hasVectors(name)
          ? new MissingVectors(vector.get().dimension())
          : pagedVectors(vector.get());
    }
    NestedField inFile = file.schema().findField(inTable.fieldId());
    if (inFile == null) {
      return new MissingColumn(FieldTypes.of(inTable.type()));
    }
    if (inTable.type().isPrimitiveType()) {
      return new FlatColumn(file, firstLeaf(name), FieldTypes.scalar(inTable.type()));
    }
    return table.schema().sparseField(name).isPresent()
        ? SparseColumn.of(file, firstLeaf(name), inFile, inTable)
        : new NestedColumn(file, firstLeaf(name), inFile, inTable);
  }

  /** The first leaf of the column with the table's field id of that name. */
  private int firstLeaf(String name) {
    NestedField inTable = table.icebergSchema().findField(name);
    NestedField inFile = inTable == null ? null : file.schema().findField(inTable.fieldId());
    if (inFile == null) {
      throw new InvalidArgumentException(
          "Cannot read file " + dataFile.location() + ": it has no column '" + name + "'");
    }
    return firstLeaf(inFile);
  }

  private int firstLeaf(NestedField inFile) {
    List<ColumnDescriptor> leaves = file.parquetSchema().getColumns();
    int leaf = 0;
    while (!leaves.get(leaf).getPath()[0].equals(inFile.name())) {
      leaf++;
    }
    return leaf;
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    file.bytes().close();
    if (idIndex != null) {
      idIndex.close();
    }
  }
}
