package io.proximadb.server.operations;

import io.proximadb.api.Collection;
import io.proximadb.api.CollectionView;
import io.proximadb.api.ScanRequest;
import io.proximadb.api.ScanResult;
import io.proximadb.error.ConflictException;
import io.proximadb.error.ResourceExhaustedException;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.proto.v1.ScanRecordsRequest;
import io.proximadb.proto.v1.ScanRecordsResponse;
import io.proximadb.server.arrow.OutputColumns;
import io.proximadb.server.auth.Role;
import io.proximadb.server.proto.InvalidFieldException;
import io.proximadb.server.proto.RecordMessages;
import io.proximadb.server.proto.SearchMessages;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Scans that callers read page by page. Each pins a snapshot, so there are few, and those that
 * nobody goes on with are closed. Safe for use by several threads; a page of one scan is read by
 * one caller at a time.
 */
final class ScanCursors implements AutoCloseable {
  /** Most open scans: each pins files that could go. */
  static final int MAX_OPEN = 64;

  /** Most open scans of one key, so that none can take them all. */
  static final int MAX_OPEN_OF_KEY = 16;

  /** After what time a scan that nobody goes on with is closed. */
  static final Duration MAX_IDLE = Duration.ofMinutes(5);

  static final int DEFAULT_PAGE = 100;
  static final int MAX_PAGE = 10_000;

  private static final long SWEEP_SECONDS = 30;
  private static final int TOKEN_BYTES = 18;

