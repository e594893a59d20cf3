package io.proximadb.mvcc;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.proximadb.model.column.Column;
import io.proximadb.storage.SegmentReader;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/** Decoded metadata columns of segments, kept up to a bound of bytes for the whole engine. */
public final class ColumnCache {
  /** 256 MiB: the filter columns of some ten million rows. */
  public static final long DEFAULT_MAX_BYTES = 256L << 20;

  /** A column as a schema has it: ids outlive names, and types are widened. */
  private record Key(String location, int fieldId, Type type) {}

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
  Column get(SegmentReader reader, @Nullable NestedField column, String name) {
    if (column == null) {
      // The reader says what columns there are.
      return reader.column(name);
    }
    return cache.get(
        new Key(reader.dataFile().location(), column.fieldId(), column.type()),
        key -> reader.column(name));
  }
}
