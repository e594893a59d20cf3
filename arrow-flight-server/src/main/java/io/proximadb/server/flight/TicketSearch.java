package io.proximadb.server.flight;

import com.google.protobuf.ByteString;
import io.proximadb.api.Collection;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.Filter;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.SparseVector;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.VectorField;
import io.proximadb.proto.v1.SearchTicket;
import io.proximadb.server.arrow.BatchWriter;
import io.proximadb.server.arrow.OutputColumns;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/**
 * A search ticket, read by a schema: what it asks of the engine, and how the answers stand in a
 * batch.
 */
final class TicketSearch {
  private static final float[] NO_VECTOR = {};

  private final SearchTicket ticket;
  private final CollectionSchema schema;
  private final Filter filter;
  private final List<String> columns;
  private final long rowBytes;
  private final FlightLimits limits;

  /**
   * Reads a ticket.
   *
   * @throws InvalidArgumentException if its filter or its columns are not valid
   */
  TicketSearch(SearchTicket ticket, CollectionSchema schema, FlightLimits limits) {
    this.ticket = ticket;
    this.schema = schema;
    this.limits = limits;
    this.filter = Requests.filter(ticket.getFilterJson());
    this.columns = columns(schema, ticket);
    this.rowBytes =
        columns.stream()
            .flatMap(column -> schema.vectorField(column).stream())
            .mapToLong(field -> (long) field.dimension() * Float.BYTES)
            .sum();
  }

  private static List<String> columns(CollectionSchema schema, SearchTicket ticket) {
    return Requests.columns(ticket, OutputColumns.metadata(schema));
  }

  /** True if a ticket has its queries in the fields for many. */
  static boolean asksMany(SearchTicket ticket) {
    return !ticket.getQueries().isEmpty() || ticket.getSparseQueriesCount() > 0;
  }

  /**
   * The fields of an answer: the query's number if there are many, id, distance, then what was
   * asked for.
   */
  static List<Field> fields(CollectionSchema schema, SearchTicket ticket, boolean many) {
    List<Field> fields = new ArrayList<>();
    if (many) {
      fields.add(OutputColumns.query());
    }
    fields.addAll(OutputColumns.fields(schema, List.of(SystemColumns.ID)));
    fields.add(OutputColumns.distance());
    fields.addAll(OutputColumns.fields(schema, columns(schema, ticket)));
    return fields;
  }

  /** The field that is searched. */
  VectorField field() {
    String name = ticket.getField();
    return name.isEmpty()
        ? schema.defaultVectorField()
        : schema
            .vectorField(name)
            .or(() -> schema.sparseField(name))
            .orElseThrow(
                () ->
                    new InvalidArgumentException(
                        "Invalid vector field: '"
                            + name
                            + "' (expected one of "
                            + schema.allVectorFields().stream().map(VectorField::name).toList()
                            + ")"));
  }

  /** The search of a ticket with one query. */
  SearchRequest one() {
    checkBytes(1);
    return request(Requests.vector(ticket), Requests.sparse(ticket));
  }

  /**
   * The searches of a ticket with many queries.
   *
   * @throws InvalidArgumentException if there are none or too many, or one query stands beside them
   */
  List<SearchRequest> many() {
    if (hasOne() || (!ticket.getQueries().isEmpty() && ticket.getSparseQueriesCount() > 0)) {
      throw new InvalidArgumentException(
          "Invalid queries: in more than one way (expected one of vector, sparse, queries and"
              + " sparse_queries)");
    }
    List<SearchRequest> requests = new ArrayList<>();
    if (ticket.getSparseQueriesCount() > 0) {
      checkCount(ticket.getSparseQueriesCount());
      ticket.getSparseQueriesList().stream()
          .map(Requests::sparse)
          .forEach(query -> requests.add(request(NO_VECTOR, query)));
      return requests;
    }
    int dimension = field().dimension();
    ByteString bytes = ticket.getQueries();
    long queryBytes = (long) dimension * Float.BYTES;
    if (bytes.size() % queryBytes != 0) {
      throw new InvalidArgumentException(
          "Invalid queries: "
              + bytes.size()
              + " bytes (expected a multiple of "
              + queryBytes
              + ": "
              + dimension
              + " floats each)");
    }
    int count = (int) (bytes.size() / queryBytes);
    checkCount(count);
    FloatBuffer floats =
        bytes.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    for (int query = 0; query < count; query++) {
      float[] vector = new float[dimension];
      floats.get(vector);
      requests.add(request(vector, null));
    }
    return requests;
  }

  /** True if the ticket has its query in the fields for one. */
  boolean hasOne() {
    return ticket.getVectorCount() > 0 || ticket.hasSparse();
  }

  /**
   * Goes on if so many queries may be answered by one batch.
   *
   * @throws InvalidArgumentException if not
   */
  void checkCount(int queries) {
    if (queries > Collection.MAX_BATCH_REQUESTS) {
      throw new InvalidArgumentException(
          "Invalid number of queries: "
              + queries
              + " (expected at most "
              + Collection.MAX_BATCH_REQUESTS
              + ")");
    }
    checkBytes(queries);
  }

  private void checkBytes(int queries) {
    long bytes = rowBytes * Math.max(0, ticket.getK()) * queries;
    if (bytes > limits.maxScanBytes()) {
      throw new InvalidArgumentException(
          "Invalid search: answers with vectors of "
              + bytes
              + " bytes (expected at most "
              + limits.maxScanBytes()
              + "; ask for fewer queries, rows or columns)");
    }
  }

  /** The search by one query. */
  SearchRequest request(float[] vector, @Nullable SparseVector sparse) {
    SearchRequest request =
        new SearchRequest(
            vector,
            ticket.getK(),
            ticket.getField().isEmpty() ? null : ticket.getField(),
            filter,
            columns,
            ticket.getMinSequence(),
            ticket.getClusters(),
            sparse,
            ticket.hasRecall() ? checkedRecall(ticket.getRecall()) : SearchRequest.USUAL_RECALL,
            ticket.getEffort(),
            ticket.hasWithin() ? ticket.getWithin() : Double.POSITIVE_INFINITY);
    return ticket.getExact() ? request.exactly() : request;
  }

  private static double checkedRecall(double recall) {
    if (!(recall > 0 && recall <= 1)) {
      throw new InvalidArgumentException(
          "Invalid recall: " + recall + " (expected above 0, at most 1)");
    }
    return recall;
  }

  /** A hit and the number of its query. */
  private record QueryHit(int query, SearchHit hit) {}

  /** Replaces what the root holds by the hits of one answer. */
  static void write(SearchResponse answer, VectorSchemaRoot root) {
    BatchWriter.write(answer.hits(), TicketSearch::value, root);
  }

  /**
   * Replaces what the root holds by the hits of many answers, with the numbers of their queries.
   */
  static void write(List<SearchResponse> answers, VectorSchemaRoot root) {
    List<QueryHit> hits = new ArrayList<>();
    for (int query = 0; query < answers.size(); query++) {
      for (SearchHit hit : answers.get(query).hits()) {
        hits.add(new QueryHit(query, hit));
      }
    }
    BatchWriter.write(
        hits,
        (row, column) ->
            column.equals(OutputColumns.QUERY)
                ? Integer.valueOf(row.query())
                : value(row.hit(), column),
        root);
  }

  private static @Nullable Object value(SearchHit hit, String column) {
    return switch (column) {
      case SystemColumns.ID -> hit.id();
      case OutputColumns.DISTANCE -> hit.distance();
      default -> hit.fields().get(column);
    };
  }
}
