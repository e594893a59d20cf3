package io.proximadb.server.flight;

import io.proximadb.api.Collection;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.error.ErrorKind;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.ProximaException;
import io.proximadb.model.CollectionName;
import io.proximadb.proto.v1.SearchTicket;
import io.proximadb.proto.v1.Ticket;
import io.proximadb.server.EngineAccess;
import io.proximadb.server.auth.ApiKeyMiddleware.Recheck;
import io.proximadb.server.auth.Audit;
import io.proximadb.server.auth.Caller;
import io.proximadb.server.auth.GuardedEngine;
import io.proximadb.server.auth.Role;
import io.proximadb.server.auth.Shares;
import io.proximadb.server.operations.ReadState;
import io.proximadb.server.proto.CollectionMessages;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.apache.arrow.flight.BackpressureStrategy;
import org.apache.arrow.flight.BackpressureStrategy.WaitResult;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightProducer.ServerStreamListener;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stream of batches of queries, each answered by one batch, in order. Queries may come while
 * answers go: some batches wait in the connection, further ones at the client. An answer is made
 * when the connection has room for it. Whether the caller may read is asked for every batch.
 */
final class SearchExchange {
  private static final Logger LOG = LoggerFactory.getLogger(SearchExchange.class);

  private final BooleanSupplier begins;
  private final EngineAccess engine;
  private final Recheck recheck;
  private final Audit audit;
  private final BufferAllocator allocator;
  private final FlightLimits limits;
  private final FlightStream queries;
  private final ServerStreamListener answers;
  private final BackpressureStrategy pace = new BackpressureStrategy.CallbackBackpressureStrategy();

  /**
   * A stream.
   *
   * @param begins waits for the first message; false if there will be none
   */
  SearchExchange(
      BooleanSupplier begins,
      EngineAccess engine,
      Recheck recheck,
      Audit audit,
      BufferAllocator allocator,
      FlightLimits limits,
      FlightStream queries,
      ServerStreamListener answers) {
    this.begins = begins;
    this.engine = engine;
    this.recheck = recheck;
    this.audit = audit;
    this.allocator = allocator;
    this.limits = limits;
    this.queries = queries;
    this.answers = answers;
    pace.register(answers);
  }

  /** Answers until the client ends the stream; that is told to the client, however it ends. */
  void run(Shares places) {
    Caller caller = Caller.ANYONE;
    try {
      caller = recheck.caller();
      try (Shares.Place place = places.take(caller)) {
        assert place != null;
        if (!begins.getAsBoolean() || exchange(caller)) {
          answers.completed();
        }
      }
    } catch (ProximaException e) {
      if (e.kind() == ErrorKind.PERMISSION_DENIED) {
        audit.refused(caller, "Flight DoExchange");
      }
      answers.error(FlightErrors.of(e));
    } catch (OutOfMemoryException e) {
      answers.error(FlightErrors.of(e, "exchange"));
    } finally {
      giveBack();
    }
  }

  /** Batches that came and were not read hold memory; so does the one that was read last. */
  private void giveBack() {
    try {
      queries.close();
    } catch (Exception e) {
      LOG.debug("An exchange ended before its client did", e);
    }
  }

  /** Answers all; false if the client was told of an error, or is gone. */
  private boolean exchange(Caller caller) {
    SearchTicket ticket = ticket();
    CollectionName name = CollectionName.parse(ticket.getCollection());
    Collection collection = new GuardedEngine(engine, caller).collection(name);
    try (ReadState state =
            ReadState.open(
                collection, ticket.hasReadAt(), ticket.getReadAt(), ticket.getMinSequence());
        BufferAllocator memory = allocator.newChildAllocator("exchange", 0, limits.maxScanBytes());
        VectorSchemaRoot root =
            VectorSchemaRoot.create(
                new Schema(TicketSearch.fields(state.schema(), ticket, true)), memory)) {
      TicketSearch search = new TicketSearch(ticket, state.schema(), limits);
      if (search.hasOne() || TicketSearch.asksMany(ticket)) {
        throw new InvalidArgumentException(
            "Invalid search of an exchange: it has a query (expected none: queries come in"
                + " batches)");
      }
      answers.start(root);
      QueryReader reader = null;
      while (ClientBatches.decoded(queries::next)) {
        if (reader == null) {
          reader = new QueryReader(search, ClientBatches.decoded(queries::getSchema));
        }
        QueryReader known = reader;
        recheck.caller().check(Role.READ, name);
        List<SearchRequest> requests = ClientBatches.decoded(() -> known.read(queries.getRoot()));
        List<SearchResponse> found = requests.isEmpty() ? List.of() : state.search(requests);
        if (!hasRoom()) {
          return false;
        }
        TicketSearch.write(found, root);
        Answers.send(CollectionMessages.toMessage(found).toByteArray(), memory, answers);
      }
      return true;
    }
  }

  private SearchTicket ticket() {
    Ticket ticket = Requests.searchCommand(queries.getDescriptor());
    return ticket.getSearch();
  }

  private boolean hasRoom() {
    WaitResult ready = pace.waitForListener(limits.maxReaderStall().toMillis());
    if (ready == WaitResult.TIMEOUT) {
      answers.error(
          CallStatus.TIMED_OUT
              .withDescription(
                  "Cannot go on with exchange: its client took no answer for "
                      + limits.maxReaderStall())
              .toRuntimeException());
    }
    return ready == WaitResult.READY;
  }
}
