package io.proximadb.server.operations;

import io.proximadb.api.Collection;
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
import io.proximadb.server.auth.AccessException;
import io.proximadb.server.auth.Caller;
import io.proximadb.server.auth.Role;
import io.proximadb.server.auth.Shares;
import io.proximadb.server.proto.AnswerBytes;
import io.proximadb.server.proto.InvalidFieldException;
import io.proximadb.server.proto.RecordMessages;
import io.proximadb.server.proto.SearchMessages;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

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

  /** Rows that are read at once: a page of long texts ends after one such part. */
  private static final int MAX_BATCH = 256;

  /** A page that has so many bytes is full. */
  private static final long FULL_PAGE_BYTES = SearchMessages.MAX_ANSWER_VECTOR_BYTES;

  private static final long SWEEP_SECONDS = 30;
  private static final int TOKEN_BYTES = 18;

  private final Map<String, Cursor> cursors = new ConcurrentHashMap<>();
  private final Shares places = new Shares("scan", MAX_OPEN, MAX_OPEN_OF_KEY);
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
    final ReadState state;
    final Shares.Place place;

    /** Most records of a page, and of what is read at once. */
    final int pageSize;

    final int batchRows;
    int page;
    long usedNanos;

    Cursor(
        String owner,
        Collection collection,
        CollectionSchema schema,
        List<String> columns,
        ScanResult scan,
        ReadState state,
        Shares.Place place,
        int pageSize,
        int batchRows) {
      this.owner = owner;
      this.collection = collection;
      this.schema = schema;
      this.columns = columns;
      this.scan = scan;
      this.state = state;
      this.place = place;
      this.pageSize = pageSize;
      this.batchRows = batchRows;
    }

    void close() {
      try (place;
          state) {
        scan.close();
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
    Shares.Place place = take(call.caller());
    boolean opened = false;
    ReadState state = null;
    try {
      state =
          ReadState.open(
              collection, request.hasReadAt(), request.getReadAt(), request.getMinSequence());
      Cursor cursor = open(call.caller().name(), collection, request, size, state, place);
      opened = true;
      byte[] id = new byte[TOKEN_BYTES];
      random.nextBytes(id);
      return next(Base64.getUrlEncoder().withoutPadding().encodeToString(id), cursor);
    } finally {
      if (!opened) {
        try (place;
            ReadState unused = state) {
          assert unused == state;
        }
      }
    }
  }

  private static Cursor open(
      String owner,
      Collection collection,
      ScanRecordsRequest request,
      int size,
      ReadState state,
      Shares.Place place) {
    CollectionSchema schema = state.schema();
    List<String> columns = columns(request.getColumnsList(), schema);
    long rowBytes = Math.max(1, SearchMessages.rowBytes(schema, columns));
    int rows = (int) Math.max(1, Math.min(size, SearchMessages.MAX_ANSWER_VECTOR_BYTES / rowBytes));
    // Parts of equal size that make whole pages.
    int parts = (rows + MAX_BATCH - 1) / MAX_BATCH;
    int batchRows = (rows + parts - 1) / parts;
    ScanRequest scan =
        new ScanRequest(
            SearchMessages.filter(request.getFilter(), request.getFilterJson(), schema, ""),
            columns,
            batchRows,
            SearchMessages.minSequence(request.getMinSequence(), ""));
    return new Cursor(
        owner,
        collection,
        schema,
        columns,
        state.scan(scan),
        state,
        place,
        Math.max(rows, batchRows),
        batchRows);
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

  private Shares.Place take(Caller caller) {
    sweep();
    try {
      return places.take(caller);
    } catch (AccessException e) {
      throw new ResourceExhaustedException(
          "Cannot open scan: too many are open (limit="
              + MAX_OPEN
              + ", "
              + MAX_OPEN_OF_KEY
              + " of a key; read one to its end, or wait until one is idle for "
              + MAX_IDLE.toMinutes()
              + " minutes)",
          e);
    }
  }

  /** Reads the next page of a cursor that nobody else has. */
  private ScanRecordsResponse next(String id, Cursor cursor) {
    boolean more = false;
    try {
      ScanRecordsResponse.Builder message =
          ScanRecordsResponse.newBuilder().setSequence(cursor.scan.sequence());
      cursor.scan.snapshotId().ifPresent(message::setSnapshotId);
      AnswerBytes bytes = new AnswerBytes();
      while (cursor.scan.hasNext()
          && bytes.bytes() < FULL_PAGE_BYTES
          && (message.getRecordsCount() == 0
              || message.getRecordsCount() + cursor.batchRows <= cursor.pageSize)) {
        ColumnBatch batch = cursor.scan.next();
        for (io.proximadb.proto.v1.Record record :
            RecordMessages.toMessages(batch, cursor.columns, cursor.schema)) {
          message.addRecords(bytes.add(record));
        }
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
