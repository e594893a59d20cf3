package io.proximadb.server.flight;

import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.CollectionName;
import io.proximadb.proto.v1.CreateCollectionRequest;
import io.proximadb.proto.v1.DescribeCollectionRequest;
import io.proximadb.proto.v1.DropCollectionRequest;
import io.proximadb.proto.v1.DropCollectionResponse;
import io.proximadb.proto.v1.FlushRequest;
import io.proximadb.proto.v1.ListCollectionsRequest;
import io.proximadb.proto.v1.ListCollectionsResponse;
import io.proximadb.server.proto.CollectionMessages;
import io.proximadb.server.proto.SchemaMessages;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.arrow.flight.ActionType;

/** The Flight actions: a name, a message in and a message out. */
final class CollectionActions {
  private record Handler(String description, Function<byte[], Message> run) {}

  private final Map<String, Handler> handlers = new LinkedHashMap<>();
  private final EngineAccess engine;

  CollectionActions(EngineAccess engine, Supplier<? extends Message> status) {
    this.engine = engine;
    add(
        "create",
        "CreateCollectionRequest -> CollectionInfo: creates a collection",
        CreateCollectionRequest.parser(),
        this::create);
    add(
        "describe",
        "DescribeCollectionRequest -> CollectionInfo: a collection as it stands",
        DescribeCollectionRequest.parser(),
        request -> describe(CollectionName.parse(request.getCollection())));
    add(
        "list",
        "ListCollectionsRequest -> ListCollectionsResponse: names of collections",
        ListCollectionsRequest.parser(),
        this::list);
    add(
        "drop",
        "DropCollectionRequest -> DropCollectionResponse: drops a collection with its files",
        DropCollectionRequest.parser(),
        this::drop);
    add(
        "flush",
        "FlushRequest -> FlushResponse: writes what the log holds into the table",
        FlushRequest.parser(),
        this::flush);
    handlers.put(
        "status",
        new Handler("(no body) -> StatusResponse: how the server does", body -> status.get()));
  }

  private <M extends Message> void add(
      String name, String description, Parser<M> parser, Function<M, Message> run) {
    Function<byte[], Message> parsed =
        body -> run.apply(Requests.parse("body of action '" + name + "'", parser, body));
    handlers.put(name, new Handler(description, parsed));
  }

  /** All actions, for those who ask what there is. */
  List<ActionType> types() {
    return handlers.entrySet().stream()
        .map(handler -> new ActionType(handler.getKey(), handler.getValue().description()))
        .toList();
  }

  /**
   * Runs an action.
   *
   * @throws InvalidArgumentException if there is none of that name or the body is not its message
   */
  byte[] run(String name, byte[] body) {
    Handler handler = handlers.get(name);
    if (handler == null) {
      throw new InvalidArgumentException(
          "Invalid action: '" + name + "' (expected one of " + handlers.keySet() + ")");
    }
    return handler.run().apply(body).toByteArray();
  }

  private Message create(CreateCollectionRequest request) {
    return CollectionMessages.toMessage(
        engine
            .createCollection(
                CollectionName.parse(request.getCollection()),
                SchemaMessages.fromMessage(request.getSchema()))
            .describe());
  }

  private Message describe(CollectionName name) {
    return CollectionMessages.toMessage(engine.collection(name).describe());
  }

  private Message list(ListCollectionsRequest request) {
    List<String> namespaces =
        request.hasNamespace()
            ? List.of(CollectionName.checkNamespace(request.getNamespace()))
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

  private Message drop(DropCollectionRequest request) {
    return DropCollectionResponse.newBuilder()
        .setDropped(engine.dropCollection(CollectionName.parse(request.getCollection())))
        .build();
  }

  private Message flush(FlushRequest request) {
    return CollectionMessages.toMessage(
        engine.collection(CollectionName.parse(request.getCollection())).flush());
  }
}
