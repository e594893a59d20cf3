package io.proximadb.storage.foreign;

import io.proximadb.error.ResourceExhaustedException;
import io.proximadb.model.VectorField;
import io.proximadb.model.column.FloatVectorColumn;
import io.proximadb.storage.VectorRows;
import io.proximadb.storage.foreign.DecodedPieces.Decoded;
import io.proximadb.storage.records.LenientSchemas;
import io.proximadb.storage.records.RecordFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A vector field of a foreign file, {@code list<float>} or {@code list<double>}, as runs of floats:
 * one for each piece. A row without a usable vector is NaN, which is near to nothing.
 */
final class ForeignVectors implements VectorRows {
  private static final Logger LOG = LoggerFactory.getLogger(ForeignVectors.class);

  /** Java's buffers end below 2 GiB. */
  private static final long MAX_PIECE_BYTES = Integer.MAX_VALUE - 8;

  private final String location;
  private final RecordFile file;
  private final DecodedPieces decoded;
  private final VectorField field;
  private final Schema columns;
  private volatile @Nullable RoaringBitmap unusable;

  /** A piece: the floats of its rows, and which of them have none. */
  private record Piece(ByteBuffer floats, BitSet without, @Nullable String firstReason)
      implements Decoded {
    @Override
    public long bytes() {
      return floats.capacity() + without.size() / 8L;
    }
  }

  ForeignVectors(
      String location,
      RecordFile file,
      DecodedPieces decoded,
      VectorField field,
      NestedField column) {
    this.location = location;
    this.file = file;
    this.decoded = decoded;
    this.field = field;
    this.columns = LenientSchemas.of(List.of(column));
  }

  private Piece piece(int piece) {
    return decoded.get(field.name(), piece, Piece.class, () -> decode(piece));
  }

  private Piece decode(int piece) {
    int dimension = field.dimension();
    int rows = file.firstRow(piece + 1) - file.firstRow(piece);
    long bytes = (long) rows * dimension * Float.BYTES;
    if (bytes > MAX_PIECE_BYTES) {
      throw new ResourceExhaustedException(
          "Cannot read vectors of "
              + location
              + ": "
              + bytes
              + " bytes in one row group (expected at most "
              + MAX_PIECE_BYTES
              + "; write smaller row groups)");
    }
    ByteBuffer floats = ByteBuffer.allocate((int) bytes).order(ByteOrder.LITTLE_ENDIAN);
    BitSet without = new BitSet();
    String firstReason = null;
    float[] vector = new float[dimension];
    int row = 0;
    FloatBuffer target = floats.asFloatBuffer();
    try (CloseableIterable<Record> records = file.read(piece, columns)) {
      for (Record record : records) {
        String reason = copy(record.get(0), vector);
        if (reason != null) {
          without.set(row);
          Arrays.fill(vector, Float.NaN);
          firstReason =
              firstReason == null
                  ? "row " + (file.firstRow(piece) + row) + ": " + reason
                  : firstReason;
        }
        target.put(vector);
        row++;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot close " + location, e);
    }
    return new Piece(floats, without, firstReason);
  }

  /** Narrows a list to floats; returns why it is no vector of the field, or null if it is. */
  private static @Nullable String copy(@Nullable Object value, float[] target) {
    if (value == null) {
      return "no vector";
    }
    List<?> numbers = (List<?>) value;
    if (numbers.size() != target.length) {
      return "dimension " + numbers.size() + " (expected " + target.length + ")";
    }
    for (int i = 0; i < target.length; i++) {
      if (!(numbers.get(i) instanceof Number number)) {
        return "component " + i + " is null";
      }
      target[i] = number.floatValue();
      if (!Float.isFinite(target[i])) {
        return "component " + i + " is " + number + " (expected a finite float)";
      }
    }
    return null;
  }

  /**
   * The rows without a usable vector; looks through the whole file once, and logs what it finds.
   */
  RoaringBitmap unusable() {
    RoaringBitmap found = unusable;
    if (found == null) {
      found = new RoaringBitmap();
      String firstReason = null;
      for (int i = 0; i < file.pieceCount(); i++) {
        Piece piece = piece(i);
        firstReason = firstReason == null ? piece.firstReason() : firstReason;
        int first = file.firstRow(i);
        RoaringBitmap rows = found;
        piece.without().stream().forEach(row -> rows.add(first + row));
      }
      if (!found.isEmpty()) {
        LOG.warn(
            "{} rows of {} are left out of searches by '{}', the first of them {}",
            found.getLongCardinality(),
            location,
            field.name(),
            firstReason);
      }
      unusable = found;
    }
    return found;
  }

  /** The rows of a piece from one to another, exclusive, or those at these places. */
  FloatVectorColumn column(int piece, int[] rows) {
    Piece source = piece(piece);
    float[] values = new float[Math.multiplyExact(rows.length, field.dimension())];
    BitSet nulls = new BitSet();
    FloatBuffer floats = source.floats().asFloatBuffer();
    for (int i = 0; i < rows.length; i++) {
      floats.get(rows[i] * field.dimension(), values, i * field.dimension(), field.dimension());
      nulls.set(i, source.without().get(rows[i]));
    }
    return new FloatVectorColumn(field.dimension(), values, nulls.isEmpty() ? null : nulls);
  }

  @Override
  public int dimension() {
    return field.dimension();
  }

  @Override
  public int rowCount() {
    return file.firstRow(file.pieceCount());
  }

  @Override
  public void copy(int firstRow, int rows, float[] target, int targetOffset) {
    int dimension = field.dimension();
    for (int done = 0; done < rows; ) {
      int piece = Pieces.of(file, firstRow + done);
      int end = Math.min(firstRow + rows, file.firstRow(piece + 1));
      int count = end - firstRow - done;
      int inPiece = firstRow + done - file.firstRow(piece);
      piece(piece)
          .floats()
          .asFloatBuffer()
          .get(inPiece * dimension, target, targetOffset + done * dimension, count * dimension);
      done += count;
    }
  }

  @Override
  public int blockCount() {
    return file.pieceCount();
  }

  @Override
  public int firstRow(int block) {
    return file.firstRow(block);
  }

  @Override
  public ByteBuffer block(int block) {
    return piece(block).floats().duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }
}
