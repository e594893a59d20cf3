package io.proximadb.bench.ann;

import io.proximadb.api.Collection;
import io.proximadb.api.SearchRequest;
import io.proximadb.axis.cost.Strategy;
import io.proximadb.filter.Filter;
import java.io.Closeable;
import java.util.List;

/** Real vectors in a collection, that AXIS is to choose for. */
interface ChoiceRows extends Closeable {
  /** Of INT, evenly and independently of the vectors 0 to {@link #PARTS} - 1. */
  String PART = "part";

  int PARTS = 1_000;

  /** Of the set, with its dimension. */
  String name();

  /** The field that is searched. */
  String field();

  /** How many there are, written or not. */
  int rows();

  Collection collection();

  /** Opens the collection again, with nothing in memory. */
  void reopen();

  /** Writes rows of the set; those that are there are replaced. */
  void write(int from, int to);

  /** One search for each query, of ids only. */
  List<SearchRequest> requests(Filter filter, double recall);

  /** True if the field could be searched that way. */
  boolean fits(Strategy strategy);

  /** The part of a row. */
  static int part(int row) {
    return (int) (((row * 0x9E3779B97F4A7C15L) >>> 40) % PARTS);
  }
}
