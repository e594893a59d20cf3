package io.proximadb.server.auth;

import io.github.bucket4j.Bucket;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notes in the log {@code io.proximadb.audit}: what administrators did, what was refused to whom
 * for want of a role, and calls that came without a key that opens. Of the refusals, which anybody
 * can cause, there are at most {@value #REFUSALS_A_SECOND} a second; those left out are counted in
 * the next one.
 */
public final class Audit {
  /** Enough to see what goes on, and not enough to fill a disk. */
  static final int REFUSALS_A_SECOND = 20;

  private static final Logger LOG = LoggerFactory.getLogger("io.proximadb.audit");

  private final Bucket refusals =
      Bucket.builder()
          .addLimit(
              limit ->
                  limit
                      .capacity(REFUSALS_A_SECOND)
                      .refillGreedy(REFUSALS_A_SECOND, Duration.ofSeconds(1)))
          .build();
  private final AtomicLong leftOut = new AtomicLong();

  /** An administrator did something. */
  public static void done(Caller caller, String what, String object) {
    LOG.info("key '{}' {} '{}'", caller.name(), what, object);
  }

  /**
   * A call was refused to a key for want of a role.
   *
   * @param what the name of the operation or method
   */
  public void refused(Caller caller, String what) {
    if (refusals.tryConsume(1)) {
      LOG.warn("{} refused to key '{}'{}", what, caller.name(), suffix());
    } else {
      leftOut.incrementAndGet();
    }
  }

  /**
   * A call came without a key that opens.
   *
   * @param from the door and, where it is known, the address that it came from
   * @param reason without the key
   */
  void unauthenticated(String from, String reason) {
    if (refusals.tryConsume(1)) {
      LOG.warn("call over {} refused: {}{}", from, reason, suffix());
    } else {
      leftOut.incrementAndGet();
    }
  }

  private String suffix() {
    long count = leftOut.getAndSet(0);
    return count == 0 ? "" : " (" + count + " more refusals left out)";
  }
}
