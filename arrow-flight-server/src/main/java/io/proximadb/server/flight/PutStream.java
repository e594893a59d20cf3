package io.proximadb.server.flight;

import io.proximadb.api.Collection;
import io.proximadb.api.WriteResult;
import io.proximadb.error.AlreadyExistsException;
import io.proximadb.error.ErrorKind;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.ProximaException;
import io.proximadb.model.CollectionName;
import io.proximadb.model.RecordValidator;
import io.proximadb.model.StoredRecord;
import io.proximadb.model.VectorRecord;
import io.proximadb.proto.v1.PutAcknowledgement;
import io.proximadb.proto.v1.PutCommand;
import io.proximadb.proto.v1.PutMode;
import io.proximadb.server.EngineAccess;
import io.proximadb.server.arrow.RecordReader;
import io.proximadb.server.auth.ApiKeyMiddleware.Recheck;
import io.proximadb.server.auth.Audit;
import io.proximadb.server.auth.Caller;
import io.proximadb.server.auth.GuardedEngine;
import io.proximadb.server.auth.Role;
import io.proximadb.server.auth.Shares;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.apache.arrow.flight.FlightProducer.StreamListener;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.PutResult;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream of batches on its way into a collection. A batch is acknowledged when it is durable;
 * the first one that is refused ends the stream. Whether the caller may write is asked again for
 * every batch: a stream may outlive its key.
 */
