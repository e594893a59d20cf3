package io.proximadb.axis;

import io.proximadb.mvcc.Pin;
import io.proximadb.mvcc.SegmentView;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.VectorRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import org.roaringbitmap.RoaringBitmap;

/**
 * Draws live rows of a collection's files evenly. Each row has a number that follows from its file
 * and position, and the rows of the smallest numbers are drawn: so files that come or go leave most
 * of a sample as it was, and only what is new in it has to be read.
 */
final class RowSampler {
  /** Most rows of a sample: means are then known to within a sixtieth of a deviation. */
  static final int MAX_ROWS = 4_096;

  /** Most floats of a sample, 16 MiB. */
  private static final int MAX_FLOATS = 1 << 22;

  /** So many deviations above what is expected are kept while it is looked, to fall short never. */
  private static final int SPARE_DEVIATIONS = 6;

  /** From the splitmix64 generator: Steele, Lea and Flood, 2014. */
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private static final long FIRST_MIX = 0xBF58476D1CE4E5B9L;
  private static final long SECOND_MIX = 0x94D049BB133111EBL;

  private RowSampler() {}

  /** Where a row is. */
  record Place(String file, int position) {}

  /**
   * A row that was drawn.
   *
   * @param segment its number among those of the state
   * @param number that it was drawn by, unsigned
   */
  private record Drawn(int segment, int position, long number) {}

  /**
   * Rows that were drawn, in random order.
   *
   * @param places of the rows
   * @param vectors of each
   * @param sequences of the commits that their files came with; 0 where that is unknown
   * @param newlyRead vectors that the sample before did not have
   * @param rows that it was drawn of
   */
  record Sample(
      List<Place> places, List<float[]> vectors, List<Long> sequences, int newlyRead, long rows) {
    Map<Place, float[]> byPlace() {
      Map<Place, float[]> byPlace = new HashMap<>();
      for (int i = 0; i < places.size(); i++) {
        byPlace.put(places.get(i), vectors.get(i));
      }
      return byPlace;
    }
  }

  /**
   * Draws a sample.
   *
   * @param known vectors that need not be read
   */
  static Sample draw(Pin pin, String field, int dimension, Map<Place, float[]> known) {
    List<SegmentView> segments = pin.state().segments();
    long rows = 0;
    for (SegmentView segment : segments) {
      rows += segment.handle().reader().hasVectors(field) ? segment.undeletedRows() : 0;
    }
    int wanted = Math.min(MAX_ROWS, Math.max(1, MAX_FLOATS / dimension));
    List<Drawn> drawn = draw(pin, field, rows, wanted);
    Read read = new Read(field, dimension, known);
    for (int i = 0; i < segments.size(); i++) {
      int segment = i;
      int[] positions =
          drawn.stream()
              .filter(row -> row.segment() == segment)
              .mapToInt(Drawn::position)
              .sorted()
              .toArray();
      if (positions.length > 0) {
        read.from(segments.get(segment).handle().reader(), positions);
      }
    }
    return read.sample(drawn, segments, rows);
  }

  private static List<Drawn> draw(Pin pin, String field, long rows, int wanted) {
    List<SegmentView> segments = pin.state().segments();
    double share = (wanted + SPARE_DEVIATIONS * Math.sqrt(wanted)) / Math.max(1, rows);
    // As a number of 63 bits, the sign left out.
    long most = share >= 1 ? Long.MAX_VALUE : (long) (share * 0x1p63);
    List<Drawn> drawn = new ArrayList<>();
    for (int i = 0; i < segments.size(); i++) {
      SegmentReader reader = segments.get(i).handle().reader();
      if (!reader.hasVectors(field)) {
        continue;
      }
      RoaringBitmap without = reader.rowsWithoutVector(field);
      IntPredicate live = segments.get(i).liveAt(pin.sequence(), pin.readMicros());
      long file = mixed(segments.get(i).handle().location().hashCode());
      for (int position = 0; position < reader.rowCount(); position++) {
        long number = mixed(file + position) >>> 1;
        if (number <= most && !without.contains(position) && live.test(position)) {
          drawn.add(new Drawn(i, position, number));
        }
      }
    }
    drawn.sort(Comparator.comparingLong(Drawn::number));
    return drawn.subList(0, Math.min(wanted, drawn.size()));
  }

  private static long mixed(long seed) {
    long z = seed * GOLDEN;
    z = (z ^ (z >>> 30)) * FIRST_MIX;
    z = (z ^ (z >>> 27)) * SECOND_MIX;
    return z ^ (z >>> 31);
  }

  /** Vectors as they are read or known. */
  private static final class Read {
    private final String field;
    private final int dimension;
    private final Map<Place, float[]> known;
    private final Map<Place, float[]> vectors = new HashMap<>();
    private int count;

    Read(String field, int dimension, Map<Place, float[]> known) {
      this.field = field;
      this.dimension = dimension;
      this.known = known;
    }

    void from(SegmentReader reader, int[] positions) {
      String file = reader.dataFile().location();
      int[] missing =
          Arrays.stream(positions)
              .filter(position -> !known.containsKey(new Place(file, position)))
              .toArray();
      VectorRows rows = reader.vectors(field);
      rows.prefetch(missing, Arrays.stream(missing).map(row -> row + 1).toArray());
      for (int position : positions) {
        Place place = new Place(file, position);
        float[] vector = known.get(place);
        if (vector == null) {
          vector = new float[dimension];
          rows.copy(position, 1, vector, 0);
          count++;
        }
        vectors.put(place, vector);
      }
    }

    Sample sample(List<Drawn> drawn, List<SegmentView> segments, long rows) {
      List<Place> places = new ArrayList<>();
      List<float[]> inOrder = new ArrayList<>();
      List<Long> sequences = new ArrayList<>();
      for (Drawn row : drawn) {
        SegmentReader reader = segments.get(row.segment()).handle().reader();
        Place place = new Place(reader.dataFile().location(), row.position());
        float[] vector = vectors.get(place);
        assert vector != null;
        Long sequence = reader.dataFile().dataSequenceNumber();
        places.add(place);
        inOrder.add(vector);
        sequences.add(sequence == null ? 0 : sequence);
      }
      return new Sample(places, inOrder, sequences, count, rows);
    }
  }
}
