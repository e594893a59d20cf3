package io.proximadb.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import io.proximadb.api.CollectionInfo;
import io.proximadb.api.FlushResult;
import io.proximadb.api.SearchResponse;
import io.proximadb.api.WriteResult;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.UnavailableException;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.VectorField;
import io.proximadb.model.VectorRecord;
import io.proximadb.proto.v1.CreateCollectionRequest;
import io.proximadb.proto.v1.DescribeCollectionRequest;
import io.proximadb.proto.v1.DropCollectionRequest;
import io.proximadb.proto.v1.DropCollectionResponse;
import io.proximadb.proto.v1.FlushRequest;
import io.proximadb.proto.v1.FlushResponse;
import io.proximadb.proto.v1.GetTicket;
import io.proximadb.proto.v1.ListCollectionsRequest;
import io.proximadb.proto.v1.ListCollectionsResponse;
import io.proximadb.proto.v1.PutMode;
import io.proximadb.proto.v1.ScanTicket;
import io.proximadb.proto.v1.SearchTicket;
import io.proximadb.proto.v1.StatusResponse;
import io.proximadb.server.proto.CollectionMessages;
import io.proximadb.server.proto.SchemaMessages;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.CallOption;
import org.apache.arrow.flight.FlightCallHeaders;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.HeaderCallOption;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.Result;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a Flight server, in the terms of the data model. Safe for use by several threads.
 *
 * <p>What the engine refuses comes back as the {@link io.proximadb.error.ProximaException} it
 * threw; what Flight itself refuses, a missing key for instance, as {@link FlightRuntimeException}.
 */
public final class ProximaFlightClient implements AutoCloseable {
  /** What a sparse vector takes, roughly: a hundred components. */
  private static final int SPARSE_BYTES = 800;

  /** What a batch that {@link #upsert} sends should weigh: 16 MiB of vectors. */
  private static final long TARGET_BATCH_BYTES = 16L << 20;

  private static final int MAX_BATCH_ROWS = 10_000;

  private final BufferAllocator allocator;
  private final FlightClient client;
  private final CallOption[] options;

  private ProximaFlightClient(
      BufferAllocator allocator, FlightClient client, CallOption[] options) {
    this.allocator = allocator;
    this.client = client;
    this.options = options;
  }

  /**
   * Connects in clear.
   *
   * @param apiKey the key to send with every call, or null to send none
   */
  public static ProximaFlightClient connect(String host, int port, @Nullable String apiKey) {
    return connect(Location.forGrpcInsecure(host, port), apiKey);
  }

  /** Connects by TLS, trusting these certificates (PEM) alone. */
  public static ProximaFlightClient connect(
      Location location, @Nullable String apiKey, InputStream trustedCertificates) {
    BufferAllocator allocator = new RootAllocator();
    FlightClient client =
        FlightClient.builder(allocator, location).trustedCertificates(trustedCertificates).build();
    return new ProximaFlightClient(allocator, client, options(apiKey));
  }

  /**
   * Connects by TLS, trusting these certificates (PEM) alone, and proving by one of its own who it
   * is.
   *
   * @param certificate PEM of the client's certificate chain
   * @param key PEM of its private key, PKCS #8
   */
  public static ProximaFlightClient connect(
      Location location,
      @Nullable String apiKey,
      InputStream trustedCertificates,
      InputStream certificate,
      InputStream key) {
    BufferAllocator allocator = new RootAllocator();
    FlightClient client =
        FlightClient.builder(allocator, location)
            .trustedCertificates(trustedCertificates)
            .clientCertificate(certificate, key)
            .build();
    return new ProximaFlightClient(allocator, client, options(apiKey));
  }

  /** Connects to a location; TLS if its scheme says so, by the platform's trusted certificates. */
  public static ProximaFlightClient connect(Location location, @Nullable String apiKey) {
    BufferAllocator allocator = new RootAllocator();
    FlightClient client = FlightClient.builder(allocator, location).build();
    return new ProximaFlightClient(allocator, client, options(apiKey));
  }

