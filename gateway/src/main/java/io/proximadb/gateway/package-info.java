/**
 * gRPC and REST/JSON on one port beside Flight, and the command that runs a server.
 *
 * <p>Read {@link io.proximadb.gateway.Gateway} and {@link io.proximadb.gateway.GatewayOptions}.
 * Depends on {@code io.proximadb.server}, whose operations it only carries, and on Armeria.
 */
@NullMarked
package io.proximadb.gateway;

import org.jspecify.annotations.NullMarked;
