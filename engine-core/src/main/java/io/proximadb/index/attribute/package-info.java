/**
 * Indexes of metadata: the rows of one immutable data file by the values at a path.
 *
 * <p>Read {@link io.proximadb.index.attribute.AttributeIndex}, {@link
 * io.proximadb.index.attribute.AttributeFormat}; {@link io.proximadb.filter.BoundFilter} is what
 * asks them. Depends on {@code filter}, {@code index}, {@code index.form}, {@code storage}, {@code
 * model} and {@code error}.
 */
@NullMarked
package io.proximadb.index.attribute;

import org.jspecify.annotations.NullMarked;
