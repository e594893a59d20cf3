package io.proximadb.axis;

import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.mvcc.Pin;

/** Answers a search exactly at a pinned state. */
@FunctionalInterface
public interface ExactSearch {
  SearchResponse search(Pin pin, SearchRequest request);
}
