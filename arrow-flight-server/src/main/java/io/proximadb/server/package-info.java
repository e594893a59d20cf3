/**
 * The server: an engine behind an Arrow Flight port.
 *
 * <p>Read {@link io.proximadb.server.ProximaFlightServer}, {@link
 * io.proximadb.server.ServerOptions} and {@link io.proximadb.server.ServerMain}. Depends on the
 * engine and on all packages below.
 */
@NullMarked
package io.proximadb.server;

import org.jspecify.annotations.NullMarked;
