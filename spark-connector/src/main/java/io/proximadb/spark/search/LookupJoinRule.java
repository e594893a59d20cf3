package io.proximadb.spark.search;

import java.util.Optional;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.classic.SparkSession;

/**
 * Binds {@link LookupJoin}s to the snapshots that their right sides are at: they become look-ups,
 * or what Spark makes of such a join, which compares each row with each.
 */
public final class LookupJoinRule extends Rule<LogicalPlan> {
  private final SparkSession session;

  public LookupJoinRule(SparkSession session) {
    this.session = session;
  }

  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    return plan.transformUp(
        Plans.where(
            node ->
                node instanceof LookupJoin join
                    ? Optional.of(new NearestJoin(session, join, plan).rewrite())
                    : Optional.empty()));
  }
}
