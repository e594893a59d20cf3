package io.proximadb.spark.search;

import io.proximadb.model.column.ColumnBatch;
import io.proximadb.model.column.FloatVectorColumn;
import io.proximadb.query.ScanTask;
import io.proximadb.query.SnapshotNearest;
import io.proximadb.spark.functions.Ranking;
import io.proximadb.spark.read.SparkVectors;
import io.proximadb.storage.TableContext;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import org.apache.iceberg.io.CloseableIterator;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.PeekableIntIterator;
import org.roaringbitmap.RoaringBitmap;
import scala.collection.IterableOnce;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractFunction1;

/**
 * Gives the rows of a snapshot that are nearest to a vector by a function of SQL, the nearest
 * first. Runs in the tasks of the other side of a join; each keeps the files open until it ends.
 *
 * <p>Rows for which the function is NULL are never given, as in Spark's own plan.
 */
final class NearestLookup extends AbstractFunction1<Row, IterableOnce<InternalRow>>
    implements Serializable {
  private static final long serialVersionUID = 1;

  /** Rows read at once, and candidates that are kept as they were read: they are few as a rule. */
  private static final int BATCH_ROWS = 1_024;

  /**
   * What to look for.
   *
   * @param name the table's
   * @param field the vector column
   * @param dimension of the vector column
   * @param k how many rows
   * @param recall 1 if the answer has to be exact
   * @param columns what to give of them
   */
  record Wanted(
      String name,
      Ranking ranking,
      String field,
      int dimension,
      int k,
      double recall,
      List<String> columns)
      implements Serializable {}

  /**
   * A row that may be given.
   *
   * @param position in the file
   * @param batch with its columns, of which it is the row of that number; null if they are to be
   *     read when it is chosen
   */
  private record Candidate(
      float value, int file, int position, @Nullable ColumnBatch batch, int row) {}

  private final TableContext table;
  private final List<ScanTask> files;
  private final Wanted wanted;
  private transient @Nullable SnapshotNearest open;

  /** On the driver alone: the snapshot stays while the plan that has this look-up is in use. */
  @SuppressWarnings({"unused", "UnusedVariable"})
  private final transient @Nullable Object pin;

  /**
   * A look-up.
   *
   * @param pin keeps the snapshot
   */
  NearestLookup(TableContext table, List<ScanTask> files, Wanted wanted, Object pin) {
    this.table = table;
    this.files = files;
    this.wanted = wanted;
    this.pin = pin;
  }

  @Override
  public IterableOnce<InternalRow> apply(Row input) {
    List<InternalRow> rows = input.isNullAt(0) ? List.of() : nearest(input.getList(0));
    return CollectionConverters.asScala(rows);
  }

  private List<InternalRow> nearest(List<@Nullable Float> query) {
    float[] vector = new float[query.size()];
    if (vector.length != wanted.dimension()) {
      // Fails with the words of Spark's own functions.
      wanted.ranking().function().evaluate(vector, new float[wanted.dimension()]);
    }
    for (int i = 0; i < vector.length; i++) {
      Float component = query.get(i);
      if (component == null) {
        return List.of();
      }
      vector[i] = component;
    }
    TaskContext task = TaskContext.get();
    if (task == null) {
      try (SnapshotNearest search = SnapshotNearest.open(table, files)) {
        return nearest(search, vector);
      }
    }
    SnapshotNearest search = open;
    if (search == null) {
      search = SnapshotNearest.open(table, files);
      open = search;
      task.addTaskCompletionListener(
          ended -> {
            SnapshotNearest last = open;
            open = null;
            if (last != null) {
              last.close();
            }
          });
    }
    return nearest(search, vector);
  }

  private List<InternalRow> nearest(SnapshotNearest search, float[] vector) {
    SnapshotNearest.Found found =
        search.nearest(
            new SnapshotNearest.Query(
                wanted.field(), wanted.ranking().metric(), vector, wanted.k(), wanted.recall()));
    Comparator<Candidate> nearestFirst =
        (a, b) ->
            wanted.ranking().isDistance()
                ? Float.compare(a.value(), b.value())
                : Float.compare(b.value(), a.value());
    // Many candidates are compared by their vectors first, and only those that are chosen are read.
    long candidates = found.positions().stream().mapToLong(RoaringBitmap::getLongCardinality).sum();
    boolean whole = candidates <= BATCH_ROWS;
    PriorityQueue<Candidate> best = new PriorityQueue<>(nearestFirst.reversed());
    for (int file = 0; file < files.size(); file++) {
      RoaringBitmap positions = found.positions().get(file);
      if (!positions.isEmpty()) {
        offer(search, file, positions, vector, whole, best);
      }
    }
    List<Candidate> ordered = new ArrayList<>(best);
    ordered.sort(nearestFirst);
    return whole ? rows(ordered) : read(search, ordered);
  }

  private List<InternalRow> rows(List<Candidate> ordered) {
    List<InternalRow> rows = new ArrayList<>();
    for (Candidate candidate : ordered) {
      ColumnarBatch batch =
          SparkVectors.of(Objects.requireNonNull(candidate.batch()), wanted.columns());
      rows.add(batch.getRow(candidate.row()).copy());
    }
    return rows;
  }

  /** Reads the chosen rows file by file. */
  private List<InternalRow> read(SnapshotNearest search, List<Candidate> ordered) {
    Map<Integer, RoaringBitmap> byFile = new HashMap<>();
    for (Candidate candidate : ordered) {
      byFile
          .computeIfAbsent(candidate.file(), file -> new RoaringBitmap())
          .add(candidate.position());
    }
    Map<Long, InternalRow> rows = new HashMap<>();
    byFile.forEach(
        (file, positions) -> {
          PeekableIntIterator position = positions.getIntIterator();
          try (CloseableIterator<ColumnBatch> batches =
              search.read(file, positions, wanted.columns(), BATCH_ROWS)) {
            while (batches.hasNext()) {
              ColumnarBatch batch = SparkVectors.of(batches.next(), wanted.columns());
              for (int row = 0; row < batch.numRows(); row++) {
                rows.put(place(file, position.next()), batch.getRow(row).copy());
              }
            }
          } catch (IOException e) {
            throw new UncheckedIOException("Cannot close a scan of " + wanted.name(), e);
          }
        });
    List<InternalRow> found = new ArrayList<>();
    for (Candidate candidate : ordered) {
      found.add(Objects.requireNonNull(rows.get(place(candidate.file(), candidate.position()))));
    }
    return found;
  }

  private static long place(int file, int position) {
    return ((long) file << Integer.SIZE) | position;
  }

  private void offer(
      SnapshotNearest search,
      int file,
      RoaringBitmap positions,
      float[] vector,
      boolean whole,
      PriorityQueue<Candidate> best) {
    List<String> read = new ArrayList<>(whole ? wanted.columns() : List.of());
    if (!read.contains(wanted.field())) {
      read.add(wanted.field());
    }
    PeekableIntIterator position = positions.getIntIterator();
    try (CloseableIterator<ColumnBatch> batches = search.read(file, positions, read, BATCH_ROWS)) {
      while (batches.hasNext()) {
        ColumnBatch batch = batches.next();
        FloatVectorColumn vectors = (FloatVectorColumn) batch.column(wanted.field());
        for (int row = 0; row < batch.rowCount(); row++) {
          int at = position.next();
          int start = row * wanted.dimension();
          float[] other = Arrays.copyOfRange(vectors.values(), start, start + wanted.dimension());
          Float value = (Float) wanted.ranking().function().evaluate(vector, other);
          if (value != null) {
            best.add(new Candidate(value, file, at, whole ? batch : null, row));
            if (best.size() > wanted.k()) {
              best.poll();
            }
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot close a scan of " + wanted.name(), e);
    }
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "ProximaNearest(%d by %s of '%s' in %s, %s)",
        wanted.k(),
        wanted.ranking().function().name(),
        wanted.field(),
        wanted.name(),
        wanted.recall() < 1 ? "approximate, recall " + wanted.recall() : "exact");
  }
}
