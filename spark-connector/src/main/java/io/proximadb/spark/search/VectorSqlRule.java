package io.proximadb.spark.search;

import io.proximadb.spark.functions.Ranking;
import io.proximadb.spark.functions.SessionFunctions;
import io.proximadb.spark.functions.StoredVectors;
import io.proximadb.spark.read.SearchSettings;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.VectorNorm;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.NearestByJoin;
import org.apache.spark.sql.catalyst.plans.logical.Sort;
import org.apache.spark.sql.catalyst.rules.Rule;

/**
 * Makes analysed plans such that scans of collections can answer them: orders by Spark's vector
 * functions become orders by ours, which give the same to the last bit and which Spark offers to
 * scans; norms of stored vectors are computed on arrays; {@code NEAREST BY} joins with a collection
 * are kept for {@link LookupJoinRule}.
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
    LogicalPlan ordered =
        joined.transformUpWithSubqueries(
            Plans.where(
                node ->
                    node instanceof Sort sort && sort.global() && Plans.readsVectors(sort)
                        ? Optional.of(
                            sort.transformAllExpressions(Plans.where(VectorSqlRule::ours)))
                        : Optional.empty()));
    Set<ExprId> stored = Plans.storedVectors(ordered);
    return stored.isEmpty()
        ? ordered
        : ordered.transformAllExpressionsWithSubqueries(
            Plans.where(
                expression ->
                    expression instanceof VectorNorm norm
                            && norm.vector() instanceof AttributeReference vector
                            && stored.contains(vector.exprId())
                        ? StoredVectors.norm(norm)
                        : Optional.empty()));
  }

  private static Optional<Expression> ours(Expression expression) {
    Ranking ranking = Ranking.builtIn(expression);
    return ranking == null
        ? Optional.empty()
        : Optional.of(SessionFunctions.call(ranking.function(), Plans.children(expression)));
  }
}
