package io.proximadb.server.flight;

import io.proximadb.api.Collection;
import io.proximadb.error.ErrorKind;
import io.proximadb.error.NotFoundException;
import io.proximadb.error.ProximaException;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.proto.v1.ScanTicket;
import io.proximadb.proto.v1.StatusResponse;
import io.proximadb.server.EngineAccess;
import io.proximadb.server.auth.ApiKeyMiddleware;
import io.proximadb.server.auth.Audit;
import io.proximadb.server.auth.Caller;
import io.proximadb.server.auth.Gate;
import io.proximadb.server.auth.GuardedEngine;
import io.proximadb.server.auth.Shares;
import io.proximadb.server.operations.Operations;
import io.proximadb.server.operations.ReadState;
import java.nio.charset.StandardCharsets;
import java.util.List;
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
import org.apache.arrow.flight.FlightRuntimeException;
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
  private final Shares searches;
  private final Shares scans;
  private final Shares puts;
  private final Shares exchanges;
  private final Shares others;
  private final String version;
  private final Audit audit;
  private final long startNanos = System.nanoTime();

  /**
   * A producer.
   *
   * @param scanThreads gives a thread to every scan; they are bounded by the limits already
   * @param version what the server's status tells
   * @param gate that calls came through: its keys can be managed, its audit log is written
   * @param observer is told of every operation
   */
  public ProximaFlightProducer(
      EngineAccess engine,
      BufferAllocator allocator,
      FlightLimits limits,
      Executor scanThreads,
      String version,
      Gate gate,
      Operations.Observer observer) {
    this.engine = engine;
    this.allocator = allocator;
    this.limits = limits;
    this.scanThreads = scanThreads;
    this.version = version;
    this.audit = gate.audit();
    this.operations = new Operations(engine, this::status, gate, observer);
    this.actions = new OperationActions(operations);
    this.searches = Shares.of("search", limits.maxSearches());
    this.scans = Shares.of("scan", limits.maxScans());
    this.puts = Shares.of("put stream", limits.maxPuts());
    this.exchanges = Shares.of("exchange", limits.maxPuts());
    this.others = Shares.of("action", limits.maxSearches());
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
      read(context, Requests.ticket(ticket.getBytes()), listener);
    } catch (ProximaException e) {
      listener.error(told(context, "Flight DoGet", e));
    } catch (OutOfMemoryException e) {
      listener.error(FlightErrors.of(e, "read"));
    }
  }

  /** The error that a caller is told; what was refused for want of a role is noted. */
  private FlightRuntimeException told(CallContext context, String method, ProximaException error) {
    if (error.kind() == ErrorKind.PERMISSION_DENIED) {
      audit.refused(ApiKeyMiddleware.caller(context), method);
    }
    return FlightErrors.of(error);
  }

  private void read(
      CallContext context, io.proximadb.proto.v1.Ticket ticket, ServerStreamListener listener) {
    if (ticket.hasScan()) {
      scan(context, ticket.getScan(), listener);
      return;
    }
    try (Shares.Place place = searches.take(ApiKeyMiddleware.caller(context))) {
      assert place != null;
      PointReads pointReads = new PointReads(guarded(engine, context), allocator, limits);
      if (ticket.hasSearch()) {
        pointReads.search(ticket.getSearch(), listener);
      } else {
        pointReads.get(ticket.getGet(), listener);
      }
    }
  }

  private void scan(CallContext context, ScanTicket ticket, ServerStreamListener listener) {
    Shares.Place permit = scans.take(ApiKeyMiddleware.caller(context));
    ScanStream stream;
    try {
      stream =
          ScanStream.open(
              guarded(engine, context),
              ApiKeyMiddleware.recheck(context),
              ticket,
              permit,
              listener,
              allocator,
              limits);
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
    // Asked here, where Flight knows the call, and waited for on the stream's own thread.
    return new PutStream(
        () -> StreamStart.await(context),
        engine,
        ApiKeyMiddleware.recheck(context),
        audit,
        allocator,
        puts,
        stream,
        acknowledgements);
  }

  @Override
  public void doExchange(CallContext context, FlightStream queries, ServerStreamListener listener) {
    new SearchExchange(
            () -> StreamStart.await(context),
            engine,
            ApiKeyMiddleware.recheck(context),
            audit,
            allocator,
            limits,
            queries,
            listener)
        .run(exchanges);
  }

  @Override
  public void doAction(CallContext context, Action action, StreamListener<Result> listener) {
    Caller caller = ApiKeyMiddleware.caller(context);
    byte[] result;
    try (Shares.Place place = others.take(caller)) {
      assert place != null;
      // What is refused for want of a role is noted by the operations themselves.
      result = actions.run(action.getType(), caller, action.getBody());
    } catch (ProximaException e) {
      throw FlightErrors.of(e);
    }
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
            context,
            "Flight ListFlights",
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
        context,
        "Flight GetFlightInfo",
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
    Collection collection = allowed.collection(CollectionName.parse(Requests.collection(ticket)));
    boolean divided = ticket.hasScan() && !ScanParts.isWhole(ticket.getScan());
    io.proximadb.proto.v1.Ticket known =
        divided ? ScanParts.atSnapshot(collection, ticket.getScan()) : ticket;
    List<Field> fields;
    try (ReadState state = state(collection, known)) {
      CollectionSchema schema = state.schema();
      fields =
          switch (known.getRequestCase()) {
            case SEARCH ->
                TicketSearch.fields(
                    schema, known.getSearch(), TicketSearch.asksMany(known.getSearch()));
            case GET -> PointReads.fields(schema, known.getGet());
            case SCAN, REQUEST_NOT_SET -> ScanStream.fields(schema, known.getScan());
          };
    }
    // No location: the ticket is for the connection it came over.
    List<FlightEndpoint> endpoints =
        (divided ? ScanParts.of(known.getScan()) : List.of(known))
            .stream().map(part -> new FlightEndpoint(new Ticket(part.toByteArray()))).toList();
    return new FlightInfo(new Schema(fields), descriptor, endpoints, UNKNOWN, UNKNOWN);
  }

  private static ReadState state(Collection collection, io.proximadb.proto.v1.Ticket ticket) {
    boolean earlier =
        switch (ticket.getRequestCase()) {
          case SEARCH -> ticket.getSearch().hasReadAt();
          case SCAN -> ticket.getScan().hasReadAt();
          case GET, REQUEST_NOT_SET -> false;
        };
    return ReadState.open(
        collection,
        earlier,
        ticket.hasScan() ? ticket.getScan().getReadAt() : ticket.getSearch().getReadAt(),
        0);
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

  private <T> T translated(CallContext context, String method, Supplier<T> call) {
    try {
      return call.get();
    } catch (ProximaException e) {
      throw told(context, method, e);
    }
  }
}