  private final Map<String, Cursor> cursors = new ConcurrentHashMap<>();
  private final SecureRandom random = new SecureRandom();
  private final ScheduledFuture<?> sweeps;
  private final ScheduledExecutorService sweeper =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "proximadb-scan-sweeper");
            thread.setDaemon(true);
            return thread;
          });

  ScanCursors() {
    sweeps =
        sweeper.scheduleWithFixedDelay(this::sweep, SWEEP_SECONDS, SWEEP_SECONDS, TimeUnit.SECONDS);
  }

  /** An open scan; used by who took it out of the map. */
  private static final class Cursor {
    final String owner;
    final Collection collection;
    final CollectionSchema schema;
    final List<String> columns;
    final ScanResult scan;
    final @Nullable CollectionView view;
    int page;
    long usedNanos;

    Cursor(
        String owner,
        Collection collection,
        CollectionSchema schema,
        List<String> columns,
        ScanResult scan,
        @Nullable CollectionView view) {
      this.owner = owner;
      this.collection = collection;
      this.schema = schema;
      this.columns = columns;
      this.scan = scan;
      this.view = view;
    }

    void close() {
      try (scan) {
        if (view != null) {
          view.close();
        }
      }
    }
  }

  int open() {
    return cursors.size();
  }

  ScanRecordsResponse page(Operation.Call call, ScanRecordsRequest request) {
    if (request.getPageToken().isEmpty()) {
      return first(call, request);
    }
    String token = request.getPageToken();
    int dot = token.indexOf('.');
    String id = dot < 0 ? token : token.substring(0, dot);
    Cursor cursor = cursors.get(id);
    if (cursor == null || !cursor.owner.equals(call.caller().name())) {
      throw badToken("of no open scan");
    }
    if (!cursor.collection.name().equals(CollectionOperations.name(request.getCollection()))) {
      throw badToken("of another collection");
    }
    call.caller().check(Role.READ, cursor.collection.name());
    if (!cursors.remove(id, cursor)) {
      throw new ConflictException(
          "Cannot go on with scan: another call does (expected one call at a time)");
    }
    if (!token.equals(id + "." + cursor.page)) {
      // Nothing was lost of the scan; only this token is not its next one.
      cursors.put(id, cursor);
      throw badToken("not of the next page");
    }
    return next(id, cursor);
  }

  private static InvalidFieldException badToken(String reason) {
    return InvalidFieldException.of(
        "pageToken",
        "Invalid page token: "
            + reason
            + " (expected the nextPageToken of the last answer, within "
            + MAX_IDLE.toMinutes()
            + " minutes; begin again without one)");
  }

  private ScanRecordsResponse first(Operation.Call call, ScanRecordsRequest request) {
    int size = request.getPageSize() == 0 ? DEFAULT_PAGE : request.getPageSize();
    if (size < 1 || size > MAX_PAGE) {
      throw InvalidFieldException.of(
          "pageSize", "Invalid page size: " + size + " (expected 1 to " + MAX_PAGE + ")");
    }
    Collection collection = CollectionOperations.collection(call, request.getCollection());
    CollectionSchema schema = collection.schema();
    List<String> columns = columns(request.getColumnsList(), schema);
    long rowBytes = Math.max(1, SearchMessages.rowBytes(schema, columns));
    int rows = (int) Math.max(1, Math.min(size, SearchMessages.MAX_ANSWER_VECTOR_BYTES / rowBytes));
    ScanRequest scan =
        new ScanRequest(
            SearchMessages.filter(request.getFilter(), request.getFilterJson(), schema, ""),
            columns,
            rows,
            SearchMessages.minSequence(request.getMinSequence(), ""));
    checkRoom(call.caller().name());
    Optional<CollectionView> earlier =
        ReadState.open(
            collection, request.hasReadAt(), request.getReadAt(), request.getMinSequence());
    CollectionView view = earlier.orElse(null);
    ScanResult result;
    try {
      result = view == null ? collection.scan(scan) : view.scan(scan);
    } catch (RuntimeException e) {
      if (view != null) {
        view.close();
      }
      throw e;
    }
    byte[] id = new byte[TOKEN_BYTES];
    random.nextBytes(id);
    return next(
        Base64.getUrlEncoder().withoutPadding().encodeToString(id),
        new Cursor(call.caller().name(), collection, schema, columns, result, view));
  }

  private static List<String> columns(List<String> named, CollectionSchema schema) {
    if (named.isEmpty()) {
      return OutputColumns.whole(schema);
    }
    List<String> columns = new ArrayList<>(named);
    if (!columns.contains(SystemColumns.ID)) {
      columns.add(0, SystemColumns.ID);
    }
    InvalidFieldException.at("columns", () -> OutputColumns.fields(schema, columns).size());
    return columns;
  }

  private void checkRoom(String owner) {
    sweep();
    long own = cursors.values().stream().filter(cursor -> cursor.owner.equals(owner)).count();
    if (cursors.size() >= MAX_OPEN || own >= MAX_OPEN_OF_KEY) {
      throw new ResourceExhaustedException(
          "Cannot open scan: too many are open (limit="
              + (own >= MAX_OPEN_OF_KEY ? MAX_OPEN_OF_KEY + " of a key" : MAX_OPEN)
              + "; read one to its end, or wait until one is idle for "
              + MAX_IDLE.toMinutes()
              + " minutes)");
    }
  }

  /** Reads the next page of a cursor that nobody else has. */
  private ScanRecordsResponse next(String id, Cursor cursor) {
    boolean more = false;
    try {
      ScanRecordsResponse.Builder message =
          ScanRecordsResponse.newBuilder().setSequence(cursor.scan.sequence());
      cursor.scan.snapshotId().ifPresent(message::setSnapshotId);
      while (message.getRecordsCount() == 0 && cursor.scan.hasNext()) {
        ColumnBatch batch = cursor.scan.next();
        message.addAllRecords(RecordMessages.toMessages(batch, cursor.columns, cursor.schema));
      }
      more = cursor.scan.hasNext();
      if (more) {
        cursor.page++;
        cursor.usedNanos = System.nanoTime();
        cursors.put(id, cursor);
        message.setNextPageToken(id + "." + cursor.page);
      }
      return message.build();
    } finally {
      if (!more) {
        cursor.close();
      }
    }
  }

  private void sweep() {
    long now = System.nanoTime();
    cursors.forEach(
        (id, cursor) -> {
          if (now - cursor.usedNanos > MAX_IDLE.toNanos() && cursors.remove(id, cursor)) {
            cursor.close();
          }
        });
  }

  @Override
  public void close() {
    sweeps.cancel(false);
    sweeper.shutdown();
    cursors.forEach(
        (id, cursor) -> {
          if (cursors.remove(id, cursor)) {
            cursor.close();
          }
        });
  }
}
