package io.proximadb.gateway;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.HttpStatusException;
import com.linecorp.armeria.server.Route;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.proximadb.proto.v1.WriteRecordsRequest;
import io.proximadb.proto.v1.WriteResponse;
import io.proximadb.server.operations.Operations;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bulk import over REST: a record on each line, written in units, of which each is told when it is
 * durable. A unit is written whole or not at all; the first one that is refused ends the import,
 * and what was told before it stays.
 */
final class ImportService implements HttpService {
  /** Where requests come in. */
  static final String PATH = "/v1/collections/{collection}/records/import";

  /** Its name in the contract's document. */
  static final String NAME = "ImportRecords";

  /** What is sent and answered: JSON values, each on a line of its own. */
  static final MediaType LINES = MediaType.create("application", "x-ndjson");

  /**
   * Records of a unit: some hundred kilobytes, and a progress to be told several times a second.
   */
  static final int UNIT_RECORDS = 1_000;

  private static final Logger LOG = LoggerFactory.getLogger(ImportService.class);
  private static final String MODE = "mode";
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Operations operations;
  private final Executor threads;

  ImportService(Operations operations, Executor threads) {
    this.operations = operations;
    this.threads = threads;
  }

  static Route route() {
    return Route.builder().methods(HttpMethod.POST).path(PATH).build();
  }

  /** The operation that a request stands for, many times. */
  static String operation(ServiceRequestContext ctx) {
    String mode = ctx.queryParams().get(MODE, "upsert");
    return switch (mode) {
      case "upsert" -> "UpsertRecords";
      case "insert" -> "InsertRecords";
      default ->
          throw new RefusedException(
              RpcErrors.invalid(
                  "INVALID_ARGUMENT",
                  MODE,
                  "Invalid mode of import: '" + mode + "' (expected upsert or insert)",
                  "expected upsert or insert"));
    };
  }

  /** The collection that a request's path names. */
  static String collection(ServiceRequestContext ctx) {
    return Objects.requireNonNull(ctx.pathParam("collection"), "the path has it");
  }

  @Override
  public HttpResponse serve(ServiceRequestContext ctx, HttpRequest request) {
    MediaType type = request.contentType();
    return HttpResponse.of(
        BodyCollector.collect(request)
            .thenCompose(
                content -> {
                  if (type == null || !type.is(LINES)) {
                    throw HttpStatusException.of(HttpStatus.UNSUPPORTED_MEDIA_TYPE);
                  }
                  return answer(ctx, content);
                })
            .exceptionally(failure -> JsonErrors.failure(ctx.path(), failure)));
  }

  private CompletableFuture<HttpResponse> answer(ServiceRequestContext ctx, HttpData content) {
    CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
    Import work = new Import(ctx, content.array());
    GateService.admission(ctx)
        .work(
            threads,
            () -> {
              try {
                // What is wrong with the first unit is the answer to all.
                boolean more = work.writeUnit();
                HttpResponseWriter progress = HttpResponse.streaming();
                progress.write(ResponseHeaders.of(HttpStatus.OK, "content-type", LINES.toString()));
                answer.complete(progress);
                work.goOn(more, progress);
              } catch (RuntimeException | IOException | Error e) {
                // Whatever it is, somebody waits for the answer.
                answer.completeExceptionally(e);
              }
            });
    return answer;
  }

  /** One import under way. */
  private final class Import {
    private final ServiceRequestContext ctx;
    private final byte[] content;
    private int at;
    private long line;
    private long records;
    private long sequence;

    Import(ServiceRequestContext ctx, byte[] content) {
      this.ctx = ctx;
      this.content = content;
    }

    /** Writes the records of the next lines; false if these were the last. */
    boolean writeUnit() throws IOException {
      WriteRecordsRequest.Builder unit =
          WriteRecordsRequest.newBuilder().setCollection(collection(ctx));
      while (at < content.length && unit.getRecordsCount() < UNIT_RECORDS) {
        int end = at;
        while (end < content.length && content[end] != '\n') {
          end++;
        }
        line++;
        if (!isBlank(at, end)) {
          JsonReader.merge(
              new ByteArrayInputStream(content, at, end - at), unit.addRecordsBuilder());
        }
        at = end + 1;
      }
      if (unit.getRecordsCount() > 0) {
        WriteResponse written =
            (WriteResponse) operations.run(operation(ctx), GateService.caller(ctx), unit.build());
        records += written.getCount();
        sequence = written.getSequence();
      }
      return at < content.length;
    }

    private boolean isBlank(int from, int to) {
      for (int i = from; i < to; i++) {
        if (content[i] != ' ' && content[i] != '\t' && content[i] != '\r') {
          return false;
        }
      }
      return true;
    }

    void goOn(boolean first, HttpResponseWriter progress) {
      boolean more = first;
      String failure = null;
      while (more && progress.tryWrite(tell(false, null))) {
        try {
          more = writeUnit();
        } catch (RuntimeException | IOException e) {
          failure = JsonErrors.json(RpcErrors.of(ctx.path(), e));
          more = false;
        }
      }
      if (!progress.tryWrite(tell(failure == null && !more, failure))) {
        LOG.debug("An import ends at line {}: its client is gone", line);
      }
      progress.close();
    }

    private Supplier<HttpData> tell(boolean done, @Nullable String failure) {
      ObjectNode state = MAPPER.createObjectNode();
      state.put("records", records).put("sequence", Long.toString(sequence)).put("line", line);
      if (done) {
        state.put("done", true);
      }
      if (failure != null) {
        state.set("error", tree(failure));
      }
      HttpData text = HttpData.ofUtf8(state + "\n");
      return () -> text;
    }
  }

  private static com.fasterxml.jackson.databind.JsonNode tree(String json) {
    try {
      return MAPPER.readTree(json);
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new AssertionError("it was JSON", e);
    }
  }
}