  private static CallOption[] options(@Nullable String apiKey) {
    if (apiKey == null) {
      return new CallOption[0];
    }
    FlightCallHeaders headers = new FlightCallHeaders();
    headers.insert("authorization", "Bearer " + apiKey);
    return new CallOption[] {new HeaderCallOption(headers)};
  }

  /** Creates a collection. */
  public CollectionInfo create(CollectionName name, CollectionSchema schema) {
    return CollectionMessages.fromMessage(
        call(
            "create",
            CreateCollectionRequest.newBuilder()
                .setCollection(name.toString())
                .setSchema(SchemaMessages.toMessage(schema))
                .build(),
            io.proximadb.proto.v1.CollectionInfo.parser()));
  }

  /** A collection as it stands. */
  public CollectionInfo describe(CollectionName name) {
    return CollectionMessages.fromMessage(
        call(
            "describe",
            DescribeCollectionRequest.newBuilder().setCollection(name.toString()).build(),
            io.proximadb.proto.v1.CollectionInfo.parser()));
  }

  /** The collections of all namespaces. */
  public List<CollectionName> list() {
    return list(ListCollectionsRequest.getDefaultInstance());
  }

  /** The collections of a namespace. */
  public List<CollectionName> list(String namespace) {
    return list(ListCollectionsRequest.newBuilder().setNamespace(namespace).build());
  }

  private List<CollectionName> list(ListCollectionsRequest request) {
    return call("list", request, ListCollectionsResponse.parser()).getCollectionsList().stream()
        .map(CollectionName::parse)
        .toList();
  }

  /** Drops a collection with its files; false if there was none. */
  public boolean drop(CollectionName name) {
    return call(
            "drop",
            DropCollectionRequest.newBuilder().setCollection(name.toString()).build(),
            DropCollectionResponse.parser())
        .getDropped();
  }

  /** Writes everything acknowledged so far into the table. */
  public FlushResult flush(CollectionName name) {
    return CollectionMessages.fromMessage(
        call(
            "flush",
            FlushRequest.newBuilder().setCollection(name.toString()).build(),
            FlushResponse.parser()));
  }

  /** How the server does. */
  public StatusResponse status() {
    return call("status", StatusResponse.getDefaultInstance(), StatusResponse.parser());
  }

  private <M extends Message> M call(String action, Message request, Parser<M> parser) {
    try {
      Iterator<Result> results =
          client.doAction(new Action(action, request.toByteArray()), options);
      M answer = parser.parseFrom(results.next().getBody());
      while (results.hasNext()) {
        results.next();
      }
      return answer;
    } catch (FlightRuntimeException e) {
      throw ClientErrors.translate(e);
    } catch (InvalidProtocolBufferException e) {
      throw new UnavailableException("Cannot read answer to '" + action + "': not its message", e);
    }
  }

  /** Opens a stream of batches; PUT_MODE_DELETE for deletions. */
  public RecordWriter writer(CollectionName name, PutMode mode) {
    return new RecordWriter(client, allocator, name, describe(name).schema(), mode, options);
  }

  /** Adds records that must not be there, in batches of a size that suits the vectors. */
  public WriteResult insert(CollectionName name, List<VectorRecord> records) {
    return put(name, PutMode.PUT_MODE_INSERT, records);
  }

  /** Adds records or replaces them whole, in batches of a size that suits the vectors. */
  public WriteResult upsert(CollectionName name, List<VectorRecord> records) {
    return put(name, PutMode.PUT_MODE_UPSERT, records);
  }

  private WriteResult put(CollectionName name, PutMode mode, List<VectorRecord> records) {
    CollectionSchema schema = describe(name).schema();
    long floats = schema.vectorFields().stream().mapToLong(VectorField::dimension).sum();
    long bytes = 4 * floats + (long) SPARSE_BYTES * schema.sparseFields().size();
    int batch = (int) Math.max(1, Math.min(MAX_BATCH_ROWS, TARGET_BATCH_BYTES / bytes));
    try (RecordWriter writer = new RecordWriter(client, allocator, name, schema, mode, options)) {
      return inBatches(records, batch, writer::write);
    }
  }

