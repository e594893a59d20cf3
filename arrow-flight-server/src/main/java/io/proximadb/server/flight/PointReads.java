package io.proximadb.server.flight;

import io.proximadb.api.Collection;
import io.proximadb.api.SearchResponse;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.SparseVector;
import io.proximadb.model.StoredRecord;
import io.proximadb.model.SystemColumns;
import io.proximadb.proto.v1.GetTicket;
import io.proximadb.proto.v1.SearchAnswer;
import io.proximadb.proto.v1.SearchAnswers;
import io.proximadb.proto.v1.SearchTicket;
import io.proximadb.server.EngineAccess;
import io.proximadb.server.arrow.BatchWriter;
import io.proximadb.server.arrow.OutputColumns;
import io.proximadb.server.operations.ReadState;
import io.proximadb.server.proto.CollectionMessages;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.arrow.flight.FlightProducer.ServerStreamListener;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/** Reads whose answer is one batch: search and get. They run on the caller's thread. */
final class PointReads {
  private final EngineAccess engine;
  private final BufferAllocator allocator;
  private final FlightLimits limits;

  PointReads(EngineAccess engine, BufferAllocator allocator, FlightLimits limits) {
    this.engine = engine;
    this.allocator = allocator;
    this.limits = limits;
  }

  static List<Field> fields(CollectionSchema schema, GetTicket ticket) {
    return OutputColumns.fields(schema, Requests.columns(ticket, OutputColumns.whole(schema)));
  }

  void search(SearchTicket ticket, ServerStreamListener listener) {
    Collection collection = engine.collection(CollectionName.parse(ticket.getCollection()));
    boolean many = TicketSearch.asksMany(ticket);
    try (ReadState state =
        ReadState.open(
            collection, ticket.hasReadAt(), ticket.getReadAt(), ticket.getMinSequence())) {
      CollectionSchema schema = state.schema();
      List<Field> fields = TicketSearch.fields(schema, ticket, many);
      TicketSearch search = new TicketSearch(ticket, schema, limits);
      if (many) {
        List<SearchResponse> found = state.search(search.many());
        SearchAnswers answers = CollectionMessages.toMessage(found);
        Schema facts = new Schema(fields, CollectionMessages.readFacts(answers.getAnswers(0)));
        send(
            "search",
            facts,
            root -> TicketSearch.write(found, root),
            answers.toByteArray(),
            listener);
      } else {
        SearchResponse found = state.search(search.one());
        SearchAnswer answer = CollectionMessages.toMessage(found);
        send(
            "search",
            new Schema(fields, CollectionMessages.facts(answer)),
            root -> TicketSearch.write(found, root),
            answer.toByteArray(),
            listener);
      }
    }
  }

  void get(GetTicket ticket, ServerStreamListener listener) {
    if (ticket.getIdsCount() > FlightLimits.MAX_GET_IDS) {
      throw new InvalidArgumentException(
          "Invalid number of ids: "
              + ticket.getIdsCount()
              + " (expected at most "
              + FlightLimits.MAX_GET_IDS
              + ")");
    }
    Collection collection = engine.collection(CollectionName.parse(ticket.getCollection()));
    List<Field> fields = fields(collection.schema(), ticket);
    List<StoredRecord> records = collection.get(List.copyOf(ticket.getIdsList()));
    send(
        "get",
        new Schema(fields, Map.of()),
        root -> BatchWriter.write(records, PointReads::value, root),
        new byte[0],
        listener);
  }

  private static @Nullable Object value(StoredRecord stored, String column) {
    return switch (column) {
      case SystemColumns.ID -> stored.id();
      case SystemColumns.EXPIRES_AT -> stored.record().expiresAt();
      case SystemColumns.VERSION -> stored.version();
      case SystemColumns.UPDATED_AT -> stored.updatedAt();
      default -> {
        SparseVector sparse = stored.record().sparseVectors().get(column);
        if (sparse != null) {
          yield sparse.asStruct();
        }
        float[] vector = stored.record().vectors().get(column);
        yield vector == null ? stored.record().metadata().get(column) : vector;
      }
    };
  }

  private void send(
      String kind,
      Schema schema,
      Consumer<VectorSchemaRoot> batch,
      byte[] metadata,
      ServerStreamListener listener) {
    try (BufferAllocator memory =
            allocator.newChildAllocator(kind + "-answer", 0, limits.maxScanBytes());
        VectorSchemaRoot root = VectorSchemaRoot.create(schema, memory)) {
      batch.accept(root);
      listener.start(root);
      Answers.send(metadata, memory, listener);
      listener.completed();
    }
  }
}
