package io.proximadb.mvcc;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.proximadb.model.column.Column;
import io.proximadb.storage.SegmentReader;

/** Decoded metadata columns of segments, kept up to a bound of bytes for the whole engine. */
public final class ColumnCache {
  /** 256 MiB: the filter columns of some ten million rows. */
  public static final long DEFAULT_MAX_BYTES = 256L << 20;

  private record Key(String location, String column) {}

  private final Cache<Key, Column> cache;

  public ColumnCache(long maxBytes) {
    cache =
        Caffeine.newBuilder()
            .maximumWeight(maxBytes)
            .<Key, Column>weigher(
                (key, column) -> (int) Math.min(Integer.MAX_VALUE, column.estimatedBytes()))
            .executor(Runnable::run)
            .build();
  }

  /** A column of a segment, decoded at most once while it stays cached. */
  Column get(SegmentReader reader, String column) {
    return cache.get(
        new Key(reader.dataFile().location(), column), key -> reader.column(key.column()));
  }
}
