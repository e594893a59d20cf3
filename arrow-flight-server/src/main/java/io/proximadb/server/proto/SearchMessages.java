package io.proximadb.server.proto;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import io.proximadb.api.Fusion;
import io.proximadb.api.GroupedRequest;
import io.proximadb.api.GroupedResponse;
import io.proximadb.api.HybridRequest;
import io.proximadb.api.HybridResponse;
import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.BoundFilter;
import io.proximadb.filter.Filter;
import io.proximadb.filter.FilterJson;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.RecordValidator;
import io.proximadb.model.SparseVector;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.VectorField;
import io.proximadb.proto.v1.Group;
import io.proximadb.proto.v1.GroupedSearchRequest;
import io.proximadb.proto.v1.GroupedSearchResponse;
import io.proximadb.proto.v1.Hit;
import io.proximadb.proto.v1.HybridHit;
import io.proximadb.proto.v1.HybridPart;
import io.proximadb.proto.v1.HybridPlace;
import io.proximadb.proto.v1.HybridSearchRequest;
import io.proximadb.proto.v1.HybridSearchResponse;
import io.proximadb.proto.v1.Vector;
import io.proximadb.server.arrow.OutputColumns;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Searches and their answers, from and to their messages; what is wrong is told by its field. */
public final class SearchMessages {
  /** Most bytes of vectors in one answer: it is in memory whole, as message and as text. */
  public static final long MAX_ANSWER_VECTOR_BYTES = 32L << 20;

  private SearchMessages() {}

  /**
   * Reads a search.
   *
   * @param prefix where the message stands in the request: empty, or a path that ends with a dot
   * @throws InvalidFieldException if something of it is not valid, or does not fit the schema
   */
  public static SearchRequest fromMessage(
      io.proximadb.proto.v1.SearchRequest message, CollectionSchema schema, String prefix) {
    VectorField field = field(message.getField(), schema, prefix + "field");
    boolean sparse = message.hasSparse();
    float[] vector = RecordMessages.floats(message.getVectorList());
    SparseVector sparseVector = query(field, vector, message.getSparse(), sparse, prefix);
    List<String> columns = columns(message.getColumnsList(), schema, prefix);
    SearchRequest search =
        InvalidFieldException.at(
            prefix + "k",
            () ->
                new SearchRequest(
                    vector,
                    message.getK(),
                    field.name(),
                    filter(message.getFilter(), message.getFilterJson(), schema, prefix),
                    columns,
                    minSequence(message.getMinSequence(), prefix),
                    SearchRequest.EXACT,
                    sparseVector));
    checkBytes(schema, columns, message.getK(), prefix);
    if (message.getClusters() != 0) {
      SearchRequest all = search;
      search =
          InvalidFieldException.at(prefix + "clusters", () -> all.clusters(message.getClusters()));
    }
    if (message.hasRecall()) {
      SearchRequest usual = search;
      search = InvalidFieldException.at(prefix + "recall", () -> usual.recall(message.getRecall()));
    }
    if (message.getEffort() != 0) {
      SearchRequest byRecall = search;
      search =
          InvalidFieldException.at(prefix + "effort", () -> byRecall.effort(message.getEffort()));
    }
    if (message.hasWithin()) {
      SearchRequest any = search;
      search = InvalidFieldException.at(prefix + "within", () -> any.within(message.getWithin()));
    }
    return message.getExact() ? search.exactly() : search;
  }

  private static VectorField field(String name, CollectionSchema schema, String path) {
    if (name.isEmpty()) {
      return schema.defaultVectorField();
    }
    return schema
        .vectorField(name)
        .or(() -> schema.sparseField(name))
        .orElseThrow(
            () ->
                InvalidFieldException.of(
                    path,
                    "Invalid vector field: '"
                        + name
                        + "' (expected one of "
                        + schema.allVectorFields().stream().map(VectorField::name).toList()
                        + ")"));
  }

  private static @Nullable SparseVector query(
      VectorField field, float[] vector, Vector sparse, boolean isSparse, String prefix) {
    if (isSparse && vector.length > 0) {
      throw InvalidFieldException.of(
          prefix + "sparse",
          "Invalid query: both a dense and a sparse vector (expected the one that the field '"
              + field.name()
              + "' is of)");
    }
    if (field.isSparse() != isSparse) {
      throw InvalidFieldException.of(
          prefix + (isSparse ? "sparse" : "vector"),
          "Invalid query: the field '"
              + field.name()
              + "' is "
              + field.kind()
              + " (expected "
              + (field.isSparse() ? "sparse, with indices and values" : "vector")
              + ")");
    }
    if (!isSparse) {
      return InvalidFieldException.<@Nullable SparseVector>at(
          prefix + "vector",
          () -> {
            RecordValidator.checkVector(field, vector, "query");
            return null;
          });
    }
    return InvalidFieldException.at(
        prefix + "sparse",
        () -> {
          SparseVector query = RecordMessages.sparse(sparse);
          RecordValidator.checkSparse(field, query, "query");
          return query;
        });
  }

