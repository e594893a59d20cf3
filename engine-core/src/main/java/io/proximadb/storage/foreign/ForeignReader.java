package io.proximadb.storage.foreign;

import io.proximadb.error.ClosedException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.FieldType;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.MetadataField;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.VectorField;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.model.column.FloatVectorColumn;
import io.proximadb.model.column.LongColumn;
import io.proximadb.model.column.StringColumn;
import io.proximadb.storage.AttachedFiles;
import io.proximadb.storage.IdHash;
import io.proximadb.storage.IdSet;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.TableContext;
import io.proximadb.storage.VectorRows;
import io.proximadb.storage.foreign.DecodedPieces.Decoded;
import io.proximadb.storage.records.ColumnBuilder;
import io.proximadb.storage.records.LenientSchemas;
import io.proximadb.storage.records.RecordFile;
import io.proximadb.storage.records.RecordFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.CloseableIterator;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A data file that another engine wrote. Columns are decoded piece by piece as they are asked for
 * and kept within the bound of {@link DecodedPieces}; the hashes of ids stay, 12 bytes a row.
 */
final class ForeignReader implements SegmentReader {
  private static final Logger LOG = LoggerFactory.getLogger(ForeignReader.class);

  private final TableContext table;
  private final DataFile dataFile;
  private final RecordFile file;
  private final IdHash hash;
  private final DecodedPieces decoded = new DecodedPieces();
  private final Map<String, ForeignVectors> vectors = new ConcurrentHashMap<>();
  private volatile @Nullable ForeignIds ids;
  private volatile boolean closed;

  /** A piece of a column. */
  private record Piece(Column column) implements Decoded {
    @Override
    public long bytes() {
      return column.estimatedBytes();
    }
  }

  private ForeignReader(TableContext table, DataFile dataFile, RecordFile file) {
    this.table = table;
    this.dataFile = dataFile;
    this.file = file;
    this.hash = IdHash.of(table.tableUuid());
  }

  static ForeignReader open(TableContext table, DataFile dataFile) {
    return new ForeignReader(
        table, dataFile, RecordFiles.open(table.io(), dataFile, table.properties()));
  }

  @Override
  public DataFile dataFile() {
    return dataFile;
  }

  @Override
  public int rowCount() {
    return file.firstRow(file.pieceCount());
  }

  @Override
  public String id(int position) {
    String id = idAt(position);
    return id == null ? "" : id;
  }

  private @Nullable String idAt(int position) {
    Objects.checkIndex(position, rowCount());
    checkOpen();
    int piece = Pieces.of(file, position);
    return (String) piece(SystemColumns.ID, piece).value(position - file.firstRow(piece));
  }

  private ForeignIds idIndex() {
    ForeignIds known = ids;
    if (known == null) {
      synchronized (this) {
        known = ids;
        if (known == null) {
          checkOpen();
          known = ForeignIds.kept(source(), this::idAt, this::hashIds);
          if (!known.without().isEmpty()) {
            LOG.warn(
                "{} rows of {} have no id and are left out of all reads",
                known.without().getLongCardinality(),
                dataFile.location());
          }
          ids = known;
        }
      }
    }
    return known;
  }

  private ForeignIds.Source source() {
    int fieldId = column(SystemColumns.ID, table).fieldId();
    return new ForeignIds.Source(table.tableUuid(), dataFile.location(), fieldId);
  }

  private ForeignIds hashIds() {
    return ForeignIds.of(
        hash,
        rowCount(),
        () ->
            IntStream.range(0, file.pieceCount())
                .mapToObj(piece -> (StringColumn) piece(SystemColumns.ID, piece))
                .iterator(),
        this::idAt);
  }

  @Override
  public int find(String id) {
    checkOpen();
    return idIndex().find(id);
  }

  @Override
  public RoaringBitmap findAll(IdSet wanted) {
    checkOpen();
    return idIndex().findAll(wanted);
  }

  @Override
  public IdSet ids() {
    return idIndex().set();
  }

  @Override
  public RoaringBitmap repeatedRows() {
    return idIndex().repeated().clone();
  }

  @Override
  public RoaringBitmap rowsWithoutId() {
    Map<Integer, Long> nullCounts = dataFile.nullValueCounts();
    Long nulls =
        nullCounts == null ? null : nullCounts.get(column(SystemColumns.ID, table).fieldId());
    return nulls != null && nulls == 0 ? new RoaringBitmap() : idIndex().without().clone();
  }

  @Override
  public RoaringBitmap rowsWithoutVector(String field) {
    checkOpen();
    return foreignVectors(vectorField(field)).unusable().clone();
  }

  @Override
  public Column column(String name) {
    if (table.schema().vectorField(name).isPresent()) {
      throw new InvalidArgumentException(
          "Invalid column: '" + name + "' is a vector field (read it by vectors)");
    }
    checkOpen();
    ColumnBuilder whole = new ColumnBuilder(type(name), rowCount());
    for (int piece = 0; piece < file.pieceCount(); piece++) {
      whole.addAll(piece(name, piece));
    }
    return whole.build();
  }

  @Override
  public ColumnBatch rows(int[] positions, List<String> columns) {
    checkOpen();
    List<int[]> runs = new ArrayList<>();
    List<Integer> pieces = new ArrayList<>();
    split(positions, runs, pieces);
    Map<String, Column> read = new LinkedHashMap<>();
    for (String name : columns) {
      List<Column> parts = new ArrayList<>();
      for (int i = 0; i < runs.size(); i++) {
        parts.add(select(name, pieces.get(i), runs.get(i)));
      }
      read.put(name, concat(name, parts, positions.length));
    }
    return new ColumnBatch(positions.length, read);
  }

