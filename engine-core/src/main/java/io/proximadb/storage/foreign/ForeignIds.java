package io.proximadb.storage.foreign;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.proximadb.model.column.StringColumn;
import io.proximadb.storage.IdHash;
import io.proximadb.storage.IdSet;
import io.proximadb.storage.ids.IdIndex;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * The ids of a foreign file: their hashes in order, 12 bytes of heap for each row, made by one pass
 * over the id column. Which rows have none or stand again later comes out of the same pass. What
 * the pass found is kept for other readers of the file, up to a bound for the whole process: a
 * table that nothing settles is looked through with every commit of its owner.
 */
final class ForeignIds {
  /** 256 MiB: 20 million rows. */
  private static final long MAX_KEPT_BYTES = 256L << 20;

  private static final long BYTES_PER_ROW = Long.BYTES + Integer.BYTES;

  /**
   * A file as it is hashed.
   *
   * @param table whose key the hashes are under
   * @param location of the file, which never changes
   * @param fieldId of the column of ids
   */
  record Source(UUID table, String location, int fieldId) {}

  private static final Cache<Source, ForeignIds> KEPT =
      Caffeine.newBuilder()
          .maximumWeight(MAX_KEPT_BYTES)
          .<Source, ForeignIds>weigher(
              (source, ids) ->
                  (int) Math.min(Integer.MAX_VALUE, 512 + BYTES_PER_ROW * ids.index.size()))
          .executor(Runnable::run)
          .build();

  private final IdHash hash;
  private final IntFunction<@Nullable String> idAt;
  private final IdIndex index;
  private final RoaringBitmap without;
  private final RoaringBitmap repeated;

  /** Places in the index of the rows that count, or null if all do. */
  private final int @Nullable [] distinct;

  private ForeignIds(
      IdHash hash,
      IntFunction<@Nullable String> idAt,
      IdIndex index,
      RoaringBitmap without,
      RoaringBitmap repeated) {
    this.hash = hash;
    this.idAt = idAt;
    this.index = index;
    this.without = without;
    this.repeated = repeated;
    this.distinct = without.isEmpty() && repeated.isEmpty() ? null : distinct();
  }

  /**
   * Hashes all ids.
   *
   * @param pieces the id column, piece by piece
   * @param idAt the id of a row, null if it has none
   */
  static ForeignIds of(
      IdHash hash, int rows, Iterable<StringColumn> pieces, IntFunction<@Nullable String> idAt) {
    long[] hashes = new long[rows];
    RoaringBitmap without = new RoaringBitmap();
    int at = 0;
    for (StringColumn piece : pieces) {
      for (int row = 0; row < piece.size(); row++) {
        if (piece.isNull(row)) {
          without.add(at);
        }
        hashes[at++] =
            hash.of(
                Arrays.copyOfRange(piece.bytes(), piece.offsets()[row], piece.offsets()[row + 1]));
      }
    }
    IdIndex index = IdIndex.of(hashes);
    return new ForeignIds(hash, idAt, index, without, repeated(index, without, idAt));
  }

  /**
   * What an earlier reader of the file found, or what a pass finds now.
   *
   * @param idAt the id of a row, by a reader that is open
   */
  static ForeignIds kept(
      Source source, IntFunction<@Nullable String> idAt, Supplier<ForeignIds> pass) {
    ForeignIds known = KEPT.getIfPresent(source);
    if (known == null) {
      known = pass.get();
      KEPT.put(source, known.withoutReader());
      return known;
    }
    return new ForeignIds(known.hash, idAt, known.index, known.without, known.repeated);
  }

  /** What is kept must not hold a reader, whose file may be mapped. */
  private ForeignIds withoutReader() {
    return new ForeignIds(hash, row -> null, index, without, repeated);
  }

  /** Compares ids only where hashes are equal. */
  private static RoaringBitmap repeated(
      IdIndex index, RoaringBitmap without, IntFunction<@Nullable String> idAt) {
    RoaringBitmap repeated = new RoaringBitmap();
    for (int i = 0; i < index.size(); i++) {
      // Equal hashes stand in the order of their rows.
      int position = index.position(i);
      if (without.contains(position)) {
        continue;
      }
      for (int next = i + 1; next < index.size() && index.hash(next) == index.hash(i); next++) {
        int later = index.position(next);
        String id = idAt.apply(position);
        if (!without.contains(later) && id != null && id.equals(idAt.apply(later))) {
          repeated.add(position);
          break;
        }
      }
    }
    return repeated;
  }

  private int[] distinct() {
    int[] places = new int[index.size()];
    int count = 0;
    for (int i = 0; i < index.size(); i++) {
      int position = index.position(i);
      if (!without.contains(position) && !repeated.contains(position)) {
        places[count++] = i;
      }
    }
    return Arrays.copyOf(places, count);
  }

  RoaringBitmap without() {
    return without;
  }

  RoaringBitmap repeated() {
    return repeated;
  }

  /** The last position of an id, or -1. */
  int find(String id) {
    return index.find(
        hash.of(id.getBytes(StandardCharsets.UTF_8)),
        position -> !repeated.contains(position) && id.equals(idAt.apply(position)));
  }

  /** All positions of ids of the set. */
  RoaringBitmap findAll(IdSet ids) {
    RoaringBitmap found = new RoaringBitmap();
    index.findAll(
        ids,
        (ordinal, position) -> {
          if (ids.id(ordinal).equals(idAt.apply(position))) {
            found.add(position);
          }
        });
    return found;
  }

  /** The ids, each once. */
  IdSet set() {
    return new IdSet() {
      @Override
      public int size() {
        return distinct == null ? index.size() : distinct.length;
      }

      @Override
      public long hash(int i) {
        return index.hash(place(i));
      }

      @Override
      public String id(int i) {
        String id = idAt.apply(index.position(place(i)));
        assert id != null;
        return id;
      }
    };
  }

  private int place(int i) {
    return distinct == null ? i : distinct[i];
  }
}
