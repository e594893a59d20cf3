/**
 * Real text to search: WordNet's glosses as term weights and as MiniLM vectors, and how well and
 * how fast they are found.
 *
 * <p>Read {@link io.proximadb.bench.text.Glosses}, {@link io.proximadb.bench.text.TermWeights},
 * {@link io.proximadb.bench.text.HybridBenchmark}, {@link io.proximadb.bench.text.SparseBenchmark}.
 */
@NullMarked
package io.proximadb.bench.text;

import org.jspecify.annotations.NullMarked;
