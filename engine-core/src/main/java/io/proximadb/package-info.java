/**
 * The entrance: {@link io.proximadb.ProximaEngine} opens an engine over a warehouse.
 *
 * <p>From there read {@code io.proximadb.api} for requests and answers and {@code
 * io.proximadb.model} for records and schemas.
 */
@NullMarked
package io.proximadb;

import org.jspecify.annotations.NullMarked;
