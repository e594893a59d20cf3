package io.proximadb.server.operations;

import io.proximadb.api.Collection;
import io.proximadb.api.CollectionStatistics;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.maintenance.MaintenanceResult;
import io.proximadb.model.CollectionName;
import io.proximadb.model.SchemaChange;
import io.proximadb.proto.v1.AlterCollectionRequest;
import io.proximadb.proto.v1.CollectionInfo;
import io.proximadb.proto.v1.CollectionRequest;
import io.proximadb.proto.v1.CreateCollectionRequest;
import io.proximadb.proto.v1.DescribeCollectionRequest;
import io.proximadb.proto.v1.Done;
import io.proximadb.proto.v1.DropCollectionRequest;
import io.proximadb.proto.v1.DropCollectionResponse;
import io.proximadb.proto.v1.FlushRequest;
import io.proximadb.proto.v1.FlushResponse;
import io.proximadb.proto.v1.ListCollectionsRequest;
import io.proximadb.proto.v1.ListCollectionsResponse;
import io.proximadb.proto.v1.ListSnapshotsResponse;
import io.proximadb.proto.v1.MaintainResponse;
import io.proximadb.proto.v1.SnapshotInfo;
import io.proximadb.server.EngineAccess;
import io.proximadb.server.auth.Role;
import io.proximadb.server.proto.CollectionMessages;
import io.proximadb.server.proto.InvalidFieldException;
import io.proximadb.server.proto.RecordMessages;
import io.proximadb.server.proto.SchemaMessages;
import java.util.List;

/** Operations on collections as a whole. */
final class CollectionOperations {
  private CollectionOperations() {}

  static void addTo(Operations operations) {
    operations.add(
        "CreateCollection",
        Role.ADMIN,
        "creates a collection",
        CreateCollectionRequest.getDefaultInstance(),
        CollectionInfo.getDefaultInstance(),
        CollectionOperations::create);
    operations.add(
        "ListCollections",
        Role.READ,
        "names of the collections that the key may read",
        ListCollectionsRequest.getDefaultInstance(),
        ListCollectionsResponse.getDefaultInstance(),
        (call, request) -> list(call.engine(), request));
    operations.add(
        "GetCollection",
        Role.READ,
        "a collection as it stands",
        DescribeCollectionRequest.getDefaultInstance(),
        CollectionInfo.getDefaultInstance(),
        (call, request) ->
            CollectionMessages.toMessage(collection(call, request.getCollection()).describe()));
    operations.add(
        "AlterCollection",
        Role.ADMIN,
        "changes the schema",
        AlterCollectionRequest.getDefaultInstance(),
        CollectionInfo.getDefaultInstance(),
        CollectionOperations::alter);
    operations.add(
        "DropCollection",
        Role.ADMIN,
        "drops a collection with its files",
        DropCollectionRequest.getDefaultInstance(),
        DropCollectionResponse.getDefaultInstance(),
        CollectionOperations::drop);
    operations.add(
        "GetStatistics",
        Role.READ,
        "counts of rows, files and bytes",
        CollectionRequest.getDefaultInstance(),
        io.proximadb.proto.v1.CollectionStatistics.getDefaultInstance(),
        (call, request) -> toMessage(collection(call, request.getCollection()).statistics()));
    operations.add(
        "Flush",
        Role.WRITE,
        "writes what the log holds into the table",
        FlushRequest.getDefaultInstance(),
        FlushResponse.getDefaultInstance(),
        (call, request) ->
            CollectionMessages.toMessage(collection(call, request.getCollection()).flush()));
    operations.add(
        "Optimize",
        Role.ADMIN,
        "flushes, merges files and builds indexes, and waits",
        CollectionRequest.getDefaultInstance(),
        Done.getDefaultInstance(),
        (call, request) -> {
          collection(call, request.getCollection()).optimize();
          return Done.getDefaultInstance();
        });
    operations.add(
        "Maintain",
        Role.ADMIN,
        "does now all that there is to maintain",
        CollectionRequest.getDefaultInstance(),
        MaintainResponse.getDefaultInstance(),
        (call, request) ->
            MaintainResponse.newBuilder()
                .addAllSteps(
                    call.engine().maintain(name(request.getCollection())).stream()
                        .map(MaintenanceResult::what)
                        .toList())
                .build());
    operations.add(
        "ListSnapshots",
        Role.READ,
        "the snapshots that can be read",
        CollectionRequest.getDefaultInstance(),
        ListSnapshotsResponse.getDefaultInstance(),
        CollectionOperations::snapshots);
  }

  /**
   * The name of a collection.
   *
   * @throws InvalidFieldException if it is not valid
   */
  static CollectionName name(String text) {
    return InvalidFieldException.at("collection", () -> CollectionName.parse(text));
  }

  /** The collection of that name, as the caller may use it. */
  static Collection collection(Operation.Call call, String name) {
    return call.engine().collection(name(name));
  }

