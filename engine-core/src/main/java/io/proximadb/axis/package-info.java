/**
 * AXIS: what a collection is to reach, what it reaches, what is known of its data, and which index
 * follows from that, by which steps.
 *
 * <p>Read {@link io.proximadb.axis.AxisIndexManager}, then {@link
 * io.proximadb.axis.PerformanceMonitor} and {@link io.proximadb.axis.RecallChecks}, and {@link
 * io.proximadb.axis.CollectionAnalyzer}; for decisions {@link
 * io.proximadb.axis.AdaptiveIndexEngine} and {@link io.proximadb.axis.MigrationEngine}. Depends on
 * {@code mvcc}, {@code index}, {@code storage}, {@code vector}, {@code api} and {@code model}; only
 * {@code core} sees it.
 */
@NullMarked
package io.proximadb.axis;

import org.jspecify.annotations.NullMarked;