  /** A number of the log that a read is to have seen. */
  public static long minSequence(long sequence, String prefix) {
    if (sequence < 0) {
      throw InvalidFieldException.of(
          prefix + "minSequence",
          "Invalid sequence: " + sequence + " (expected 0, or that of a write)");
    }
    return sequence;
  }

  /** The columns of an answer to a search, without the id, which is in every answer. */
  private static List<String> columns(List<String> named, CollectionSchema schema, String prefix) {
    List<String> columns =
        named.isEmpty()
            ? OutputColumns.metadata(schema)
            : named.stream().filter(name -> !name.equals(SystemColumns.ID)).toList();
    InvalidFieldException.at(
        prefix + "columns", () -> OutputColumns.fields(schema, columns).size());
    return columns;
  }

  private static void checkBytes(
      CollectionSchema schema, List<String> columns, long rows, String prefix) {
    long bytes = rows * rowBytes(schema, columns);
    if (bytes > MAX_ANSWER_VECTOR_BYTES) {
      throw InvalidFieldException.of(
          prefix + "k",
          "Invalid k: "
              + rows
              + " rows with vectors of "
              + bytes
              + " bytes (expected at most "
              + MAX_ANSWER_VECTOR_BYTES
              + "; ask for fewer rows or columns, or over Flight)");
    }
  }

  /** Bytes of a row's dense vectors. */
  public static long rowBytes(CollectionSchema schema, List<String> columns) {
    return columns.stream()
        .flatMap(column -> schema.vectorField(column).stream())
        .mapToLong(field -> (long) field.dimension() * Float.BYTES)
        .sum();
  }

  /** A filter, as an object or as text. */
  public static Filter filter(Struct filter, String json, CollectionSchema schema, String prefix) {
    if (filter.getFieldsCount() > 0 && !json.isBlank()) {
      throw InvalidFieldException.of(
          prefix + "filterJson", "Invalid filter: given twice (expected filter or filterJson)");
    }
    return InvalidFieldException.at(
        prefix + (json.isBlank() ? "filter" : "filterJson"),
        () -> {
          Filter parsed =
              !json.isBlank()
                  ? FilterJson.parse(json)
                  : filter.getFieldsCount() == 0
                      ? Filter.alwaysTrue()
                      : FilterJson.parse(text(filter, schema));
          BoundFilter.bind(parsed, schema);
          return parsed;
        });
  }

  private static String text(Struct filter, CollectionSchema schema) {
    filter.getFieldsMap().forEach((name, value) -> checkExact(name, value, schema));
    try {
      return JsonFormat.printer().omittingInsignificantWhitespace().print(filter);
    } catch (com.google.protobuf.InvalidProtocolBufferException | IllegalArgumentException e) {
      throw new InvalidArgumentException(
          "Invalid filter: it is not JSON (expected finite numbers)", e);
    }
  }

  /**
   * A number of an object is a double: as a whole number it may be another one than was meant, from
   * 2^53 on, and the filter would let the wrong rows pass.
   */
  private static void checkExact(String column, Value value, CollectionSchema schema) {
    switch (value.getKindCase()) {
      case STRUCT_VALUE ->
          value
              .getStructValue()
              .getFieldsMap()
              .forEach(
                  (name, inner) -> checkExact(name.startsWith("$") ? column : name, inner, schema));
      case LIST_VALUE ->
          value.getListValue().getValuesList().forEach(each -> checkExact(column, each, schema));
      case NUMBER_VALUE -> {
        boolean real =
            schema
                .metadataField(column)
                .filter(
                    field ->
                        field.type() == FieldType.Scalar.DOUBLE
                            || field.type() == FieldType.Scalar.FLOAT)
                .isPresent();
        if (!real && Math.abs(value.getNumberValue()) >= ValueMessages.EXACT_BELOW) {
          throw new InvalidArgumentException(
              "Invalid filter: the number "
                  + value.getNumberValue()
                  + " (expected one below 2^53, or the filter as text, in filterJson)");
        }
      }
      case NULL_VALUE, STRING_VALUE, BOOL_VALUE, KIND_NOT_SET -> {}
    }
  }

  /** The message of an answer. */
  public static io.proximadb.proto.v1.SearchResponse toMessage(
      SearchResponse response, CollectionSchema schema) {
    return toMessage(response, schema, new AnswerBytes());
  }

  /**
   * The message of an answer that is a part of a larger one.
   *
   * @param bytes of all of it
   */
  public static io.proximadb.proto.v1.SearchResponse toMessage(
      SearchResponse response, CollectionSchema schema, AnswerBytes bytes) {
    var message =
        io.proximadb.proto.v1.SearchResponse.newBuilder()
            .setAnswer(CollectionMessages.toMessage(response));
    response.hits().forEach(hit -> message.addHits(bytes.add(toMessage(hit, schema))));
    return message.build();
  }