  private static CollectionInfo create(Operation.Call call, CreateCollectionRequest request) {
    CollectionName name = name(request.getCollection());
    Collection collection =
        call.engine()
            .createCollection(
                name,
                InvalidFieldException.at(
                    "schema", () -> SchemaMessages.fromMessage(request.getSchema())));
    Operations.audit(call, "created collection", name.toString());
    return CollectionMessages.toMessage(collection.describe());
  }

  static ListCollectionsResponse list(EngineAccess engine, ListCollectionsRequest request) {
    List<String> namespaces =
        request.hasNamespace()
            ? List.of(
                InvalidFieldException.at(
                    "namespace", () -> CollectionName.checkNamespace(request.getNamespace())))
            : engine.listNamespaces();
    return ListCollectionsResponse.newBuilder()
        .addAllCollections(
            namespaces.stream()
                .flatMap(namespace -> engine.listCollections(namespace).stream())
                .map(CollectionName::toString)
                .sorted()
                .toList())
        .build();
  }

  private static CollectionInfo alter(Operation.Call call, AlterCollectionRequest request) {
    Collection collection = collection(call, request.getCollection());
    SchemaChange[] changes = new SchemaChange[request.getChangesCount()];
    for (int i = 0; i < changes.length; i++) {
      io.proximadb.proto.v1.SchemaChange change = request.getChanges(i);
      changes[i] = InvalidFieldException.at("changes[" + i + "]", () -> change(change));
    }
    if (changes.length == 0) {
      throw InvalidFieldException.of("changes", "Invalid changes: none (expected at least 1)");
    }
    InvalidFieldException.at(
        "changes",
        () -> {
          collection.alter(changes);
          return true;
        });
    Operations.audit(call, "altered collection", collection.name().toString());
    return CollectionMessages.toMessage(collection.describe());
  }

  private static SchemaChange change(io.proximadb.proto.v1.SchemaChange message) {
    return switch (message.getChangeCase()) {
      case ADD_COLUMN ->
          new SchemaChange.AddColumn(SchemaMessages.fromMessage(message.getAddColumn()));
      case DROP_COLUMN -> SchemaChange.drop(message.getDropColumn());
      case RENAME_COLUMN ->
          SchemaChange.rename(
              message.getRenameColumn().getName(), message.getRenameColumn().getNewName());
      case WIDEN_COLUMN ->
          SchemaChange.widen(
              message.getWidenColumn().getName(),
              SchemaMessages.fromMessage(
                  message.getWidenColumn().getType(), message.getWidenColumn().getName()));
      case ADD_VECTOR -> SchemaChange.addVector(SchemaMessages.fromMessage(message.getAddVector()));
      case LAYOUT -> SchemaChange.layout(message.getLayout());
      case CHANGE_NOT_SET ->
          throw new InvalidArgumentException(
              "Invalid change: not set (expected addColumn, dropColumn, renameColumn,"
                  + " widenColumn, addVector or layout)");
    };
  }

  private static DropCollectionResponse drop(Operation.Call call, DropCollectionRequest request) {
    CollectionName name = name(request.getCollection());
    boolean dropped = call.engine().dropCollection(name);
    Operations.audit(call, dropped ? "dropped collection" : "found no collection", name.toString());
    return DropCollectionResponse.newBuilder().setDropped(dropped).build();
  }

  private static io.proximadb.proto.v1.CollectionStatistics toMessage(
      CollectionStatistics statistics) {
    var message =
        io.proximadb.proto.v1.CollectionStatistics.newBuilder()
            .setCollection(statistics.name().toString())
            .setLiveRows(statistics.liveRows())
            .setDeletedRows(statistics.deletedRows())
            .setExpiredRows(statistics.expiredRows())
            .setDataFiles(statistics.dataFiles())
            .setDataBytes(statistics.dataBytes())
            .setDeleteBytes(statistics.deleteBytes())
            .setIndexBytes(statistics.indexBytes())
            .setMetadataBytes(statistics.metadataBytes())
            .setSnapshots(statistics.snapshots())
            .setUnflushedRecords(statistics.unflushedRecords())
            .setUnflushedBytes(statistics.unflushedBytes())
            .setMeasuredAt(RecordMessages.timestamp(statistics.measuredAt()));
    statistics.snapshotId().ifPresent(message::setSnapshotId);
    return message.build();
  }

  private static ListSnapshotsResponse snapshots(Operation.Call call, CollectionRequest request) {
    ListSnapshotsResponse.Builder message = ListSnapshotsResponse.newBuilder();
    for (io.proximadb.api.SnapshotInfo snapshot :
        collection(call, request.getCollection()).snapshots()) {
      SnapshotInfo.Builder each =
          SnapshotInfo.newBuilder()
              .setSnapshotId(snapshot.id())
              .setCommittedAt(RecordMessages.timestamp(snapshot.committedAt()))
              .setOperation(snapshot.operation());
      snapshot.parentId().ifPresent(each::setParentSnapshotId);
      message.addSnapshots(each);
    }
    return message.build();
  }
}
