/**
 * A graph index: hierarchical navigable small worlds [1] walked on codes, answers ranked by the
 * vectors.
 *
 * <p>Read {@link io.proximadb.index.hnsw.HnswIndex}, then {@link
 * io.proximadb.index.hnsw.HnswSearcher}, {@code GraphWalker} and {@code GraphBuilder}. Depends on
 * {@code vector}, {@code storage} (for rows) and what these depend on. Why it is built so, and what
 * was measured, is in {@code docs/hnsw.md}; its file is specified in {@code docs/format/index.md}.
 *
 * <p>[1] Malkov and Yashunin, Efficient and robust approximate nearest neighbor search using
 * Hierarchical Navigable Small World graphs, TPAMI 2020.
 */
@NullMarked
package io.proximadb.index.hnsw;

import org.jspecify.annotations.NullMarked;
