package io.proximadb.server.auth;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.proximadb.error.InvalidArgumentException;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * How many calls a key may make in a second, over all ports, by a token bucket that holds two
 * seconds' worth. Safe for use by several threads.
 */
public final class RateLimits {
  /** Calls a second of one key: more than one machine answers. */
  public static final int DEFAULT_CALLS_A_SECOND = 10_000;

  private static final int BURST_SECONDS = 2;

  private final int callsASecond;
  private final ConcurrentMap<String, Bucket> buckets = new ConcurrentHashMap<>();

  /**
   * Limits.
   *
   * @param callsASecond of each key, at least 1
   */
  public RateLimits(int callsASecond) {
    if (callsASecond < 1) {
      throw new InvalidArgumentException(
          "Invalid rate of calls: " + callsASecond + " (expected at least 1 a second)");
    }
    this.callsASecond = callsASecond;
  }

  /**
   * Counts a call.
   *
   * @throws AccessException with the time to wait if it is one too many
   */
  public void count(Caller caller) {
    // One for each key's name: there are at most as many as keys were made while this server ran.
    Bucket bucket = buckets.computeIfAbsent(caller.name(), name -> bucket());
    ConsumptionProbe probe = bucket.tryConsumeAndReturnRemaining(1);
    if (!probe.isConsumed()) {
      throw AccessException.tooMany(
          "Cannot take call: the key '"
              + caller.name()
              + "' makes too many (limit="
              + callsASecond
              + " a second)",
          Duration.ofNanos(probe.getNanosToWaitForRefill()));
    }
  }

  private Bucket bucket() {
    return Bucket.builder()
        .addLimit(
            limit ->
                limit
                    .capacity((long) callsASecond * BURST_SECONDS)
                    .refillGreedy(callsASecond, Duration.ofSeconds(1)))
        .build();
  }
}
