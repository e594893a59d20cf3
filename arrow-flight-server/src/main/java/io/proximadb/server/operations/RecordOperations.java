package io.proximadb.server.operations;

import static io.proximadb.server.operations.CollectionOperations.collection;

import com.google.protobuf.Message;
import io.proximadb.api.Collection;
import io.proximadb.api.EraseReceipt;
import io.proximadb.api.EraseRequest;
import io.proximadb.api.VersionedWrite;
import io.proximadb.api.WriteResult;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.RecordValidator;
import io.proximadb.model.StoredRecord;
import io.proximadb.model.VectorRecord;
import io.proximadb.proto.v1.BatchGetRecordsRequest;
import io.proximadb.proto.v1.BatchGetRecordsResponse;
import io.proximadb.proto.v1.CompareAndSetRequest;
import io.proximadb.proto.v1.DeleteRecordRequest;
import io.proximadb.proto.v1.EraseRecordsRequest;
import io.proximadb.proto.v1.EraseRecordsResponse;
import io.proximadb.proto.v1.GetRecordRequest;
import io.proximadb.proto.v1.RecordIdsRequest;
import io.proximadb.proto.v1.ScanRecordsRequest;
import io.proximadb.proto.v1.ScanRecordsResponse;
import io.proximadb.proto.v1.SetTtlRequest;
import io.proximadb.proto.v1.WriteRecordsRequest;
import io.proximadb.proto.v1.WriteResponse;
import io.proximadb.server.auth.Role;
import io.proximadb.server.flight.FlightLimits;
import io.proximadb.server.proto.AnswerBytes;
import io.proximadb.server.proto.InvalidFieldException;
import io.proximadb.server.proto.RecordMessages;
import io.proximadb.server.proto.SearchMessages;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/** Operations on records. */
final class RecordOperations {
  private RecordOperations() {}

  static void addTo(Operations operations, ScanCursors cursors) {
    write(operations, "InsertRecords", "adds records", Collection::insert);
    write(operations, "UpsertRecords", "adds or replaces records", Collection::upsert);
    write(operations, "UpdateRecords", "replaces records", Collection::update);
    add(
        operations,
        "CompareAndSet",
        Role.WRITE,
        "writes records that still have the versions named",
        CompareAndSetRequest.getDefaultInstance(),
        RecordOperations::compareAndSet);
    operations.add(
        "GetRecord",
        Role.READ,
        "a record by its id",
        GetRecordRequest.getDefaultInstance(),
        io.proximadb.proto.v1.Record.getDefaultInstance(),
        RecordOperations::get);
    operations.add(
        "BatchGetRecords",
        Role.READ,
        "records by their ids",
        BatchGetRecordsRequest.getDefaultInstance(),
        BatchGetRecordsResponse.getDefaultInstance(),
        RecordOperations::batchGet);
    add(
        operations,
        "DeleteRecord",
        Role.WRITE,
        "deletes a record",
        DeleteRecordRequest.getDefaultInstance(),
        (call, request) ->
            ids(call, request.getCollection(), List.of(request.getId()), "id", Collection::delete));
    add(
        operations,
        "DeleteRecords",
        Role.WRITE,
        "deletes records",
        RecordIdsRequest.getDefaultInstance(),
        (call, request) ->
            ids(call, request.getCollection(), request.getIdsList(), "ids", Collection::delete));
    add(
        operations,
        "SetTtl",
        Role.WRITE,
        "lets records expire",
        SetTtlRequest.getDefaultInstance(),
        RecordOperations::setTtl);
    add(
        operations,
        "RemoveTtl",
        Role.WRITE,
        "lets records stay",
        RecordIdsRequest.getDefaultInstance(),
        (call, request) ->
            ids(call, request.getCollection(), request.getIdsList(), "ids", Collection::removeTtl));
    operations.add(
        "ScanRecords",
        Role.READ,
        "records that pass a filter, page by page",
        ScanRecordsRequest.getDefaultInstance(),
        ScanRecordsResponse.getDefaultInstance(),
        (call, request) -> cursors.page(call, request));
    operations.add(
        "EraseRecords",
        Role.ADMIN,
        "erases records for good",
        EraseRecordsRequest.getDefaultInstance(),
        EraseRecordsResponse.getDefaultInstance(),
        RecordOperations::erase);
  }

  private static <Q extends Message> void add(
      Operations operations,
      String name,
      Role role,
      String description,
      Q request,
      BiFunction<Operation.Call, Q, WriteResult> body) {
    operations.add(
        name,
        role,
        description,
        request,
        WriteResponse.getDefaultInstance(),
        (call, given) -> {
          WriteResult result = body.apply(call, given);
          return WriteResponse.newBuilder()
              .setCount(result.count())
              .setSequence(result.sequence())
              .build();
        });
  }

  private static void write(
      Operations operations,
      String name,
      String description,
      BiFunction<Collection, List<VectorRecord>, WriteResult> write) {
    add(
        operations,
        name,
        Role.WRITE,
        description,
        WriteRecordsRequest.getDefaultInstance(),
        (call, request) -> {
          Collection collection = collection(call, request.getCollection());
          checkCount("records", request.getRecordsCount());
          CollectionSchema schema = collection.schema();
          List<VectorRecord> records =
              RecordMessages.fromMessages(request.getRecordsList(), schema, "records");
          checkRecords(records, schema, "records");
          return InvalidFieldException.at("records", () -> write.apply(collection, records));
        });
  }

  /** Finds the record that the engine would refuse, to tell which one it is. */
  private static void checkRecords(
      List<VectorRecord> records, CollectionSchema schema, String field) {
    RecordValidator validator = new RecordValidator(schema);
    for (int i = 0; i < records.size(); i++) {
      VectorRecord record = records.get(i);
      InvalidFieldException.at(field + "[" + i + "]", () -> validator.toRow(record, 0, 0));
    }
  }

