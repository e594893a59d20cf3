package io.proximadb.server.operations;

import static io.proximadb.server.operations.CollectionOperations.collection;

import io.proximadb.api.Collection;
import io.proximadb.api.GroupedRequest;
import io.proximadb.api.SearchExplanation;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.proto.v1.BatchSearchRequest;
import io.proximadb.proto.v1.BatchSearchResponse;
import io.proximadb.proto.v1.ExplainSearchRequest;
import io.proximadb.proto.v1.ExplainSearchResponse;
import io.proximadb.proto.v1.GroupedSearchRequest;
import io.proximadb.proto.v1.GroupedSearchResponse;
import io.proximadb.proto.v1.HybridSearchRequest;
import io.proximadb.proto.v1.HybridSearchResponse;
import io.proximadb.proto.v1.SearchRequest;
import io.proximadb.proto.v1.SearchResponse;
import io.proximadb.server.auth.Role;
import io.proximadb.server.proto.AnswerBytes;
import io.proximadb.server.proto.InvalidFieldException;
import io.proximadb.server.proto.SearchMessages;
import java.util.ArrayList;
import java.util.List;

/** Operations that look for the nearest records. */
final class SearchOperations {
  /** Hits of a batch together, each of which is a message of its own. */
  static final int MAX_BATCH_HITS = 50_000;

  private SearchOperations() {}

  static void addTo(Operations operations) {
    operations.add(
        "Search",
        Role.READ,
        "the nearest records that pass a filter",
        SearchRequest.getDefaultInstance(),
        SearchResponse.getDefaultInstance(),
        SearchOperations::search);
    operations.add(
        "BatchSearch",
        Role.READ,
        "several searches of one state",
        BatchSearchRequest.getDefaultInstance(),
        BatchSearchResponse.getDefaultInstance(),
        SearchOperations::batch);
    operations.add(
        "HybridSearch",
        Role.READ,
        "several queries whose rankings are fused",
        HybridSearchRequest.getDefaultInstance(),
        HybridSearchResponse.getDefaultInstance(),
        SearchOperations::hybrid);
    operations.add(
        "GroupedSearch",
        Role.READ,
        "the best groups by the value of a column",
        GroupedSearchRequest.getDefaultInstance(),
        GroupedSearchResponse.getDefaultInstance(),
        SearchOperations::grouped);
    operations.add(
        "ExplainSearch",
        Role.READ,
        "why a record is in an answer, or is not",
        ExplainSearchRequest.getDefaultInstance(),
        ExplainSearchResponse.getDefaultInstance(),
        SearchOperations::explain);
  }

  private static SearchResponse search(Operation.Call call, SearchRequest request) {
    Collection collection = collection(call, request.getCollection());
    try (ReadState state =
        ReadState.open(
            collection, request.hasReadAt(), request.getReadAt(), request.getMinSequence())) {
      CollectionSchema schema = state.schema();
      return SearchMessages.toMessage(
          state.search(SearchMessages.fromMessage(request, schema, "")), schema);
    }
  }

  private static BatchSearchResponse batch(Operation.Call call, BatchSearchRequest request) {
    Collection collection = collection(call, request.getCollection());
    CollectionSchema schema = collection.schema();
    if (request.getSearchesCount() < 1
        || request.getSearchesCount() > Collection.MAX_BATCH_REQUESTS) {
      throw InvalidFieldException.of(
          "searches",
          "Invalid number of searches: "
              + request.getSearchesCount()
              + " (expected 1 to "
              + Collection.MAX_BATCH_REQUESTS
              + ")");
    }
    List<io.proximadb.api.SearchRequest> searches = new ArrayList<>();
    long hits = 0;
    long bytes = 0;
    for (SearchRequest search : request.getSearchesList()) {
      String prefix = "searches[" + searches.size() + "].";
      checkPart(collection.name(), search, prefix);
      searches.add(SearchMessages.fromMessage(search, schema, prefix));
      hits += search.getK();
      bytes += search.getK() * SearchMessages.rowBytes(schema, search.getColumnsList());
    }
    if (hits > MAX_BATCH_HITS) {
      throw InvalidFieldException.of(
          "searches",
          "Invalid searches: for "
              + hits
              + " hits together (expected at most "
              + MAX_BATCH_HITS
              + ")");
    }
    if (bytes > SearchMessages.MAX_ANSWER_VECTOR_BYTES) {
      throw InvalidFieldException.of(
          "searches",
          "Invalid searches: answers with vectors of "
              + bytes
              + " bytes (expected at most "
              + SearchMessages.MAX_ANSWER_VECTOR_BYTES
              + ")");
    }
    BatchSearchResponse.Builder message = BatchSearchResponse.newBuilder();
    AnswerBytes size = new AnswerBytes();
    InvalidFieldException.at("searches", () -> collection.search(searches))
        .forEach(answer -> message.addAnswers(SearchMessages.toMessage(answer, schema, size)));
    return message.build();
  }

  /** A search within another request is of that one's collection, and of the newest state. */
  private static void checkPart(CollectionName name, SearchRequest search, String prefix) {
    if (!search.getCollection().isEmpty()
        && !CollectionOperations.name(search.getCollection()).equals(name)) {
      throw InvalidFieldException.of(
          prefix + "collection",
          "Invalid collection of a search: '"
              + search.getCollection()
              + "' (expected none, or '"
              + name
              + "')");
    }
    if (search.hasReadAt()) {
      throw InvalidFieldException.of(
          prefix + "readAt", "Invalid state to read: set here (expected none)");
    }
  }

  private static HybridSearchResponse hybrid(Operation.Call call, HybridSearchRequest request) {
    Collection collection = collection(call, request.getCollection());
    try (ReadState state =
        ReadState.open(
            collection, request.hasReadAt(), request.getReadAt(), request.getMinSequence())) {
      CollectionSchema schema = state.schema();
      return SearchMessages.toMessage(
          state.search(SearchMessages.fromMessage(request, schema)), schema);
    }
  }

  private static GroupedSearchResponse grouped(Operation.Call call, GroupedSearchRequest request) {
    Collection collection = collection(call, request.getCollection());
    CollectionSchema schema = collection.schema();
    checkPart(collection.name(), request.getSearch(), "search.");
    GroupedRequest search = SearchMessages.fromMessage(request, schema);
    return SearchMessages.toMessage(
        InvalidFieldException.at("column", () -> collection.search(search)), schema);
  }

  private static ExplainSearchResponse explain(Operation.Call call, ExplainSearchRequest request) {
    Collection collection = collection(call, request.getCollection());
    CollectionSchema schema = collection.schema();
    checkPart(collection.name(), request.getSearch(), "search.");
    io.proximadb.api.SearchRequest search =
        SearchMessages.fromMessage(request.getSearch(), schema, "search.");
    SearchExplanation explanation =
        InvalidFieldException.at("id", () -> collection.explain(search, request.getId()));
    ExplainSearchResponse.Builder message =
        ExplainSearchResponse.newBuilder()
            .setId(explanation.id())
            .setOutcome(explanation.outcome().name())
            .setReason(explanation.reason())
            .setResponse(SearchMessages.toMessage(explanation.response(), schema));
    explanation.distance().ifPresent(message::setDistance);
    explanation.rank().ifPresent(message::setRank);
    return message.build();
  }
}
