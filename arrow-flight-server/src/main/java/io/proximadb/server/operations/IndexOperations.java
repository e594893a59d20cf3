package io.proximadb.server.operations;

import static io.proximadb.server.operations.CollectionOperations.collection;

import io.proximadb.api.AxisReport;
import io.proximadb.api.Collection;
import io.proximadb.model.Goals;
import io.proximadb.model.IndexDefinition;
import io.proximadb.proto.v1.CollectionRequest;
import io.proximadb.proto.v1.CreateIndexRequest;
import io.proximadb.proto.v1.Done;
import io.proximadb.proto.v1.DropIndexRequest;
import io.proximadb.proto.v1.GoalState;
import io.proximadb.proto.v1.IndexInfo;
import io.proximadb.proto.v1.ListIndexesResponse;
import io.proximadb.proto.v1.SetGoalsRequest;
import io.proximadb.server.auth.Role;
import io.proximadb.server.proto.InvalidFieldException;
import java.time.Duration;

/** Operations on indexes, and on what collections are to reach. */
final class IndexOperations {
  private static final long NANOS_A_MICRO = 1_000;

  private IndexOperations() {}

  static void addTo(Operations operations) {
    operations.add(
        "CreateIndex",
        Role.ADMIN,
        "has an index built in the background",
        CreateIndexRequest.getDefaultInstance(),
        Done.getDefaultInstance(),
        IndexOperations::create);
    operations.add(
        "ListIndexes",
        Role.READ,
        "the indexes, and how much of the collection each covers",
        CollectionRequest.getDefaultInstance(),
        ListIndexesResponse.getDefaultInstance(),
        IndexOperations::list);
    operations.add(
        "DropIndex",
        Role.ADMIN,
        "drops an index",
        DropIndexRequest.getDefaultInstance(),
        Done.getDefaultInstance(),
        IndexOperations::drop);
    operations.add(
        "SetGoals",
        Role.ADMIN,
        "states what the collection is to reach",
        SetGoalsRequest.getDefaultInstance(),
        Done.getDefaultInstance(),
        IndexOperations::setGoals);
    operations.add(
        "GetAxis",
        Role.READ,
        "the goals, and what was measured of them",
        CollectionRequest.getDefaultInstance(),
        io.proximadb.proto.v1.AxisReport.getDefaultInstance(),
        (call, request) -> toMessage(collection(call, request.getCollection()).axis()));
  }

  private static Done create(Operation.Call call, CreateIndexRequest request) {
    Collection collection = collection(call, request.getCollection());
    InvalidFieldException.at(
        "name",
        () -> {
          collection.createIndex(
              new IndexDefinition(
                  request.getName(),
                  request.getType(),
                  request.getField(),
                  request.getSettingsMap()));
          return true;
        });
    Operations.audit(call, "created index", collection.name() + "/" + request.getName());
    return Done.getDefaultInstance();
  }

  private static ListIndexesResponse list(Operation.Call call, CollectionRequest request) {
    ListIndexesResponse.Builder message = ListIndexesResponse.newBuilder();
    collection(call, request.getCollection()).indexes().stream()
        .map(
            index ->
                IndexInfo.newBuilder()
                    .setName(index.definition().name())
                    .setType(index.definition().type())
                    .setField(index.definition().field())
                    .putAllSettings(index.definition().settings())
                    .setFiles(index.files())
                    .setIndexedFiles(index.indexedFiles())
                    .setRows(index.rows())
                    .setIndexedRows(index.indexedRows())
                    .setBytes(index.bytes())
                    .setMemoryBytes(index.memoryBytes())
                    .setComplete(index.isComplete())
                    .build())
        .forEach(message::addIndexes);
    return message.build();
  }

  private static Done drop(Operation.Call call, DropIndexRequest request) {
    Collection collection = collection(call, request.getCollection());
    collection.dropIndex(request.getName());
    Operations.audit(call, "dropped index", collection.name() + "/" + request.getName());
    return Done.getDefaultInstance();
  }

  private static Done setGoals(Operation.Call call, SetGoalsRequest request) {
    Collection collection = collection(call, request.getCollection());
    Goals goals = InvalidFieldException.at("goals", () -> goals(request.getGoals()));
    collection.setGoals(goals);
    Operations.audit(call, "set goals of", collection.name().toString());
    return Done.getDefaultInstance();
  }

  private static Goals goals(io.proximadb.proto.v1.Goals message) {
    Goals goals = Goals.NONE;
    if (message.hasRecall()) {
      goals = goals.withRecall(message.getRecall());
    }
    if (message.hasP99Us()) {
      // Beyond what is allowed anyway, a duration in nanoseconds would overflow.
      long most = Goals.MAX_P99.toNanos() / NANOS_A_MICRO + 1;
      goals =
          goals.withP99(
              Duration.ofNanos(Math.max(-1, Math.min(message.getP99Us(), most)) * NANOS_A_MICRO));
    }
    if (message.hasMemoryBytes()) {
      goals = goals.withMemoryBytes(message.getMemoryBytes());
    }
    if (message.hasFreshnessMs()) {
      goals = goals.withFreshness(Duration.ofMillis(message.getFreshnessMs()));
    }
    return goals;
  }

  private static io.proximadb.proto.v1.AxisReport toMessage(AxisReport report) {
    var goals = io.proximadb.proto.v1.Goals.newBuilder();
    report.goals().recall().ifPresent(goals::setRecall);
    report.goals().p99().ifPresent(time -> goals.setP99Us(time.toNanos() / NANOS_A_MICRO));
    report.goals().memoryBytes().ifPresent(goals::setMemoryBytes);
    report.goals().freshness().ifPresent(time -> goals.setFreshnessMs(time.toMillis()));
    var message =
        io.proximadb.proto.v1.AxisReport.newBuilder()
            .setGoals(goals)
            .addAllProblems(report.problems())
            .setSearchesPerSecond(report.searchesPerSecond())
            .setWritesPerSecond(report.writesPerSecond())
            .setIndexMemoryBytes(report.indexMemoryBytes());
    report
        .goalStates()
        .forEach(
            state ->
                message.addStates(
                    GoalState.newBuilder()
                        .setGoal(state.goal())
                        .setWanted(state.wanted())
                        .setMeasured(state.measured())
                        .setOutcome(state.outcome().name())
                        .setReason(state.reason())));
    return message.build();
  }
}
