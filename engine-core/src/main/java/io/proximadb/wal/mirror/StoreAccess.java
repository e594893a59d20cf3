package io.proximadb.wal.mirror;

import io.proximadb.wal.mirror.MirrorNames.Position;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One engine's objects in a store, with patience: what fails is tried again, and a creation whose
 * answer was lost is looked up.
 *
 * <p>Safe for use by several threads.
 */
final class StoreAccess {
  /**
   * How often a request is tried under {@link io.proximadb.wal.MirrorMode#SYNC}, and when opening:
   * with the waits between, that takes about a minute, longer than a store throttles or fails over,
   * shorter than callers wait.
   */
  static final int ATTEMPTS = 18;

  /** The wait after the first failure in milliseconds; doubled each time. */
  static final long FIRST_WAIT_MILLIS = 50;

  /** The longest wait in milliseconds. */
  static final long MAX_WAIT_MILLIS = 5_000;

  /** From this failure of a request in a row on, it is logged: one or two are everyday. */
  private static final int LOG_FROM = 3;

  /** Then each of so many is. */
  private static final int LOG_EVERY = 10;

  private static final Logger LOG = LoggerFactory.getLogger(StoreAccess.class);

  private final ObjectStore store;
  private final UUID engineId;
  private final Pause pause;
  private final AtomicLong retries = new AtomicLong();
  private volatile String lastFailure = "";

  /** Waits; replaced by tests that have no time. */
  @FunctionalInterface
  interface Pause {
    Pause SLEEP =
        millis -> {
          try {
            Thread.sleep(millis);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("Interrupted while waiting for the store");
          }
        };

    void pause(long millis) throws IOException;
  }

  /** Says after how many failures in a row a request is given up. */
  @FunctionalInterface
  interface Patience {
    /** For requests that someone waits for. */
    Patience LIMITED = (failures, permanent) -> permanent || failures >= ATTEMPTS;

    /**
     * Asked after each failure.
     *
     * @param permanent true if the store says that trying again cannot help
     */
    boolean isOver(int failures, boolean permanent);
  }

  @FunctionalInterface
  private interface Request<T> {
    T send() throws IOException;
  }

  StoreAccess(ObjectStore store, UUID engineId, Pause pause) {
    this.store = store;
    this.engineId = engineId;
    this.pause = pause;
  }

  UUID engineId() {
    return engineId;
  }

  /** How many requests were tried again. */
  long retries() {
    return retries.get();
  }

  /** What the store said last when a request failed; empty if none did. */
  String lastFailure() {
    return lastFailure;
  }

  String locationOf(Position position) {
    return store.locationOf(MirrorNames.name(engineId, position));
  }

  /**
   * Creates an object.
   *
   * @return true if it is there; false if another one of its name is
   */
  boolean create(ObjectHeader header, ByteBuffer content, Patience patience) throws IOException {
    String name = MirrorNames.name(engineId, header.position());
    return send(
        "create object " + store.locationOf(name),
        patience,
        () -> {
          IOException failure = null;
          try {
            store.create(name, ByteBuffer.wrap(header.encode()), content.duplicate());
            return true;
          } catch (FileAlreadyExistsException e) {
            failure = e;
          } catch (IOException e) {
            // Refused for good: no need to look, and a look would hide why.
            if (store.isPermanent(e)) {
              throw e;
            }
            failure = e;
          }
          // Taken or unknown. What is there tells: this very object, of a try whose answer was
          // lost; another one; or none, and then it is tried again with the same bytes, so that a
          // try that is still on its way does no harm.
          byte[] found = store.read(name, ObjectHeader.BYTES);
          if (found == null) {
            throw failure;
          }
          return header.isIn(found);
        });
  }

  /** The header of an object; null if there is none. */
  @Nullable ObjectHeader header(Position position) throws IOException {
    byte[] bytes = read(position, ObjectHeader.BYTES);
    return bytes == null
        ? null
        : ObjectHeader.decode(locationOf(position), engineId, position, bytes);
  }

  /** The first bytes of an object; null if there is none. */
  byte @Nullable [] read(Position position, int maxBytes) throws IOException {
    String name = MirrorNames.name(engineId, position);
    return send(
            "read object " + store.locationOf(name),
            Patience.LIMITED,
            () -> Optional.ofNullable(store.read(name, maxBytes)))
        .orElse(null);
  }

  /** All objects of the engine, by position, with their sizes. */
  NavigableMap<Position, Long> list() throws IOException {
    String folder = engineId.toString();
    return send(
        "list objects in " + store.locationOf(folder),
        Patience.LIMITED,
        () -> {
          NavigableMap<Position, Long> found = new TreeMap<>();
          for (ObjectStore.Entry entry : store.list(folder)) {
            Position position = MirrorNames.parse(engineId, entry.name());
            if (position != null) {
              found.put(position, entry.size());
            }
          }
          return found;
        });
  }

  /** Deletes objects; those that could not be deleted stay in the map. */
  void delete(Map<Position, Long> objects) {
    var each = objects.keySet().iterator();
    while (each.hasNext()) {
      Position position = each.next();
      try {
        store.delete(MirrorNames.name(engineId, position));
        each.remove();
      } catch (IOException e) {
        lastFailure = String.valueOf(e.getMessage());
        LOG.debug(
            "Cannot delete object {}, will be tried again: {}", locationOf(position), lastFailure);
        return;
      }
    }
  }

  private <T> T send(String what, Patience patience, Request<T> request) throws IOException {
    long wait = FIRST_WAIT_MILLIS;
    for (int failures = 1; ; failures++) {
      try {
        T answer = request.send();
        if (failures > LOG_FROM) {
          LOG.info("Could {} after {} failures", what, failures - 1);
        }
        return answer;
      } catch (InterruptedIOException e) {
        if (Thread.currentThread().isInterrupted()) {
          throw e;
        }
        failed(what, e, failures, patience);
      } catch (IOException e) {
        failed(what, e, failures, patience);
      }
      // Half of it by chance: many who were throttled together must not come back together.
      pause.pause(wait / 2 + ThreadLocalRandom.current().nextLong(wait / 2 + 1));
      wait = Math.min(2 * wait, MAX_WAIT_MILLIS);
    }
  }

  private void failed(String what, IOException failure, int failures, Patience patience)
      throws IOException {
    lastFailure = String.valueOf(failure.getMessage());
    boolean permanent = store.isPermanent(failure);
    if (patience.isOver(failures, permanent)) {
      throw new IOException(
          "Cannot "
              + what
              + ": the store failed (attempts="
              + failures
              + ", cause="
              + lastFailure
              + ")",
          failure);
    }
    retries.incrementAndGet();
    if (failures % LOG_EVERY == LOG_FROM) {
      LOG.warn("Cannot {} yet (attempts={}): {}", what, failures, lastFailure);
    }
  }
}