  /** Deletes records by id; ids that are not live are fine. */
  public WriteResult delete(CollectionName name, List<String> ids) {
    try (RecordWriter writer = writer(name, PutMode.PUT_MODE_DELETE)) {
      return inBatches(ids, MAX_BATCH_ROWS, writer::delete);
    }
  }

  private static <T> WriteResult inBatches(
      List<T> items, int size, Function<List<T>, WriteResult> write) {
    int count = 0;
    long sequence = 0;
    for (int from = 0; from < items.size(); from += size) {
      WriteResult result = write.apply(items.subList(from, Math.min(items.size(), from + size)));
      count += result.count();
      sequence = result.sequence();
    }
    return new WriteResult(count, sequence);
  }

  /** The nearest records. */
  public SearchResponse search(CollectionName name, SearchQuery query) {
    return search(SearchAnswerReader.ticket(name.toString(), query), SearchAnswerReader::one);
  }

  /**
   * The nearest records to each of many vectors, all of one state: one call, one batch.
   *
   * @param common what the queries have in common; its vector is empty
   * @return the answers, in the order of the queries
   */
  public List<SearchResponse> search(
      CollectionName name, SearchQuery common, List<float[]> queries) {
    int floats = queries.stream().mapToInt(query -> query.length).sum();
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(floats, Float.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    FloatBuffer components = bytes.asFloatBuffer();
    queries.forEach(components::put);
    return search(
        SearchAnswerReader.ticket(name.toString(), common).setQueries(ByteString.copyFrom(bytes)),
        SearchAnswerReader::many);
  }

  /**
   * Opens a stream of batches of queries.
   *
   * @param common what the queries have in common; its vector is empty
   */
  public SearchStream searches(CollectionName name, SearchQuery common) {
    CollectionSchema schema = describe(name).schema();
    VectorField field =
        common.field().isEmpty()
            ? schema.defaultVectorField()
            : schema
                .vectorField(common.field())
                .orElseThrow(
                    () ->
                        new InvalidArgumentException(
                            "Invalid vector field: '"
                                + common.field()
                                + "' (expected a dense one of "
                                + name
                                + ")"));
    return new SearchStream(client, allocator, name.toString(), field, common, options);
  }

  private <T> T search(SearchTicket.Builder ticket, Function<FlightStream, T> read) {
    FlightStream stream = open(io.proximadb.proto.v1.Ticket.newBuilder().setSearch(ticket).build());
    try {
      if (!stream.next()) {
        throw new UnavailableException("Cannot read answer to search: it has no batch");
      }
      return read.apply(stream);
    } catch (FlightRuntimeException e) {
      throw ClientErrors.translate(e);
    } finally {
      ClientErrors.close(stream);
    }
  }

  /**
   * The live records of some ids, absent ones left out.
   *
   * @param columns what to return; none for id, all metadata, expiry and all vectors
   */
  public List<Map<String, @Nullable Object>> get(
      CollectionName name, List<String> ids, String... columns) {
    GetTicket.Builder ticket =
        GetTicket.newBuilder()
            .setCollection(name.toString())
            .addAllIds(ids)
            .addAllColumns(List.of(columns));
    List<Map<String, @Nullable Object>> rows = new ArrayList<>();
    try (RowStream stream =
        new RowStream(open(io.proximadb.proto.v1.Ticket.newBuilder().setGet(ticket).build()))) {
      stream.forEachRemaining(rows::add);
    }
    return rows;
  }

  /**
   * All records that pass a filter, at one snapshot.
   *
   * @param filterJson a JSON filter; empty for all
   * @param columns what to return; none for id, all metadata, expiry and all vectors
   */
  public RowStream scan(CollectionName name, String filterJson, String... columns) {
    ScanTicket.Builder ticket =
        ScanTicket.newBuilder()
            .setCollection(name.toString())
            .setFilterJson(filterJson)
            .addAllColumns(List.of(columns));
    return new RowStream(open(io.proximadb.proto.v1.Ticket.newBuilder().setScan(ticket).build()));
  }

  private FlightStream open(io.proximadb.proto.v1.Ticket ticket) {
    return client.getStream(new Ticket(ticket.toByteArray()), options);
  }

  @Override
  public void close() {
    try (allocator) {
      ClientErrors.close(client);
    }
  }
}
