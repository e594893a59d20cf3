/**
 * The filter tree that every door converts to, its JSON form and its evaluation over columns.
 *
 * <p>Read {@link io.proximadb.filter.Filter}, {@link io.proximadb.filter.BoundFilter}, {@link
 * io.proximadb.filter.KeyPosition} (how numbers compare exactly), {@link
 * io.proximadb.filter.FilterPruning} and {@link io.proximadb.filter.FilterJson}. Depends on {@code
 * model} and {@code error}, and on Iceberg's expressions for pruning.
 */
@NullMarked
package io.proximadb.filter;

import org.jspecify.annotations.NullMarked;
