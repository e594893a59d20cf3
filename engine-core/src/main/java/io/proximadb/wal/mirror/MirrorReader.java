package io.proximadb.wal.mirror;

import io.proximadb.wal.LogMirror.PieceConsumer;
import io.proximadb.wal.MirrorFencedException;
import io.proximadb.wal.mirror.MirrorChain.Taken;
import io.proximadb.wal.mirror.MirrorChain.Tip;
import io.proximadb.wal.mirror.MirrorNames.Position;
import io.proximadb.wal.mirror.ObjectHeader.Kind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;

/** Reads the chain of objects as it was when it was taken over. */
final class MirrorReader {
  /** Requests at a time: an answer takes tens of milliseconds, whatever its size. */
  static final int READERS = 8;

  /** Bytes read ahead: heap, and enough for all readers at the usual size of an object. */
  static final long AHEAD_BYTES = 64L << 20;

  private final StoreAccess access;
  private final MirrorChain chain;
  private final Taken taken;
  private final int readers;

  /** The part of the chain in one epoch. */
  private record Stretch(long epoch, long base, long last) {}

  /** An object on its way. */
  private record Ahead(Position position, long size, FutureTask<Optional<byte[]>> bytes) {}

  MirrorReader(StoreAccess access, MirrorChain chain, Taken taken, int readers) {
    this.access = access;
    this.chain = chain;
    this.taken = taken;
    this.readers = readers;
  }

  /** See {@link io.proximadb.wal.LogMirror#read}. */
  void read(long fromSequence, PieceConsumer consumer) throws IOException {
    long start = Math.max(fromSequence, taken.ended().released());
    List<Stretch> stretches = stretches(start);
    ExecutorService pool = Executors.newFixedThreadPool(readers, MirrorReader::thread);
    try {
      for (Stretch stretch : stretches) {
        read(stretch, start, pool, consumer);
      }
    } finally {
      pool.shutdownNow();
    }
  }

  /** The parts of the chain from a record on, oldest first. */
  private List<Stretch> stretches(long start) throws IOException {
    Deque<Stretch> found = new ArrayDeque<>();
    Tip ended = taken.ended();
    long epoch = ended.epoch();
    long base = ended.base();
    long last = ended.last();
    while (true) {
      if (last >= base && last >= start) {
        found.addFirst(new Stretch(epoch, base, last));
      }
      if (start >= base || epoch == 0) {
        return new ArrayList<>(found);
      }
      ObjectHeader fence = chain.fenceBefore(epoch, base);
      last = base - 1;
      base = fence.base();
      epoch--;
    }
  }

  private void read(Stretch stretch, long start, ExecutorService pool, PieceConsumer consumer)
      throws IOException {
    Position first = new Position(stretch.epoch(), Math.max(start, stretch.base()));
    Position from = taken.objects().floorKey(first);
    if (from == null || from.epoch() != stretch.epoch()) {
      throw missing(first);
    }
    NavigableMap<Position, Long> objects =
        taken.objects().subMap(from, true, new Position(stretch.epoch(), stretch.last()), true);
    Iterator<Map.Entry<Position, Long>> names = objects.entrySet().iterator();
    Deque<Ahead> window = new ArrayDeque<>();
    long ahead = 0;
    long next = from.first();
    while (next <= stretch.last()) {
      while (names.hasNext() && window.size() < 2 * readers && ahead < AHEAD_BYTES) {
        Map.Entry<Position, Long> name = names.next();
        Ahead request = request(name.getKey(), name.getValue());
        pool.execute(request.bytes());
        window.addLast(request);
        ahead += request.size();
      }
      Ahead request = window.pollFirst();
      Position expected = new Position(stretch.epoch(), next);
      if (request == null || !request.position().equals(expected)) {
        throw missing(expected);
      }
      ahead -= request.size();
      Optional<byte[]> object = await(request.bytes());
      if (object.isEmpty()) {
        throw missing(expected);
      }
      next = deliver(expected, object.get(), start, consumer) + 1;
    }
  }

  /** Hands an object's pieces on; returns its last number. */
  private long deliver(Position position, byte[] object, long start, PieceConsumer consumer)
      throws IOException {
    String location = access.locationOf(position);
    ObjectHeader header = ObjectHeader.decode(location, access.engineId(), position, object);
    if (header.kind() == Kind.FENCE || header.last() < header.first()) {
      throw ObjectHeader.corrupt(
          location, "it is the wrong object", "records", header.kind() + " to " + header.last());
    }
    header.checkContent(location, object);
    if (header.last() >= start) {
      ObjectContent.read(
          location,
          header,
          object,
          (index, bytes) -> consumer.accept(location + "#" + index, bytes));
    }
    return header.last();
  }

  private Ahead request(Position position, long size) {
    return new Ahead(
        position,
        size,
        new FutureTask<>(() -> Optional.ofNullable(access.read(position, Integer.MAX_VALUE))));
  }

  private static Optional<byte[]> await(Future<Optional<byte[]>> bytes) throws IOException {
    try {
      return bytes.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IOException("Cannot read mirror of the log: " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("Interrupted while reading the mirror of the log");
    }
  }

  /**
   * What to throw if an object is not there: it is lost, or another engine took the mirror over
   * meanwhile and released it.
   */
  private IOException missing(Position expected) throws IOException {
    Position newest = access.list().lastKey();
    ObjectHeader header = newest.epoch() < taken.epoch() ? null : access.header(newest);
    if (header != null && header.writer() != chain.writer()) {
      return new MirrorFencedException(
          "Cannot read mirror of the log: another engine took it over meanwhile (object="
              + access.locationOf(newest)
              + ")");
    }
    throw ObjectHeader.corrupt(
        access.locationOf(expected),
        "it is missing, or the one that holds this record; records from it on cannot be read",
        "an object",
        "none");
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "proximadb-wal-mirror-reader");
    thread.setDaemon(true);
    return thread;
  }
}
