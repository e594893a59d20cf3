package io.proximadb.server.flight;

import io.proximadb.api.SearchRequest;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.SparseVector;
import io.proximadb.model.VectorField;
import io.proximadb.server.arrow.QueryColumn;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;

/** Makes searches of the batches of queries of one stream. */
final class QueryReader {
  private final TicketSearch search;
  private final VectorField field;

  /**
   * A reader.
   *
   * @throws InvalidArgumentException if the stream does not have the one column that queries are
   *     in, or has it in a type that does not fit
   */
  QueryReader(TicketSearch search, Schema stream) {
    this.search = search;
    this.field = search.field();
    QueryColumn.check(field, stream);
  }

  /**
   * The searches of a batch; they share no memory with it.
   *
   * @throws InvalidArgumentException if there are too many, or a query is null or of another
   *     dimension
   */
  List<SearchRequest> read(VectorSchemaRoot batch) {
    search.checkCount(batch.getRowCount());
    List<SearchRequest> requests = new ArrayList<>(batch.getRowCount());
    if (field.isSparse()) {
      for (SparseVector query : QueryColumn.sparse(batch)) {
        requests.add(search.request(new float[0], query));
      }
    } else {
      for (float[] query : QueryColumn.dense(batch)) {
        requests.add(search.request(query, null));
      }
    }
    return requests;
  }
}
