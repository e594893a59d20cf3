package io.proximadb.server.flight;

import io.proximadb.api.Collection;
import io.proximadb.api.ScanRequest;
import io.proximadb.api.ScanResult;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.ProximaException;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.VectorField;
import io.proximadb.proto.v1.ReadAt;
import io.proximadb.proto.v1.ScanTicket;
import io.proximadb.server.EngineAccess;
import io.proximadb.server.arrow.BatchWriter;
import io.proximadb.server.arrow.OutputColumns;
import io.proximadb.server.auth.ApiKeyMiddleware.Recheck;
import io.proximadb.server.auth.Role;
import io.proximadb.server.auth.Shares;
import io.proximadb.server.operations.ReadState;
import io.proximadb.server.proto.CollectionMessages;
import java.util.List;
import java.util.function.Predicate;
import org.apache.arrow.flight.BackpressureStrategy;
import org.apache.arrow.flight.BackpressureStrategy.WaitResult;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightProducer.ServerStreamListener;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One scan on its way to a reader, at the reader's pace: a batch is made when the connection has
 * room for it, and nothing more is read once the reader is gone. Runs on a thread of its own,
 * because a call's own thread is what tells of both.
 */
final class ScanStream implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(ScanStream.class);

  /** What a batch should weigh when the client names no size: 4 MiB keeps a connection busy. */
  private static final long TARGET_BATCH_BYTES = 4L << 20;

  private static final int SPARSE_BYTES = 800;
  private static final int MIN_BATCH_ROWS = 64;
  private static final int MAX_BATCH_ROWS = 8_192;

  private final CollectionName name;
  private final Recheck recheck;
  private final ScanResult scan;
  private final Schema schema;
  private final Shares.Place permit;
  private final ServerStreamListener listener;
  private final BufferAllocator allocator;
  private final FlightLimits limits;
  private final BackpressureStrategy pace = new BackpressureStrategy.CallbackBackpressureStrategy();

  private ScanStream(
      CollectionName name,
      Recheck recheck,
      ScanResult scan,
      Schema schema,
      Shares.Place permit,
      ServerStreamListener listener,
      BufferAllocator allocator,
      FlightLimits limits) {
    this.name = name;
    this.recheck = recheck;
    this.scan = scan;
    this.schema = schema;
    this.permit = permit;
    this.listener = listener;
    this.allocator = allocator;
    this.limits = limits;
    pace.register(listener);
  }

  /**
   * Opens the scan of a ticket. Must be called on the call's own thread. The stream owns the permit
   * from then on, if this does not throw.
   *
   * @param recheck asked before every batch, since keys end while a scan goes on
   * @throws ProximaException if the ticket is wrong or the collection cannot be read
   */
  static ScanStream open(
      EngineAccess engine,
      Recheck recheck,
      ScanTicket ticket,
      Shares.Place permit,
      ServerStreamListener listener,
      BufferAllocator allocator,
      FlightLimits limits) {
    CollectionName name = CollectionName.parse(ticket.getCollection());
    Collection collection = engine.collection(name);
    try (ReadState state =
        ReadState.open(
            collection, ticket.hasReadAt(), ticket.getReadAt(), ticket.getMinSequence())) {
      CollectionSchema schema = state.schema();
      List<String> columns = columns(schema, ticket);
      List<Field> fields = OutputColumns.fields(schema, columns);
      ScanResult scan = state.scan(request(ticket, columns, batchRows(schema, ticket)));
      Schema facts =
          new Schema(fields, CollectionMessages.readFacts(scan.snapshotId(), scan.sequence()));
      return new ScanStream(name, recheck, scan, facts, permit, listener, allocator, limits);
    }
  }

  private static ScanRequest request(ScanTicket ticket, List<String> columns, int batchRows) {
    ScanRequest all =
        new ScanRequest(
            Requests.filter(ticket.getFilterJson()), columns, batchRows, ticket.getMinSequence());
    if (ticket.getParts() == 0 && ticket.getPart() == 0) {
      return all;
    }
    if (ticket.getReadAt().getStateCase() != ReadAt.StateCase.SNAPSHOT_ID) {
      throw new InvalidArgumentException(
          "Invalid part of a scan: of no snapshot (expected a ticket that GetFlightInfo gave)");
    }
    return all.part(ticket.getPart(), ticket.getParts());
  }

  static List<Field> fields(CollectionSchema schema, ScanTicket ticket) {
    return OutputColumns.fields(schema, columns(schema, ticket));
  }

  private static List<String> columns(CollectionSchema schema, ScanTicket ticket) {
    return Requests.columns(ticket, OutputColumns.whole(schema));
  }

  private static Predicate<String> isSparse(CollectionSchema schema) {
    return column -> schema.sparseField(column).isPresent();
  }

  private static int batchRows(CollectionSchema schema, ScanTicket ticket) {
    if (ticket.getBatchRows() != 0) {
      return ticket.getBatchRows();
    }
    long rowBytes =
        columns(schema, ticket).stream()
            .flatMap(column -> schema.vectorField(column).stream())
            .mapToLong(VectorField::dimension)
            .map(dimension -> dimension * Float.BYTES)
            .sum();
    // Of a sparse vector, a hundred components.
    rowBytes += columns(schema, ticket).stream().filter(isSparse(schema)).count() * SPARSE_BYTES;
    return (int)
        Math.max(
            MIN_BATCH_ROWS, Math.min(MAX_BATCH_ROWS, TARGET_BATCH_BYTES / Math.max(1, rowBytes)));
  }

  @Override
  public void run() {
    try (permit;
        scan;
        BufferAllocator memory =
            allocator.newChildAllocator("scan-stream", 0, limits.maxScanBytes());
        VectorSchemaRoot root = VectorSchemaRoot.create(schema, memory)) {
      send(root);
    } catch (ProximaException e) {
      listener.error(FlightErrors.of(e));
    } catch (OutOfMemoryException e) {
      listener.error(FlightErrors.of(e, "scan"));
    } catch (RuntimeException e) {
      // The top of a thread: nobody above can tell the reader that the answer ends here.
      LOG.error("Scan failed", e);
      listener.error(
          CallStatus.INTERNAL.withDescription("Cannot go on with scan: " + e).toRuntimeException());
    }
  }

  private void send(VectorSchemaRoot root) {
    listener.start(root);
    while (scan.hasNext()) {
      WaitResult ready = pace.waitForListener(limits.maxReaderStall().toMillis());
      if (ready == WaitResult.TIMEOUT) {
        listener.error(
            CallStatus.TIMED_OUT
                .withDescription(
                    "Cannot go on with scan: its reader took nothing for "
                        + limits.maxReaderStall())
                .toRuntimeException());
        return;
      }
      if (ready != WaitResult.READY) {
        LOG.debug("Scan ended by its reader");
        return;
      }
      recheck.caller().check(Role.READ, name);
      BatchWriter.write(scan.next(), root);
      listener.putNext();
    }
    listener.completed();
  }

  /** Gives everything back when no thread can be had to run on. */
  void abandon() {
    try (permit;
        scan) {
      LOG.debug("Scan abandoned before its start");
    }
  }
}
