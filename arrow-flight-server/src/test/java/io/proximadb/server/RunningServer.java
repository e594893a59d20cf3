package io.proximadb.server;

import io.proximadb.client.ProximaFlightClient;
import io.proximadb.proto.v1.PutCommand;
import io.proximadb.proto.v1.PutMode;
import io.proximadb.proto.v1.ScanTicket;
import io.proximadb.proto.v1.SearchTicket;
import io.proximadb.server.flight.FlightLimits;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.flight.CallOption;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/**
 * A server on a free port of loopback with a plain Flight client beside the typed one. Closing it
 * fails if either side leaked Arrow memory.
 */
public final class RunningServer implements AutoCloseable {
  private final BufferAllocator allocator = new RootAllocator();
  private final ProximaFlightServer server;
  private final List<AutoCloseable> clients = new ArrayList<>();

  private RunningServer(ProximaFlightServer server) {
    this.server = server;
  }

  public static RunningServer start(EngineAccess engine, ServerOptions options) {
    return new RunningServer(
        ProximaFlightServer.start(engine, options.listeningOn("127.0.0.1", 0)));
  }

  public static RunningServer insecure(EngineAccess engine) {
    return start(engine, ServerOptions.insecure());
  }

  public static RunningServer limited(EngineAccess engine, FlightLimits limits) {
    return start(engine, ServerOptions.insecure().withLimits(limits));
  }

  public ProximaFlightServer server() {
    return server;
  }

  public BufferAllocator allocator() {
    return allocator;
  }

  /** A connection without a key. */
  public ProximaFlightClient client() {
    return client(null);
  }

  public ProximaFlightClient client(String key) {
    ProximaFlightClient client = ProximaFlightClient.connect(server.location(), key);
    clients.add(client);
    return client;
  }

  /** A plain Flight connection. */
  public FlightClient flight() {
    FlightClient client = FlightClient.builder(allocator, server.location()).build();
    clients.add(client);
    return client;
  }

  public static Ticket ticket(SearchTicket.Builder search) {
    return new Ticket(
        io.proximadb.proto.v1.Ticket.newBuilder().setSearch(search).build().toByteArray());
  }

  public static Ticket ticket(ScanTicket.Builder scan) {
    return new Ticket(
        io.proximadb.proto.v1.Ticket.newBuilder().setScan(scan).build().toByteArray());
  }

  public static FlightDescriptor put(String collection, PutMode mode) {
    return FlightDescriptor.command(
        PutCommand.newBuilder().setCollection(collection).setMode(mode).build().toByteArray());
  }

  /** No options: a call without a key. */
  public static CallOption[] noKey() {
    return new CallOption[0];
  }

  @Override
  public void close() throws Exception {
    for (AutoCloseable client : clients) {
      client.close();
    }
    server.close();
    allocator.close();
  }
}
