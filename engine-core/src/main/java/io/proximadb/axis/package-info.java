/**
 * AXIS: what a collection is to reach, what it reaches, and what is known of its data.
 *
 * <p>Read {@link io.proximadb.axis.AxisIndexManager}, then {@link
 * io.proximadb.axis.PerformanceMonitor} and {@link io.proximadb.axis.RecallChecks}, and {@link
 * io.proximadb.axis.CollectionAnalyzer}. Depends on {@code mvcc}, {@code storage}, {@code vector},
 * {@code api} and {@code model}; only {@code core} sees it.
 */
@NullMarked
package io.proximadb.axis;

import org.jspecify.annotations.NullMarked;
