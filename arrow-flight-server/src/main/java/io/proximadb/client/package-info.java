/**
 * A typed Java client of the Flight server.
 *
 * <p>Read {@link io.proximadb.client.ProximaFlightClient} and {@link
 * io.proximadb.client.SearchQuery}. Depends on Flight, on {@code server.arrow} and {@code
 * server.proto}, and on the engine's {@code model} and {@code api} types.
 */
@NullMarked
package io.proximadb.client;

import org.jspecify.annotations.NullMarked;
