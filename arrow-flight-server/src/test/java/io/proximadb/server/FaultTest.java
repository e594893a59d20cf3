package io.proximadb.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.proximadb.ProximaEngine;
import io.proximadb.api.Collection;
import io.proximadb.api.EngineOptions;
import io.proximadb.api.ScanRequest;
import io.proximadb.api.ScanResult;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.client.ProximaFlightClient;
import io.proximadb.client.SearchQuery;
import io.proximadb.error.ErrorKind;
import io.proximadb.error.ProximaException;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.model.column.FloatVectorColumn;
import io.proximadb.proto.v1.PutMode;
import io.proximadb.proto.v1.ScanTicket;
import io.proximadb.server.flight.FlightLimits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.function.UnaryOperator;
import org.apache.arrow.flight.AsyncPutListener;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Readers that go away or stall, engines that fail, limits that are reached. */
class FaultTest {
  private static final int BATCH_ROWS = 65_536;

  @TempDir Path warehouse;
  private ProximaEngine engine;
  private RunningServer server;

  @BeforeEach
  void start() {
    engine = ProximaEngine.open(EngineOptions.local(warehouse));
    engine.createCollection(Samples.DOCS, Samples.DOCS_SCHEMA).upsert(Samples.docs(0, 10));
  }

  @AfterEach
  void stop() throws Exception {
    // Fails if a call leaked Arrow memory.
    server.close();
    engine.close();
  }

  private void serve(UnaryOperator<Collection> wrapper, FlightLimits limits) {
    server = RunningServer.limited(new WrappedEngine(EngineAccess.of(engine), wrapper), limits);
  }

  /** A scan without end, a mebibyte at a time. */
  private static final class EndlessScan implements ScanResult {
    private final AtomicInteger batches = new AtomicInteger();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final IntConsumer beforeBatch;

    EndlessScan(IntConsumer beforeBatch) {
      this.beforeBatch = beforeBatch;
    }

    UnaryOperator<Collection> in() {
      return collection ->
          new WrappedEngine.Forwarding(collection) {
            @Override
            public ScanResult scan(ScanRequest request) {
              return EndlessScan.this;
            }
          };
    }

    @Override
    public OptionalLong snapshotId() {
      return OptionalLong.of(17);
    }

    @Override
    public long sequence() {
      return 4;
    }

    @Override
    public boolean hasNext() {
      return true;
    }

    @Override
    public ColumnBatch next() {
      assertThat(closed).isFalse();
      beforeBatch.accept(batches.incrementAndGet());
      return new ColumnBatch(
          BATCH_ROWS, Map.of("vector", new FloatVectorColumn(4, new float[BATCH_ROWS * 4])));
    }

    @Override
    public void close() {
      closed.set(true);
    }
  }

  private FlightStream scan(FlightClient flight) {
    return flight.getStream(
        RunningServer.ticket(
            ScanTicket.newBuilder().setCollection("docs").addColumns("vector").setBatchRows(100)));
  }

  @Test
  void aReaderThatGoesAwayEndsItsScan() throws Exception {
    EndlessScan endless = new EndlessScan(batch -> {});
    serve(endless.in(), FlightLimits.defaults());
    FlightStream stream = scan(server.flight());
    for (int i = 0; i < 20; i++) {
      assertThat(stream.next()).isTrue();
    }
    stream.close();

    await().untilTrue(endless.closed);
    await().until(() -> server.client().status().getRunningScans() == 0);
    await().until(() -> server.server().arrowBytes() == 0);
  }

