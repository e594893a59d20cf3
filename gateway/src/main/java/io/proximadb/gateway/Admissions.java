package io.proximadb.gateway;

import io.proximadb.server.auth.AccessException;
import io.proximadb.server.auth.Caller;
import io.proximadb.server.auth.Shares;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What requests may hold of the server together: how many are open, how many bytes of their bodies
 * are in memory, and how many are worked on. A request that is on its way takes no place of work,
 * and work gives its place back when it ends, not when its client goes. Safe for use by several
 * threads.
 */
final class Admissions {
  /** Requests that may be open for each that may be worked on: the others are on their way. */
  private static final int OPEN_PER_CALL = 8;

  private final Shares open;
  private final Shares calls;
  private final long maxBytes;
  private final AtomicLong bytes = new AtomicLong();

  /**
   * Limits.
   *
   * @param maxCalls requests that are worked on at once
   * @param maxBytes of bodies, of all requests together
   */
  Admissions(int maxCalls, long maxBytes) {
    this.open = Shares.of("request", maxCalls * OPEN_PER_CALL);
    this.calls = Shares.of("call", maxCalls);
    this.maxBytes = maxBytes;
  }

  /** Requests that are worked on. */
  int running() {
    return calls.running();
  }

  /** Requests that are open, those on their way included. */
  int open() {
    return open.running();
  }

  /** Bytes of bodies that are in memory. */
  long bytes() {
    return bytes.get();
  }

  /**
   * Lets a request begin.
   *
   * @throws AccessException if too many are open
   */
  Admission admit(Caller caller) {
    return new Admission(caller, open.take(caller));
  }

  /** What one request holds. It ends when the request has ended and the work has, too. */
  final class Admission {
    private final Caller caller;
    private final Shares.Place place;
    private final AtomicLong held = new AtomicLong();

    /** The request itself, and the work on it: whoever is the last gives everything back. */
    private final AtomicInteger users = new AtomicInteger(1);

    private Admission(Caller caller, Shares.Place place) {
      this.caller = caller;
      this.place = place;
    }

    Caller caller() {
      return caller;
    }

    /**
     * Counts bytes of the body that have come.
     *
     * @throws AccessException if there are too many, of all requests together
     */
    void receive(int count) {
      held.addAndGet(count);
      if (bytes.addAndGet(count) > maxBytes) {
        throw AccessException.busy(
            "Cannot take request: too many bytes of requests are in memory (limit="
                + maxBytes
                + ")");
      }
    }

    /**
     * Has work done on a thread of its own.
     *
     * @throws AccessException if too much is done at once
     */
    void work(Executor threads, Runnable work) {
      Shares.Place call = calls.take(caller);
      users.incrementAndGet();
      boolean begun = false;
      try {
        threads.execute(
            () -> {
              try (call) {
                work.run();
              } finally {
                end();
              }
            });
        begun = true;
      } catch (RejectedExecutionException e) {
        throw AccessException.busy("Cannot take request: the server is shutting down");
      } finally {
        if (!begun) {
          call.close();
          end();
        }
      }
    }

    /** The request has ended, or the work on it has. */
    void end() {
      if (users.decrementAndGet() == 0) {
        bytes.addAndGet(-held.get());
        place.close();
      }
    }
  }
}
