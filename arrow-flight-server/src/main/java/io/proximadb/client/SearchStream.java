package io.proximadb.client;

import io.proximadb.api.SearchResponse;
import io.proximadb.error.UnavailableException;
import io.proximadb.model.VectorField;
import io.proximadb.proto.v1.Ticket;
import io.proximadb.server.arrow.BatchWriter;
import io.proximadb.server.arrow.QueryColumn;
import java.util.List;
import org.apache.arrow.flight.CallOption;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Batches of queries on their way to the server, and the answers to them on their way back, in the
 * same order. Several batches may be sent before an answer is read, by one thread and one that
 * reads, or by one thread for both. Must be closed.
 */
public final class SearchStream implements AutoCloseable {
  private final VectorSchemaRoot root;
  private final FlightClient.ExchangeReaderWriter exchange;
  private boolean complete;

  SearchStream(
      FlightClient client,
      BufferAllocator allocator,
      String collection,
      VectorField field,
      SearchQuery common,
      CallOption... options) {
    byte[] command =
        Ticket.newBuilder()
            .setSearch(SearchAnswerReader.ticket(collection, common))
            .build()
            .toByteArray();
    this.root = VectorSchemaRoot.create(new Schema(List.of(QueryColumn.of(field))), allocator);
    this.exchange = client.doExchange(FlightDescriptor.command(command), options);
    exchange.getWriter().start(root);
  }

  /**
   * Sends a batch of queries by a dense field.
   *
   * @throws io.proximadb.error.ProximaException if the server has refused the stream
   */
  public void send(List<float[]> queries) {
    BatchWriter.write(queries, (query, column) -> query, root);
    try {
      exchange.getWriter().putNext();
    } catch (FlightRuntimeException e) {
      throw ClientErrors.translate(e);
    }
  }

  /** Says that no further batch comes. */
  public void complete() {
    complete = true;
    exchange.getWriter().completed();
  }

  /**
   * Waits for the answers to the next batch, in the order of its queries.
   *
   * @throws io.proximadb.error.ProximaException if the server refuses the batch, and with it what
   *     came after it
   */
  public List<SearchResponse> next() {
    try {
      if (!exchange.getReader().next()) {
        throw new UnavailableException("Cannot read answers: the server ended the stream");
      }
      return SearchAnswerReader.many(exchange.getReader());
    } catch (FlightRuntimeException e) {
      throw ClientErrors.translate(e);
    }
  }

  /** Ends the stream; answers that were not read are lost. */
  @Override
  public void close() {
    try (root) {
      if (!complete) {
        exchange
            .getWriter()
            .error(CallStatus.CANCELLED.withDescription("closed").toRuntimeException());
      }
      ClientErrors.close(exchange);
    }
  }
}
