/**
 * What the server does, by the names of the contract, whichever door a call comes through.
 *
 * <p>Read {@link io.proximadb.server.operations.Operations} and {@link
 * io.proximadb.server.operations.Operation}. Depends on {@code server.auth}, {@code server.proto}
 * and the engine's {@code api}.
 */
@NullMarked
package io.proximadb.server.operations;

import org.jspecify.annotations.NullMarked;
