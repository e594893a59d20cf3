package io.proximadb.wal;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a repair of a log does.
 *
 * @param refusal why a recovery refuses the log; null if it does not, and there is nothing to do
 * @param steps what is done, in this order, one a line; empty if there is nothing to do
 * @param givenUp numbers of records that are given up
 * @param notes what is given up without a known number, and what else is worth knowing
 */
public record WalRepairPlan(
    @Nullable String refusal, List<String> steps, List<SequenceRange> givenUp, List<String> notes) {

  /** True if there is something to do. */
  public boolean isNeeded() {
    return !steps.isEmpty();
  }
}
