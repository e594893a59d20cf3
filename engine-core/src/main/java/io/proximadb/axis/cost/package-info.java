/**
 * What an index of some kind would reach and cost: strategies, probes on a sample, and a model
 * learned from measured runs.
 *
 * <p>Read {@link io.proximadb.axis.cost.Strategy}, {@link io.proximadb.axis.cost.SampleProbe} and
 * {@link io.proximadb.axis.cost.CostModel}. Depends on {@code index}, {@code storage}, {@code
 * vector}, {@code api} and {@code model}.
 */
@NullMarked
package io.proximadb.axis.cost;

import org.jspecify.annotations.NullMarked;
