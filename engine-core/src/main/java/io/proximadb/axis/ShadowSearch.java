package io.proximadb.axis;

import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.mvcc.Pin;
import org.jspecify.annotations.Nullable;

/** Answers a search at a pinned state by one index alone, or by none. */
@FunctionalInterface
public interface ShadowSearch {
  SearchResponse search(Pin pin, SearchRequest request, @Nullable String index);
}
