package io.proximadb.server.flight;

import io.proximadb.error.NotFoundException;
import io.proximadb.error.ProximaException;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.proto.v1.ScanTicket;
import io.proximadb.proto.v1.StatusResponse;
import io.proximadb.server.EngineAccess;
import io.proximadb.server.auth.ApiKeyMiddleware;
import io.proximadb.server.auth.ApiKeys;
import io.proximadb.server.auth.GuardedEngine;
import io.proximadb.server.operations.Operations;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.ActionType;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.Criteria;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightProducer;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.PutResult;
import org.apache.arrow.flight.Result;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * The Flight methods over an engine. Tickets, put commands and action bodies are messages of {@code
 * proximadb.v1}; errors are Flight statuses, see {@link FlightErrors}.
 */
public final class ProximaFlightProducer implements FlightProducer {
  private static final long UNKNOWN = -1;

  private final EngineAccess engine;
  private final BufferAllocator allocator;
  private final FlightLimits limits;
  private final Executor scanThreads;
  private final Operations operations;
  private final OperationActions actions;
  private final CallLimit searches;
  private final CallLimit scans;
  private final CallLimit puts;
  private final CallLimit others;
  private final String version;
  private final long startNanos = System.nanoTime();

  /**
   * A producer.
   *
   * @param scanThreads gives a thread to every scan; they are bounded by the limits already
   * @param version what the server's status tells
   * @param keys that callers have; empty where none are asked for
   * @param observer is told of every operation
   */
  public ProximaFlightProducer(
      EngineAccess engine,
      BufferAllocator allocator,
      FlightLimits limits,
      Executor scanThreads,
      String version,
      Optional<ApiKeys> keys,
      Operations.Observer observer) {
    this.engine = engine;
    this.allocator = allocator;
    this.limits = limits;
    this.scanThreads = scanThreads;
    this.version = version;
    this.operations = new Operations(engine, this::status, keys, observer);
    this.actions = new OperationActions(operations);
    this.searches = new CallLimit("search", limits.maxSearches());
    this.scans = new CallLimit("scan", limits.maxScans());
    this.puts = new CallLimit("put stream", limits.maxPuts());
    this.others = new CallLimit("action", limits.maxSearches());
  }

  /** What the server does by name, for other doors. */
  public Operations operations() {
    return operations;
  }

  /** The engine as the caller of a method may use it. */
  private static EngineAccess guarded(EngineAccess engine, CallContext context) {
    return new GuardedEngine(engine, ApiKeyMiddleware.caller(context));
  }

  @Override
  public void getStream(CallContext context, Ticket ticket, ServerStreamListener listener) {
    try {
      read(guarded(engine, context), Requests.ticket(ticket.getBytes()), listener);
    } catch (ProximaException e) {
      listener.error(FlightErrors.of(e));
    } catch (OutOfMemoryException e) {
      listener.error(FlightErrors.of(e, "read"));
    }
  }

  private void read(
      EngineAccess allowed, io.proximadb.proto.v1.Ticket ticket, ServerStreamListener listener) {
    PointReads pointReads = new PointReads(allowed, allocator, limits);
    switch (ticket.getRequestCase()) {
      case SEARCH -> searches.run(() -> pointReads.search(ticket.getSearch(), listener));
      case GET -> searches.run(() -> pointReads.get(ticket.getGet(), listener));
      case SCAN -> scan(allowed, ticket.getScan(), listener);
      case REQUEST_NOT_SET -> throw new IllegalArgumentException("a ticket without a request");
    }
  }

  private void scan(EngineAccess allowed, ScanTicket ticket, ServerStreamListener listener) {
    CallLimit.Permit permit = scans.acquire();
    ScanStream stream;
    try {
      stream = ScanStream.open(allowed, ticket, permit, listener, allocator, limits);
    } catch (ProximaException e) {
      permit.close();
      throw e;
    }
    try {
      scanThreads.execute(stream);
    } catch (RejectedExecutionException e) {
      stream.abandon();
      listener.error(
          CallStatus.UNAVAILABLE
              .withDescription("Cannot scan: the server is shutting down")
              .withCause(e)
              .toRuntimeException());
    }
  }

