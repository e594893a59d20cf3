package io.proximadb.client;

import com.google.protobuf.InvalidProtocolBufferException;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchResponse;
import io.proximadb.error.UnavailableException;
import io.proximadb.model.SparseVector;
import io.proximadb.model.SystemColumns;
import io.proximadb.proto.v1.SearchAnswer;
import io.proximadb.proto.v1.SearchAnswers;
import io.proximadb.proto.v1.SearchTicket;
import io.proximadb.proto.v1.SparseQuery;
import io.proximadb.server.arrow.OutputColumns;
import io.proximadb.server.arrow.RowReader;
import io.proximadb.server.proto.CollectionMessages;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.memory.ArrowBuf;
import org.jspecify.annotations.Nullable;

/** Searches as tickets, and the batches that answer them. */
final class SearchAnswerReader {
  private SearchAnswerReader() {}

  /** The ticket of a query, which may lack its vector. */
  static SearchTicket.Builder ticket(String collection, SearchQuery query) {
    SearchTicket.Builder ticket =
        SearchTicket.newBuilder()
            .setCollection(collection)
            .setK(query.k())
            .setField(query.field())
            .setFilterJson(query.filterJson())
            .setMinSequence(query.minSequence())
            .addAllColumns(query.columns());
    for (float component : query.vector()) {
      ticket.addVector(component);
    }
    if (query.recall() != 0) {
      ticket.setRecall(query.recall());
    }
    SparseVector sparse = query.sparse();
    if (sparse != null) {
      ticket.setSparse(message(sparse));
    }
    return ticket;
  }

  private static SparseQuery message(SparseVector sparse) {
    SparseQuery.Builder message = SparseQuery.newBuilder();
    for (int i = 0; i < sparse.count(); i++) {
      message.addIndices(sparse.index(i)).addValues(sparse.value(i));
    }
    return message.build();
  }

  /** The answer that a stream's current batch is. */
  static SearchResponse one(FlightStream stream) {
    try {
      SearchAnswer answer = SearchAnswer.parseFrom(metadata(stream));
      List<SearchHit> hits = new ArrayList<>();
      for (Map<String, @Nullable Object> row : RowReader.rows(stream.getRoot())) {
        hits.add(hit(row));
      }
      return response(answer, hits);
    } catch (InvalidProtocolBufferException e) {
      throw damaged(e);
    }
  }

  /** The answers that a stream's current batch is, by the numbers of their queries. */
  static List<SearchResponse> many(FlightStream stream) {
    try {
      SearchAnswers answers = SearchAnswers.parseFrom(metadata(stream));
      List<List<SearchHit>> hits = new ArrayList<>();
      answers.getAnswersList().forEach(answer -> hits.add(new ArrayList<>()));
      for (Map<String, @Nullable Object> row : RowReader.rows(stream.getRoot())) {
        Object query = row.remove(OutputColumns.QUERY);
        int number = query instanceof Integer known ? known : -1;
        if (number < 0 || number >= hits.size()) {
          throw new UnavailableException(
              "Cannot read answer to search: a hit of query " + query + " of " + hits.size());
        }
        hits.get(number).add(hit(row));
      }
      List<SearchResponse> responses = new ArrayList<>();
      for (int query = 0; query < hits.size(); query++) {
        responses.add(response(answers.getAnswers(query), hits.get(query)));
      }
      return responses;
    } catch (InvalidProtocolBufferException e) {
      throw damaged(e);
    }
  }

  private static UnavailableException damaged(InvalidProtocolBufferException e) {
    return new UnavailableException("Cannot read answer to search: its facts are damaged", e);
  }

  private static byte[] metadata(FlightStream stream) {
    ArrowBuf metadata = stream.getLatestMetadata();
    if (metadata == null) {
      // Of no bytes: facts of no queries.
      return new byte[0];
    }
    byte[] bytes = new byte[Math.toIntExact(metadata.readableBytes())];
    metadata.getBytes(metadata.readerIndex(), bytes);
    return bytes;
  }

  private static SearchHit hit(Map<String, @Nullable Object> row) {
    String id = String.valueOf(row.remove(SystemColumns.ID));
    Object distance = row.remove(OutputColumns.DISTANCE);
    return new SearchHit(id, distance instanceof Double d ? d : Double.NaN, row);
  }

  private static SearchResponse response(SearchAnswer answer, List<SearchHit> hits) {
    return new SearchResponse(
        hits,
        CollectionMessages.snapshotId(answer),
        answer.getSequence(),
        answer.getRowsScannedExactly(),
        answer.getRowsCoveredByIndex(),
        CollectionMessages.recall(answer),
        answer.getStrategy());
  }
}