  private static void checkCount(String field, int count) {
    if (count < 1 || count > Collection.MAX_WRITE_RECORDS) {
      throw InvalidFieldException.of(
          field,
          "Invalid number of "
              + field
              + ": "
              + count
              + " (expected 1 to "
              + Collection.MAX_WRITE_RECORDS
              + ")");
    }
  }

  private static WriteResult compareAndSet(Operation.Call call, CompareAndSetRequest request) {
    Collection collection = collection(call, request.getCollection());
    checkCount("writes", request.getWritesCount());
    CollectionSchema schema = collection.schema();
    List<VersionedWrite> writes = new ArrayList<>();
    for (io.proximadb.proto.v1.VersionedWrite write : request.getWritesList()) {
      String field = "writes[" + writes.size() + "]";
      writes.add(
          InvalidFieldException.at(
              field,
              () ->
                  switch (write.getChangeCase()) {
                    case RECORD ->
                        VersionedWrite.update(
                            RecordMessages.fromMessage(
                                write.getRecord(), schema, field + ".record"),
                            write.getExpectedVersion());
                    case DELETE_ID ->
                        VersionedWrite.delete(write.getDeleteId(), write.getExpectedVersion());
                    case CHANGE_NOT_SET ->
                        throw new InvalidArgumentException(
                            "Invalid write: not set (expected record or deleteId)");
                  }));
    }
    return InvalidFieldException.at("writes", () -> collection.compareAndSet(writes));
  }

  private static io.proximadb.proto.v1.Record get(Operation.Call call, GetRecordRequest request) {
    Collection collection = collection(call, request.getCollection());
    long sequence = SearchMessages.minSequence(request.getMinSequence(), "");
    List<StoredRecord> found =
        InvalidFieldException.at("id", () -> collection.get(List.of(request.getId()), sequence));
    if (found.isEmpty()) {
      throw new NotFoundException(
          "Cannot get record '"
              + request.getId()
              + "' of '"
              + collection.name()
              + "': there is none (expected the id of a live record)");
    }
    return RecordMessages.toMessage(found.get(0), collection.schema());
  }

  private static BatchGetRecordsResponse batchGet(
      Operation.Call call, BatchGetRecordsRequest request) {
    if (request.getIdsCount() > FlightLimits.MAX_GET_IDS) {
      throw InvalidFieldException.of(
          "ids",
          "Invalid number of ids: "
              + request.getIdsCount()
              + " (expected at most "
              + FlightLimits.MAX_GET_IDS
              + ")");
    }
    Collection collection = collection(call, request.getCollection());
    long sequence = SearchMessages.minSequence(request.getMinSequence(), "");
    List<String> ids = List.copyOf(request.getIdsList());
    try (ReadState state =
        ReadState.open(collection, request.hasReadAt(), request.getReadAt(), sequence)) {
      CollectionSchema schema = state.schema();
      checkVectorBytes(schema, ids.size());
      BatchGetRecordsResponse.Builder message = BatchGetRecordsResponse.newBuilder();
      AnswerBytes bytes = new AnswerBytes();
      for (StoredRecord record : InvalidFieldException.at("ids", () -> state.get(ids, sequence))) {
        message.addRecords(bytes.add(RecordMessages.toMessage(record, schema)));
      }
      return message.build();
    }
  }

  private static void checkVectorBytes(CollectionSchema schema, int ids) {
    long rowBytes =
        SearchMessages.rowBytes(
            schema, schema.vectorFields().stream().map(field -> field.name()).toList());
    if (rowBytes * ids > SearchMessages.MAX_ANSWER_VECTOR_BYTES) {
      throw InvalidFieldException.of(
          "ids",
          "Invalid number of ids: "
              + ids
              + " with vectors of "
              + rowBytes
              + " bytes each (expected at most "
              + SearchMessages.MAX_ANSWER_VECTOR_BYTES
              + " bytes; ask for fewer, or over Flight)");
    }
  }

  private static WriteResult ids(
      Operation.Call call,
      String name,
      List<String> ids,
      String field,
      BiFunction<Collection, List<String>, WriteResult> write) {
    Collection collection = collection(call, name);
    checkCount(field, ids.size());
    return InvalidFieldException.at(field, () -> write.apply(collection, List.copyOf(ids)));
  }

  private static WriteResult setTtl(Operation.Call call, SetTtlRequest request) {
    long most = Collection.MAX_TTL.toMillis();
    if (request.getTtlMs() < 1 || request.getTtlMs() > most) {
      throw InvalidFieldException.of(
          "ttlMs", "Invalid TTL: " + request.getTtlMs() + " ms (expected 1 to " + most + ")");
    }
    return ids(
        call,
        request.getCollection(),
        request.getIdsList(),
        "ids",
        (collection, ids) -> collection.setTtl(ids, Duration.ofMillis(request.getTtlMs())));
  }

  private static EraseRecordsResponse erase(Operation.Call call, EraseRecordsRequest request) {
    Collection collection = collection(call, request.getCollection());
    EraseRequest erase =
        InvalidFieldException.at("ids", () -> EraseRequest.of(request.getIdsList()));
    EraseReceipt receipt = collection.erase(request.getEndPins() ? erase.endingPins() : erase);
    Operations.audit(call, "erased records of", collection.name().toString());
    return EraseRecordsResponse.newBuilder()
        .addAllFound(receipt.found())
        .setRows(receipt.rows())
        .setSnapshotsExpired(receipt.snapshotsExpired())
        .setComplete(receipt.isComplete())
        .addAllRemaining(receipt.remaining())
        .addAllOutOfReach(receipt.outOfReach())
        .build();
  }
}