  private static Hit toMessage(SearchHit hit, CollectionSchema schema) {
    Map<String, Value> plain = new LinkedHashMap<>();
    Map<String, Vector> vectors = new LinkedHashMap<>();
    RecordMessages.putFields(hit.fields(), schema, plain, vectors);
    return Hit.newBuilder()
        .setId(hit.id())
        .setDistance(hit.distance())
        .setFields(Struct.newBuilder().putAllFields(plain))
        .putAllVectors(vectors)
        .build();
  }

  /** Reads a hybrid search. */
  public static HybridRequest fromMessage(HybridSearchRequest message, CollectionSchema schema) {
    List<HybridRequest.Part> parts = new ArrayList<>();
    for (HybridPart part : message.getPartsList()) {
      parts.add(part(part, schema, "parts[" + parts.size() + "]."));
    }
    List<String> columns = columns(message.getColumnsList(), schema, "");
    checkBytes(schema, columns, message.getK(), "");
    Filter filter = filter(message.getFilter(), message.getFilterJson(), schema, "");
    Fusion fusion =
        InvalidFieldException.at(
            "fusion",
            () ->
                switch (message.getFusion().getFusionCase()) {
                  case RECIPROCAL_RANK ->
                      new Fusion.ReciprocalRank(message.getFusion().getReciprocalRank());
                  case WEIGHTED_DISTANCES -> Fusion.weightedDistances();
                  case FUSION_NOT_SET -> Fusion.reciprocalRank();
                });
    return InvalidFieldException.at(
        parts.isEmpty() || parts.size() > HybridRequest.MAX_PARTS ? "parts" : "k",
        () ->
            new HybridRequest(
                parts,
                message.getK(),
                fusion,
                filter,
                columns,
                minSequence(message.getMinSequence(), "")));
  }

  private static HybridRequest.Part part(
      HybridPart message, CollectionSchema schema, String prefix) {
    VectorField field = field(message.getField(), schema, prefix + "field");
    float[] vector = RecordMessages.floats(message.getVectorList());
    SparseVector sparse = query(field, vector, message.getSparse(), message.hasSparse(), prefix);
    HybridRequest.Part part =
        new HybridRequest.Part(vector, sparse, field.name(), HybridRequest.DEFAULT_DEPTH, 1);
    if (message.getDepth() != 0) {
      HybridRequest.Part usual = part;
      part = InvalidFieldException.at(prefix + "depth", () -> usual.depth(message.getDepth()));
    }
    if (message.hasWeight()) {
      HybridRequest.Part usual = part;
      part = InvalidFieldException.at(prefix + "weight", () -> usual.weight(message.getWeight()));
    }
    return part;
  }

  /** The message of an answer to a hybrid search. */
  public static HybridSearchResponse toMessage(HybridResponse response, CollectionSchema schema) {
    HybridSearchResponse.Builder message = HybridSearchResponse.newBuilder();
    AnswerBytes bytes = new AnswerBytes();
    for (HybridResponse.Hit hit : response.hits()) {
      Map<String, Value> plain = new LinkedHashMap<>();
      Map<String, Vector> vectors = new LinkedHashMap<>();
      RecordMessages.putFields(hit.fields(), schema, plain, vectors);
      HybridHit.Builder fused =
          HybridHit.newBuilder()
              .setId(hit.id())
              .setScore(hit.score())
              .setFields(Struct.newBuilder().putAllFields(plain))
              .putAllVectors(vectors);
      for (HybridResponse.@Nullable Place place : hit.places()) {
        fused.addPlaces(
            place == null
                ? HybridPlace.getDefaultInstance()
                : HybridPlace.newBuilder()
                    .setRank(place.rank())
                    .setDistance(place.distance())
                    .build());
      }
      message.addHits(bytes.add(fused.build()));
    }
    response.parts().forEach(part -> message.addParts(CollectionMessages.toMessage(part)));
    return message.build();
  }

  /** Reads a grouped search. */
  public static GroupedRequest fromMessage(GroupedSearchRequest message, CollectionSchema schema) {
    SearchRequest search = fromMessage(message.getSearch(), schema, "search.");
    checkBytes(
        schema,
        columns(message.getSearch().getColumnsList(), schema, "search."),
        (long) message.getSearch().getK() * message.getPerGroup(),
        "search.");
    return InvalidFieldException.at(
        search.k() > GroupedRequest.MAX_GROUPS ? "search.k" : "perGroup",
        () -> new GroupedRequest(search, message.getColumn(), message.getPerGroup()));
  }

  /** The message of an answer to a grouped search. */
  public static GroupedSearchResponse toMessage(GroupedResponse response, CollectionSchema schema) {
    GroupedSearchResponse.Builder message =
        GroupedSearchResponse.newBuilder().setSearches(response.searches());
    AnswerBytes bytes = new AnswerBytes();
    for (GroupedResponse.Group group : response.groups()) {
      Group.Builder part = Group.newBuilder().setValue(ValueMessages.toMessage(group.value()));
      group.hits().forEach(hit -> part.addHits(bytes.add(toMessage(hit, schema))));
      message.addGroups(part);
    }
    return message.build();
  }
}
