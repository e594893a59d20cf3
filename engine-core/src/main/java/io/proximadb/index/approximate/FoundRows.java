package io.proximadb.index.approximate;

/** Rows that a search found by their codes, the nearest by estimates first. */
public interface FoundRows {
  /** How many there are. */
  int size();

  /** The row of a rank, from 0. */
  int node(int rank);
}
