package io.proximadb.server.flight;

import io.proximadb.api.Collection;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.SparseVector;
import io.proximadb.model.StoredRecord;
import io.proximadb.model.SystemColumns;
import io.proximadb.proto.v1.GetTicket;
import io.proximadb.proto.v1.SearchAnswer;
import io.proximadb.proto.v1.SearchTicket;
import io.proximadb.server.EngineAccess;
import io.proximadb.server.arrow.BatchWriter;
import io.proximadb.server.arrow.OutputColumns;
import io.proximadb.server.proto.CollectionMessages;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flight.FlightProducer.ServerStreamListener;
import org.apache.arrow.memory.ArrowBuf;
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

  /** The fields of an answer to a search: id, distance, then what was asked for. */
  static List<Field> fields(CollectionSchema schema, SearchTicket ticket) {
    List<Field> fields = new ArrayList<>();
    fields.addAll(OutputColumns.fields(schema, List.of(SystemColumns.ID)));
    fields.add(OutputColumns.distance());
    fields.addAll(OutputColumns.fields(schema, columns(schema, ticket)));
    return fields;
  }

  private static List<String> columns(CollectionSchema schema, SearchTicket ticket) {
    return Requests.columns(ticket, OutputColumns.metadata(schema));
  }

  static List<Field> fields(CollectionSchema schema, GetTicket ticket) {
    return OutputColumns.fields(schema, Requests.columns(ticket, OutputColumns.whole(schema)));
  }

  void search(SearchTicket ticket, ServerStreamListener listener) {
    Collection collection = engine.collection(CollectionName.parse(ticket.getCollection()));
    CollectionSchema schema = collection.schema();
    List<Field> fields = fields(schema, ticket);
    SearchResponse response =
        collection.search(
            new SearchRequest(
                Requests.vector(ticket),
                ticket.getK(),
                ticket.getField().isEmpty() ? null : ticket.getField(),
                Requests.filter(ticket.getFilterJson()),
                columns(schema, ticket),
                0,
                SearchRequest.EXACT,
                Requests.sparse(ticket)));
    SearchAnswer answer = CollectionMessages.toMessage(response);
    send(
        "search",
        new Schema(fields, CollectionMessages.facts(answer)),
        response.hits(),
        PointReads::value,
        answer.toByteArray(),
        listener);
  }

  private static @Nullable Object value(SearchHit hit, String column) {
    return switch (column) {
      case SystemColumns.ID -> hit.id();
      case OutputColumns.DISTANCE -> hit.distance();
      default -> hit.fields().get(column);
    };
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
    send("get", new Schema(fields, Map.of()), records, PointReads::value, new byte[0], listener);
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

  private <T> void send(
      String kind,
      Schema schema,
      List<T> rows,
      BatchWriter.CellValue<T> value,
      byte[] metadata,
      ServerStreamListener listener) {
    try (BufferAllocator memory =
            allocator.newChildAllocator(kind + "-answer", 0, limits.maxScanBytes());
        VectorSchemaRoot root = VectorSchemaRoot.create(schema, memory)) {
      BatchWriter.write(rows, value, root);
      listener.start(root);
      ArrowBuf answer = memory.buffer(metadata.length);
      try {
        answer.writeBytes(metadata);
        listener.putNext(answer);
      } catch (RuntimeException e) {
        // Who takes it gives it back; nobody did, if the client was gone.
        if (answer.refCnt() > 0) {
          answer.close();
        }
        throw e;
      }
      listener.completed();
    }
  }
}