  @Test
  void aReaderThatStallsIsNotFedAndIsLetGo() throws Exception {
    EndlessScan endless = new EndlessScan(batch -> {});
    serve(endless.in(), FlightLimits.defaults().withMaxReaderStall(Duration.ofMillis(300)));
    try (FlightStream stream = scan(server.flight())) {
      assertThat(stream.next()).isTrue();

      await().untilTrue(endless.closed);
      // What fits the windows of both sides, far from what a minute of copying would give.
      assertThat(endless.batches.get()).isLessThan(40);
      assertThatThrownBy(
              () -> {
                while (stream.next()) {}
              })
          .isInstanceOfSatisfying(
              FlightRuntimeException.class,
              e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.TIMED_OUT))
          .hasMessageContaining("its reader took nothing for PT0.3S");
    }
  }

  @Test
  void aServerThatClosesEndsScansUnderWay() throws Exception {
    EndlessScan endless = new EndlessScan(batch -> {});
    server =
        RunningServer.start(
            new WrappedEngine(EngineAccess.of(engine), endless.in()),
            ServerOptions.insecure().withShutdownGrace(Duration.ofMillis(50)));
    FlightStream stream = scan(server.flight());
    assertThat(stream.next()).isTrue();

    server.server().close();

    assertThat(endless.closed).isTrue();
    assertThatThrownBy(
            () -> {
              while (stream.next()) {}
            })
        .isInstanceOf(FlightRuntimeException.class);
    stream.close();
  }

  @ParameterizedTest
  @EnumSource(ErrorKind.class)
  void scansThatFailOnTheWayTellWhy(ErrorKind kind) throws Exception {
    EndlessScan failing =
        new EndlessScan(
            batch -> {
              if (batch == 3) {
                throw new ProximaException(kind, "Cannot go on: the third batch is cursed");
              }
            });
    serve(failing.in(), FlightLimits.defaults());
    try (FlightStream stream = scan(server.flight())) {
      assertThatThrownBy(
              () -> {
                while (stream.next()) {}
              })
          .isInstanceOf(FlightRuntimeException.class)
          .hasMessageContaining(told(kind, "Cannot go on: the third batch is cursed"));
    }
    await().untilTrue(failing.closed);
  }

  @Test
  void unforeseenErrorsEndTheScanToo() throws Exception {
    EndlessScan failing =
        new EndlessScan(
            batch -> {
              throw new IllegalStateException("nobody thought of this");
            });
    serve(failing.in(), FlightLimits.defaults());
    try (FlightStream stream = scan(server.flight())) {
      assertThatThrownBy(stream::next)
          .isInstanceOfSatisfying(
              FlightRuntimeException.class,
              e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.INTERNAL));
    }
    await().untilTrue(failing.closed);
  }

  @ParameterizedTest
  @EnumSource(ErrorKind.class)
  void everyKindOfErrorReachesTheClientAsItself(ErrorKind kind) {
    serve(
        collection ->
            new WrappedEngine.Forwarding(collection) {
              @Override
              public SearchResponse search(SearchRequest request) {
                throw new ProximaException(kind, "Cannot search: ünlucky (k=" + request.k() + ")");
              }
            },
        FlightLimits.defaults());
    ProximaFlightClient client = server.client();
    SearchQuery query = SearchQuery.nearest(new float[] {1, 2, 3, 4}, 13);

    assertThatThrownBy(() -> client.search(Samples.DOCS, query))
        .isInstanceOfSatisfying(ProximaException.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .hasMessage(told(kind, "Cannot search: ünlucky (k=13)"));
  }

  /** What damage says is not for clients, since it names files. */
  private static String told(ErrorKind kind, String message) {
    return kind == ErrorKind.CORRUPT
        ? "Cannot read stored data: it is damaged (the server's log names the file)"
        : message;
  }

  @Test
  void scansOverTheLimitAreRefusedUntilOneEnds() throws Exception {
    EndlessScan endless = new EndlessScan(batch -> {});
    serve(endless.in(), FlightLimits.defaults().withMaxCalls(1, 1, 1));
    FlightClient flight = server.flight();
    FlightStream first = scan(flight);
    assertThat(first.next()).isTrue();

    try (FlightStream second = scan(flight)) {
      assertThatThrownBy(second::next)
          .isInstanceOfSatisfying(
              FlightRuntimeException.class,
              e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.RESOURCE_EXHAUSTED))
          .hasMessage("Cannot start scan: too many run at once (limit=1)");
    }
    first.close();
    await().until(() -> server.client().status().getRunningScans() == 0);
    endless.closed.set(false);
    try (FlightStream third = scan(flight)) {
      assertThat(third.next()).isTrue();
    }
  }

  @Test
  void putStreamsOverTheLimitAreRefused() throws Exception {
    serve(UnaryOperator.identity(), FlightLimits.defaults().withMaxCalls(1, 1, 1));
    FlightClient flight = server.flight();
    ProximaFlightClient client = server.client();
    try (VectorSchemaRoot batch =
        Batches.records(server.allocator(), "x", new float[] {1, 2, 3, 4})) {
      FlightClient.ClientStreamListener open =
          flight.startPut(
              RunningServer.put("docs", PutMode.PUT_MODE_UPSERT), batch, new AsyncPutListener());
      await().until(() -> client.status().getOpenPuts() == 1);

      assertThatThrownBy(
              () ->
                  Batches.put(
                      flight,
                      "docs",
                      PutMode.PUT_MODE_UPSERT,
                      Batches.records(server.allocator(), "y", new float[] {1, 2, 3, 4})))
          .isInstanceOfSatisfying(
              FlightRuntimeException.class,
              e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.RESOURCE_EXHAUSTED))
          .hasMessageContaining("Cannot start put stream: too many run at once (limit=1)");
      open.completed();
      open.getResult();
    }
    assertThat(client.get(Samples.DOCS, List.of("y"))).isEmpty();
  }

  @Test
  void batchesOverTheMemoryOfACallAreRefused() throws Exception {
    EndlessScan endless = new EndlessScan(batch -> {});
    serve(endless.in(), FlightLimits.defaults().withMaxScanBytes(64 << 10));
    try (FlightStream stream = scan(server.flight())) {
      assertThatThrownBy(stream::next)
          .isInstanceOfSatisfying(
              FlightRuntimeException.class,
              e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.RESOURCE_EXHAUSTED))
          .hasMessageContaining("ask for fewer rows or columns");
    }
    await().untilTrue(endless.closed);
  }

  @Test
  void aWriterThatGoesAwayLeavesWhatWasAcknowledged() throws Exception {
    serve(UnaryOperator.identity(), FlightLimits.defaults());
    ProximaFlightClient writer = ProximaFlightClient.connect(server.server().location(), null);
    writer.upsert(Samples.DOCS, Samples.docs(10, 20));
    var stream = writer.writer(Samples.DOCS, PutMode.PUT_MODE_UPSERT);
    stream.write(Samples.docs(20, 30));
    assertThat(server.client().status().getOpenPuts()).isEqualTo(1);
    stream.abandon();
    writer.close();

    await().until(() -> server.client().status().getOpenPuts() == 0);
    assertThat(server.client().get(Samples.DOCS, List.of("doc-15", "doc-29"))).hasSize(2);
  }
}
