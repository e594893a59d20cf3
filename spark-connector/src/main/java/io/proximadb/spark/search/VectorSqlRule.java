package io.proximadb.spark.search;

import io.proximadb.spark.functions.Ranking;
import io.proximadb.spark.functions.SessionFunctions;
import io.proximadb.spark.read.SearchSettings;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.NearestByJoin;
import org.apache.spark.sql.catalyst.plans.logical.Sort;
import org.apache.spark.sql.catalyst.rules.Rule;

/**
 * Makes analysed plans such that scans of collections can answer them: orders by Spark's vector
 * functions become orders by ours, which give the same to the last bit and which Spark offers to
 * scans; {@code NEAREST BY} joins with a collection are kept for {@link LookupJoinRule}.
 *
 * <p>Runs once, between analysis and optimization: a plan that was not resolved never comes here.
 */
public final class VectorSqlRule extends Rule<LogicalPlan> {
  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    if (SearchSettings.isSessionOff()) {
      return plan;
    }
    LogicalPlan joined =
        plan.transformUpWithSubqueries(
            Plans.where(
                node ->
                    node instanceof NearestByJoin join && NearestJoin.isCandidate(join, plan)
                        ? Optional.of(LookupJoin.of(join))
                        : Optional.empty()));
    return joined.transformUpWithSubqueries(
        Plans.where(
            node ->
                node instanceof Sort sort && sort.global() && Plans.readsVectors(sort)
                    ? Optional.of(sort.transformAllExpressions(Plans.where(VectorSqlRule::ours)))
                    : Optional.empty()));
  }

  private static Optional<Expression> ours(Expression expression) {
    Ranking ranking = Ranking.builtIn(expression);
    return ranking == null
        ? Optional.empty()
        : Optional.of(SessionFunctions.call(ranking.function(), Plans.children(expression)));
  }
}
