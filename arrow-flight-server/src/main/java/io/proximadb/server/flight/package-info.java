/**
 * The Flight methods over an engine: put streams, searches, scans and actions.
 *
 * <p>Read {@link io.proximadb.server.flight.ProximaFlightProducer}, {@link
 * io.proximadb.server.EngineAccess}, {@link io.proximadb.server.flight.FlightLimits} and {@link
 * io.proximadb.server.flight.FlightErrors}. Depends on Flight, on {@code server.arrow} and {@code
 * server.proto}, and on the engine's {@code api}.
 */
@NullMarked
package io.proximadb.server.flight;

import org.jspecify.annotations.NullMarked;