final class PutStream implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(PutStream.class);

  private final BooleanSupplier begins;
  private final EngineAccess engine;
  private final Recheck recheck;
  private final Audit audit;
  private final BufferAllocator allocator;
  private final Shares places;
  private final FlightStream stream;
  private final StreamListener<PutResult> acknowledgements;

  /**
   * A stream.
   *
   * @param begins waits for the first message; false if there will be none
   */
  PutStream(
      BooleanSupplier begins,
      EngineAccess engine,
      Recheck recheck,
      Audit audit,
      BufferAllocator allocator,
      Shares places,
      FlightStream stream,
      StreamListener<PutResult> acknowledgements) {
    this.begins = begins;
    this.engine = engine;
    this.recheck = recheck;
    this.audit = audit;
    this.allocator = allocator;
    this.places = places;
    this.stream = stream;
    this.acknowledgements = acknowledgements;
  }

  @Override
  public void run() {
    Caller caller = Caller.ANYONE;
    try {
      caller = recheck.caller();
      try (Shares.Place place = places.take(caller)) {
        assert place != null;
        if (begins.getAsBoolean()) {
          put(caller);
        }
      }
      acknowledgements.onCompleted();
    } catch (ProximaException e) {
      if (e.kind() == ErrorKind.PERMISSION_DENIED) {
        audit.refused(caller, "Flight DoPut");
      }
      acknowledgements.onError(FlightErrors.of(e));
    } catch (OutOfMemoryException e) {
      acknowledgements.onError(FlightErrors.of(e, "put"));
    } finally {
      giveBack();
    }
  }

  /** Batches that came and were not read hold memory; so does the one that was read last. */
  private void giveBack() {
    try {
      stream.close();
    } catch (Exception e) {
      LOG.debug("A put stream ended before its client did", e);
    }
  }

  private void put(Caller caller) {
    PutCommand command = Requests.putCommand(stream.getDescriptor());
    CollectionName name = CollectionName.parse(command.getCollection());
    caller.check(Role.WRITE, name);
    Collection collection = new GuardedEngine(engine, caller).collection(name);
    checkMode(command.getMode());
    Function<VectorSchemaRoot, WriteResult> writer = null;
    while (nextBatch()) {
      if (writer == null) {
        writer = writer(command.getMode(), collection);
      }
      recheck.caller().check(Role.WRITE, name);
      VectorSchemaRoot batch = stream.getRoot();
      // An empty batch writes nothing and has no sequence of its own.
      acknowledge(batch.getRowCount() == 0 ? new WriteResult(0, 0) : writer.apply(batch));
    }
    if (writer == null && stream.hasRoot()) {
      // Without a batch, too, a schema that does not fit is told.
      writer(command.getMode(), collection);
    }
  }

  private boolean nextBatch() {
    return ClientBatches.decoded(stream::next);
  }

  private static void checkMode(PutMode mode) {
    if (mode == PutMode.PUT_MODE_UNSPECIFIED || mode == PutMode.UNRECOGNIZED) {
      throw new InvalidArgumentException(
          "Invalid mode of put stream: " + mode + " (expected INSERT, UPSERT or DELETE)");
    }
  }

  private Function<VectorSchemaRoot, WriteResult> writer(PutMode mode, Collection collection) {
    Schema schema = ClientBatches.decoded(stream::getSchema);
    if (mode == PutMode.PUT_MODE_DELETE) {
      RecordReader deletes = RecordReader.ofIds(schema);
      return batch -> delete(collection, ClientBatches.decoded(() -> deletes.ids(batch)));
    }
    RecordReader records = RecordReader.ofRecords(collection.schema(), schema);
    return mode == PutMode.PUT_MODE_INSERT
        ? batch -> insert(collection, ClientBatches.decoded(() -> records.records(batch)))
        : batch -> upsert(collection, ClientBatches.decoded(() -> records.records(batch)));
  }

  private static WriteResult insert(Collection collection, List<VectorRecord> records) {
    if (records.size() > Collection.MAX_WRITE_RECORDS) {
      checkWhole(collection, records);
      inUnits(
          records,
          unit -> {
            List<StoredRecord> live = collection.get(ids(unit));
            if (!live.isEmpty()) {
              throw new AlreadyExistsException(
                  "Cannot insert record '" + live.get(0).id() + "': it exists already");
            }
            return new WriteResult(0, 0);
          });
    }
    return inUnits(records, collection::insert);
  }

  private static WriteResult upsert(Collection collection, List<VectorRecord> records) {
    if (records.size() > Collection.MAX_WRITE_RECORDS) {
      checkWhole(collection, records);
    }
    return inUnits(records, collection::upsert);
  }

  private static WriteResult delete(Collection collection, List<String> ids) {
    if (ids.size() > Collection.MAX_WRITE_RECORDS) {
      ids.forEach(RecordValidator::checkId);
    }
    return inUnits(ids, collection::delete);
  }

  /** Finds what the engine would refuse in a later unit before the first one is written. */
  private static void checkWhole(Collection collection, List<VectorRecord> records) {
    RecordValidator validator = new RecordValidator(collection.schema());
    Set<String> ids = new HashSet<>(records.size() * 2);
    for (VectorRecord record : records) {
      validator.toRow(record, 0, 0);
      if (!ids.add(record.id())) {
        throw new InvalidArgumentException(
            "Invalid batch: the id '" + record.id() + "' stands twice");
      }
    }
  }

  private static List<String> ids(List<VectorRecord> records) {
    return records.stream().map(VectorRecord::id).toList();
  }

  private static <T> WriteResult inUnits(List<T> items, Function<List<T>, WriteResult> write) {
    int count = 0;
    long sequence = 0;
    for (int from = 0; from < items.size(); from += Collection.MAX_WRITE_RECORDS) {
      int to = Math.min(items.size(), from + Collection.MAX_WRITE_RECORDS);
      WriteResult result = write.apply(items.subList(from, to));
      count += result.count();
      sequence = result.sequence();
    }
    return new WriteResult(count, sequence);
  }

  private void acknowledge(WriteResult result) {
    byte[] message =
        PutAcknowledgement.newBuilder()
            .setRows(result.count())
            .setSequence(result.sequence())
            .build()
            .toByteArray();
    try (ArrowBuf metadata = allocator.buffer(message.length)) {
      metadata.writeBytes(message);
      acknowledgements.onNext(PutResult.metadata(metadata));
    }
  }
}
