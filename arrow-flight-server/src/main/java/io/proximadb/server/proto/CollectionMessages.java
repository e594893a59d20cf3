package io.proximadb.server.proto;

import io.proximadb.api.CollectionInfo;
import io.proximadb.api.FlushResult;
import io.proximadb.api.SearchResponse;
import io.proximadb.model.CollectionName;
import io.proximadb.proto.v1.FlushResponse;
import io.proximadb.proto.v1.SearchAnswer;
import io.proximadb.proto.v1.SearchAnswers;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.UUID;

/** What the engine tells about collections and answers, to and from its messages. */
public final class CollectionMessages {
  /** Prefix of an answer's facts in the metadata of an Arrow schema. */
  public static final String FACT_PREFIX = "proximadb.";

  private static final String SNAPSHOT_ID = FACT_PREFIX + "snapshot-id";
  private static final String SEQUENCE = FACT_PREFIX + "sequence";
  private static final String ROWS_SCANNED_EXACTLY = FACT_PREFIX + "rows-scanned-exactly";
  private static final String ROWS_COVERED_BY_INDEX = FACT_PREFIX + "rows-covered-by-index";
  private static final String RECALL = FACT_PREFIX + "recall";
  private static final String STRATEGY = FACT_PREFIX + "strategy";

  private CollectionMessages() {}

  public static io.proximadb.proto.v1.CollectionInfo toMessage(CollectionInfo info) {
    var message =
        io.proximadb.proto.v1.CollectionInfo.newBuilder()
            .setCollection(info.name().toString())
            .setUuid(info.uuid().toString())
            .setSchema(SchemaMessages.toMessage(info.schema()))
            .setLocation(info.location())
            .setDataFiles(info.dataFiles())
            .setDataBytes(info.dataBytes())
            .setDataRows(info.dataRows())
            .setUnflushedRecords(info.unflushedRecords())
            .putAllProperties(info.properties());
    info.snapshotId().ifPresent(message::setSnapshotId);
    return message.build();
  }

  public static CollectionInfo fromMessage(io.proximadb.proto.v1.CollectionInfo message) {
    return new CollectionInfo(
        CollectionName.parse(message.getCollection()),
        UUID.fromString(message.getUuid()),
        SchemaMessages.fromMessage(message.getSchema()),
        message.getLocation(),
        optional(message.hasSnapshotId(), message.getSnapshotId()),
        message.getDataFiles(),
        message.getDataBytes(),
        message.getDataRows(),
        message.getUnflushedRecords(),
        message.getPropertiesMap());
  }

  public static FlushResponse toMessage(FlushResult result) {
    FlushResponse.Builder message =
        FlushResponse.newBuilder().setRows(result.rows()).setSuperseded(result.superseded());
    result.snapshotId().ifPresent(message::setSnapshotId);
    return message.build();
  }

  public static FlushResult fromMessage(FlushResponse message) {
    return new FlushResult(
        message.getRows(),
        message.getSuperseded(),
        optional(message.hasSnapshotId(), message.getSnapshotId()));
  }

  /** What an answer rests on, without its hits. */
  public static SearchAnswer toMessage(SearchResponse response) {
    SearchAnswer.Builder message =
        SearchAnswer.newBuilder()
            .setSequence(response.sequence())
            .setRowsScannedExactly(response.rowsScannedExactly())
            .setRowsCoveredByIndex(response.rowsCoveredByIndex())
            .setStrategy(response.strategy());
    response.snapshotId().ifPresent(message::setSnapshotId);
    response.recall().ifPresent(message::setRecall);
    return message.build();
  }

  /** What the answers to many queries rest on. */
  public static SearchAnswers toMessage(List<SearchResponse> responses) {
    SearchAnswers.Builder message = SearchAnswers.newBuilder();
    responses.forEach(response -> message.addAnswers(toMessage(response)));
    return message.build();
  }

  /** The recall that an answer tells. */
  public static OptionalDouble recall(SearchAnswer answer) {
    return answer.hasRecall() ? OptionalDouble.of(answer.getRecall()) : OptionalDouble.empty();
  }

  /** The snapshot that an answer tells. */
  public static OptionalLong snapshotId(SearchAnswer answer) {
    return optional(answer.hasSnapshotId(), answer.getSnapshotId());
  }

  /** The facts of an answer as text, for readers without protobuf. */
  public static Map<String, String> facts(SearchAnswer answer) {
    Map<String, String> facts = readFacts(snapshotId(answer), answer.getSequence());
    facts.put(ROWS_SCANNED_EXACTLY, Long.toString(answer.getRowsScannedExactly()));
    facts.put(ROWS_COVERED_BY_INDEX, Long.toString(answer.getRowsCoveredByIndex()));
    facts.put(RECALL, answer.hasRecall() ? Double.toString(answer.getRecall()) : "unknown");
    facts.put(STRATEGY, answer.getStrategy());
    return facts;
  }

  /** What an answer tells of where in the collection's history it stands. */
  public static Map<String, String> readFacts(SearchAnswer answer) {
    return readFacts(snapshotId(answer), answer.getSequence());
  }

  /** What every read tells: where in the collection's history it stands. */
  public static Map<String, String> readFacts(OptionalLong snapshotId, long sequence) {
    Map<String, String> facts = new LinkedHashMap<>();
    snapshotId.ifPresent(id -> facts.put(SNAPSHOT_ID, Long.toString(id)));
    facts.put(SEQUENCE, Long.toString(sequence));
    return facts;
  }

  /** The snapshot among the facts of a read. */
  public static OptionalLong snapshotId(Map<String, String> facts) {
    String id = facts.get(SNAPSHOT_ID);
    return id == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(id));
  }

  /** The sequence among the facts of a read. */
  public static long sequence(Map<String, String> facts) {
    return Long.parseLong(facts.getOrDefault(SEQUENCE, "0"));
  }

  private static OptionalLong optional(boolean present, long value) {
    return present ? OptionalLong.of(value) : OptionalLong.empty();
  }
}
