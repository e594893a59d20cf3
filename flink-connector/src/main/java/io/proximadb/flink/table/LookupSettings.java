package io.proximadb.flink.table;

import io.proximadb.flink.search.CollectionLookup;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.connector.source.LookupTableSource;
import org.apache.flink.table.connector.source.lookup.AsyncLookupFunctionProvider;
import org.apache.flink.table.connector.source.lookup.LookupFunctionProvider;
import org.apache.flink.table.connector.source.lookup.LookupOptions;
import org.apache.flink.table.connector.source.lookup.PartialCachingAsyncLookupProvider;
import org.apache.flink.table.connector.source.lookup.PartialCachingLookupProvider;
import org.apache.flink.table.connector.source.lookup.cache.DefaultLookupCache;
import org.apache.flink.table.connector.source.lookup.cache.LookupCache;
import org.jspecify.annotations.Nullable;

/**
 * How lookup joins read.
 *
 * @param async true if a join does not wait for each row
 * @param cache of rows, by Flink; null for none
 */
record LookupSettings(boolean async, @Nullable LookupCache cache) {
  /**
   * Reads the options of a table.
   *
   * @throws ValidationException if the whole table is to be cached
   */
  static LookupSettings of(String table, ReadableConfig options) {
    LookupOptions.LookupCacheType type = options.get(LookupOptions.CACHE_TYPE);
    if (type == LookupOptions.LookupCacheType.FULL) {
      throw new ValidationException(
          "Invalid options of table "
              + table
              + ": '"
              + LookupOptions.CACHE_TYPE.key()
              + "' = 'FULL' (expected NONE or PARTIAL: files stay open, and have their ids"
              + " indexed)");
    }
    return new LookupSettings(
        options.get(ProximaConnectorOptions.LOOKUP_ASYNC),
        type == LookupOptions.LookupCacheType.PARTIAL
            ? DefaultLookupCache.fromConfig(options)
            : null);
  }

  LookupTableSource.LookupRuntimeProvider provider(CollectionLookup lookup) {
    if (async) {
      return cache == null
          ? AsyncLookupFunctionProvider.of(lookup.asyncFunction())
          : PartialCachingAsyncLookupProvider.of(lookup.asyncFunction(), cache);
    }
    return cache == null
        ? LookupFunctionProvider.of(lookup.function())
        : PartialCachingLookupProvider.of(lookup.function(), cache);
  }
}
