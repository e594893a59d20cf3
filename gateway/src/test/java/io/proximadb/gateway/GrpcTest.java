package io.proximadb.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.StatusProto;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import io.proximadb.ProximaEngine;
import io.proximadb.api.EngineOptions;
import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Metric;
import io.proximadb.proto.v1.RecordsServiceGrpc;
import io.proximadb.proto.v1.SearchRequest;
import io.proximadb.proto.v1.SearchResponse;
import io.proximadb.proto.v1.SearchServiceGrpc;
import io.proximadb.proto.v1.WriteRecordsRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The contract over gRPC, through real sockets. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GrpcTest {
  private ProximaEngine engine;
  private RunningGateway server;
  private ManagedChannel channel;

  @BeforeAll
  void start(@TempDir Path folder) {
    engine = ProximaEngine.open(EngineOptions.local(folder));
    engine.createCollection(
        CollectionName.parse("docs"), CollectionSchema.builder().vector(2, Metric.COSINE).build());
    server = RunningGateway.secured(engine, folder);
    channel = server.channel("Bearer " + server.adminKey());
  }

  @AfterAll
  void stop() {
    server.close();
    engine.close();
  }

  private static io.proximadb.proto.v1.Record record(String id, float x, float y) {
    return io.proximadb.proto.v1.Record.newBuilder().setId(id).addVector(x).addVector(y).build();
  }

  @Test
  void whatIsWrittenIsFound() {
    long sequence =
        RecordsServiceGrpc.newBlockingStub(channel)
            .upsertRecords(
                WriteRecordsRequest.newBuilder()
                    .setCollection("docs")
                    .addRecords(record("a", 1, 0))
                    .addRecords(record("b", 0, 1))
                    .build())
            .getSequence();

    SearchResponse answer =
        SearchServiceGrpc.newBlockingStub(channel)
            .search(
                SearchRequest.newBuilder()
                    .setCollection("docs")
                    .addVector(1)
                    .addVector(0.1f)
                    .setK(1)
                    .setMinSequence(sequence)
                    .build());

    assertThat(answer.getHits(0).getId()).isEqualTo("a");
    assertThat(answer.getAnswer().getSequence()).isGreaterThanOrEqualTo(sequence);
  }

  @Test
  void errorsCarryReasonHintAndField() {
    assertThatThrownBy(
            () ->
                SearchServiceGrpc.newBlockingStub(channel)
                    .search(
                        SearchRequest.newBuilder()
                            .setCollection("docs")
                            .addVector(1)
                            .setK(1)
                            .build()))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              com.google.rpc.Status status = StatusProto.fromThrowable(e);
              try {
                ErrorInfo info = status.getDetails(0).unpack(ErrorInfo.class);
                assertThat(info.getReason()).isEqualTo("INVALID_ARGUMENT");
                assertThat(info.getMetadataMap()).containsEntry("hint", "expected 2");
                assertThat(
                        status
                            .getDetails(1)
                            .unpack(BadRequest.class)
                            .getFieldViolations(0)
                            .getField())
                    .isEqualTo("vector");
              } catch (com.google.protobuf.InvalidProtocolBufferException invalid) {
                throw new AssertionError(invalid);
              }
            });
  }

  @Test
  void healthIsOpenAndReflectionIsNot() throws Exception {
    ManagedChannel open = server.channel(null);
    assertThat(
            HealthGrpc.newBlockingStub(open)
                .check(HealthCheckRequest.getDefaultInstance())
                .getStatus())
        .isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
    assertThat(services(channel).get(30, TimeUnit.SECONDS))
        .contains("proximadb.v1.SearchService", "proximadb.v1.RecordsService");
    assertThatThrownBy(() -> services(open).get(30, TimeUnit.SECONDS))
        .hasMessageContaining("UNAUTHENTICATED");
  }

  private static CompletableFuture<List<String>> services(ManagedChannel channel) {
    CompletableFuture<List<String>> names = new CompletableFuture<>();
    StreamObserver<ServerReflectionRequest> requests =
        ServerReflectionGrpc.newStub(channel)
            .serverReflectionInfo(
                new StreamObserver<>() {
                  @Override
                  public void onNext(ServerReflectionResponse response) {
                    names.complete(
                        response.getListServicesResponse().getServiceList().stream()
                            .map(service -> service.getName())
                            .toList());
                  }

                  @Override
                  public void onError(Throwable error) {
                    names.completeExceptionally(error);
                  }

                  @Override
                  public void onCompleted() {}
                });
    requests.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
    return names;
  }
}