  /** Cuts ascending positions at the borders of pieces, and counts them from there. */
  private void split(int[] positions, List<int[]> runs, List<Integer> pieces) {
    int from = 0;
    while (from < positions.length) {
      Objects.checkIndex(positions[from], rowCount());
      int piece = Pieces.of(file, positions[from]);
      int to = from;
      while (to < positions.length && positions[to] < file.firstRow(piece + 1)) {
        if (to > from && positions[to] < positions[to - 1]) {
          throw new IllegalArgumentException(
              "Invalid positions: " + positions[to] + " stands behind " + positions[to - 1]);
        }
        to++;
      }
      int[] run = new int[to - from];
      for (int i = 0; i < run.length; i++) {
        run[i] = positions[from + i] - file.firstRow(piece);
      }
      runs.add(run);
      pieces.add(piece);
      from = to;
    }
  }

  private Column select(String name, int piece, int[] rows) {
    Optional<VectorField> vector = table.schema().vectorField(name);
    return vector.isPresent()
        ? foreignVectors(vector.get()).column(piece, rows)
        : piece(name, piece).select(rows);
  }

  private Column concat(String name, List<Column> parts, int rows) {
    if (parts.size() == 1) {
      return parts.get(0);
    }
    Optional<VectorField> vector = table.schema().vectorField(name);
    if (vector.isPresent()) {
      return FloatVectorColumn.concat(
          vector.get().dimension(), parts.stream().map(FloatVectorColumn.class::cast).toList());
    }
    ColumnBuilder whole = new ColumnBuilder(type(name), rows);
    parts.forEach(whole::addAll);
    return whole.build();
  }

  @Override
  public CloseableIterator<ColumnBatch> scan(List<String> columns, int batchRows) {
    if (batchRows < 1) {
      throw new IllegalArgumentException("Invalid batch: " + batchRows + " rows (expected 1)");
    }
    columns.forEach(name -> column(name, table));
    return new PieceScan(file, batchRows, (piece, rows) -> batch(columns, piece, rows));
  }

  private ColumnBatch batch(List<String> columns, int piece, int[] rows) {
    checkOpen();
    Map<String, Column> read = new LinkedHashMap<>();
    columns.forEach(name -> read.put(name, select(name, piece, rows)));
    return new ColumnBatch(rows.length, read);
  }

  @Override
  public VectorRows vectors(String field) {
    checkOpen();
    ForeignVectors rows = foreignVectors(vectorField(field));
    // Whoever searches learns once what is left out.
    rows.unusable();
    return rows;
  }

  private VectorField vectorField(String field) {
    return table
        .schema()
        .vectorField(field)
        .orElseThrow(() -> new InvalidArgumentException("Invalid vector field: '" + field + "'"));
  }

  private ForeignVectors foreignVectors(VectorField field) {
    return vectors.computeIfAbsent(
        field.name(),
        name -> new ForeignVectors(dataFile.location(), file, decoded, field, column(name, table)));
  }

  private Column piece(String name, int piece) {
    return decoded.get(name, piece, Piece.class, () -> new Piece(decode(name, piece))).column();
  }

  private Column decode(String name, int piece) {
    Schema columns = LenientSchemas.of(List.of(column(name, table)));
    int rows = file.firstRow(piece + 1) - file.firstRow(piece);
    ColumnBuilder builder = new ColumnBuilder(type(name), rows);
    Object constant = partitionValue(name);
    if (constant != null) {
      for (int row = 0; row < rows; row++) {
        builder.add(constant);
      }
      return builder.build();
    }
    try (CloseableIterable<Record> records = file.read(piece, columns)) {
      for (Record record : records) {
        builder.add(record.get(0));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot close " + dataFile.location(), e);
    }
    Column decodedColumn = builder.build();
    return name.equals(SystemColumns.VERSION) || name.equals(SystemColumns.UPDATED_AT)
        ? withCommitTime((LongColumn) decodedColumn)
        : decodedColumn;
  }

  /** The value that the file's partition has of a column which the file itself lacks, or null. */
  private @Nullable Object partitionValue(String name) {
    int fieldId = column(name, table).fieldId();
    Object value = AttachedFiles.partitionValue(table, dataFile, fieldId);
    return value == null || file.present(Set.of(fieldId)).contains(fieldId) ? null : value;
  }

  /** What a writer left open is as old as its commit. */
  private LongColumn withCommitTime(LongColumn column) {
    if (column.nulls() == null) {
      return column;
    }
    long committed = table.commits().micros(dataFile.dataSequenceNumber());
    column.nulls().stream().forEach(row -> column.values()[row] = committed);
    return new LongColumn(column.type(), column.values(), null);
  }

  private static NestedField column(String name, TableContext table) {
    NestedField column = name.indexOf('.') >= 0 ? null : table.icebergSchema().findField(name);
    if (column == null) {
      throw new InvalidArgumentException(
          "Invalid column: '"
              + name
              + "' (expected one of "
              + table.icebergSchema().columns().stream().map(NestedField::name).toList()
              + ")");
    }
    return column;
  }

  private FieldType type(String name) {
    return switch (name) {
      case SystemColumns.ID -> Scalar.STRING;
      case SystemColumns.VERSION, SystemColumns.CLUSTER_ID -> Scalar.LONG;
      case SystemColumns.UPDATED_AT, SystemColumns.EXPIRES_AT -> Scalar.TIMESTAMP;
      default ->
          table
              .schema()
              .metadataField(name)
              .map(MetadataField::type)
              .orElseThrow(() -> new InvalidArgumentException("Invalid column: '" + name + "'"));
    };
  }

  private void checkOpen() {
    if (closed) {
      throw new ClosedException("Cannot read file " + dataFile.location() + ": it is closed");
    }
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      file.close();
      decoded.clear();
    }
  }
}