  @Override
  public Runnable acceptPut(
      CallContext context, FlightStream stream, StreamListener<PutResult> acknowledgements) {
    return new PutStream(guarded(engine, context), allocator, puts, stream, acknowledgements);
  }

  @Override
  public void doAction(CallContext context, Action action, StreamListener<Result> listener) {
    byte[] result =
        translated(
            () -> {
              try (CallLimit.Permit permit = others.acquire()) {
                assert permit != null;
                return actions.run(
                    action.getType(), ApiKeyMiddleware.caller(context), action.getBody());
              }
            });
    listener.onNext(new Result(result));
    listener.onCompleted();
  }

  @Override
  public void listActions(CallContext context, StreamListener<ActionType> listener) {
    actions.types().forEach(listener::onNext);
    listener.onCompleted();
  }

  /** Lists collections with their schemas; the criteria, if any, is the name of a namespace. */
  @Override
  public void listFlights(
      CallContext context, Criteria criteria, StreamListener<FlightInfo> listener) {
    EngineAccess allowed = guarded(engine, context);
    String namespace = new String(criteria.getExpression(), StandardCharsets.UTF_8);
    List<CollectionName> names =
        translated(
            () ->
                (namespace.isEmpty()
                        ? allowed.listNamespaces()
                        : List.of(CollectionName.checkNamespace(namespace)))
                    .stream().flatMap(each -> allowed.listCollections(each).stream()).toList());
    for (CollectionName name : names) {
      FlightInfo info;
      try {
        info = whole(allowed, name, FlightDescriptor.path(name.namespace(), name.collection()));
      } catch (NotFoundException e) {
        // Dropped between the listing and now.
        continue;
      } catch (ProximaException e) {
        throw FlightErrors.of(e);
      }
      listener.onNext(info);
    }
    listener.onCompleted();
  }

  /**
   * Where to read what a descriptor names: a path is a collection's name and gives its scan; a
   * command is a ticket.
   */
  @Override
  public FlightInfo getFlightInfo(CallContext context, FlightDescriptor descriptor) {
    EngineAccess allowed = guarded(engine, context);
    return translated(
        () ->
            descriptor.isCommand()
                ? ticket(allowed, Requests.ticket(descriptor.getCommand()), descriptor)
                : whole(allowed, Requests.path(descriptor.getPath()), descriptor));
  }

  private static FlightInfo whole(
      EngineAccess allowed, CollectionName name, FlightDescriptor descriptor) {
    return ticket(
        allowed,
        io.proximadb.proto.v1.Ticket.newBuilder()
            .setScan(ScanTicket.newBuilder().setCollection(name.toString()))
            .build(),
        descriptor);
  }

  private static FlightInfo ticket(
      EngineAccess allowed, io.proximadb.proto.v1.Ticket ticket, FlightDescriptor descriptor) {
    CollectionName name = CollectionName.parse(Requests.collection(ticket));
    CollectionSchema schema = allowed.collection(name).schema();
    List<Field> fields =
        switch (ticket.getRequestCase()) {
          case SEARCH -> PointReads.fields(schema, ticket.getSearch());
          case GET -> PointReads.fields(schema, ticket.getGet());
          case SCAN, REQUEST_NOT_SET -> ScanStream.fields(schema, ticket.getScan());
        };
    // No location: the ticket is for the connection it came over.
    return new FlightInfo(
        new Schema(fields),
        descriptor,
        List.of(new FlightEndpoint(new Ticket(ticket.toByteArray()))),
        UNKNOWN,
        UNKNOWN);
  }

  private StatusResponse status() {
    return StatusResponse.newBuilder()
        .setVersion(version)
        .setUptimeMs((System.nanoTime() - startNanos) / 1_000_000)
        .setRunningSearches(searches.running())
        .setRunningScans(scans.running())
        .setOpenPuts(puts.running())
        .setArrowBytes(allocator.getAllocatedMemory())
        .setArrowBytesLimit(allocator.getLimit())
        .build();
  }

  private static <T> T translated(Supplier<T> call) {
    try {
      return call.get();
    } catch (ProximaException e) {
      throw FlightErrors.of(e);
    }
  }
}
