package io.proximadb.spark.search;

import io.proximadb.spark.functions.Ranking;
import io.proximadb.spark.functions.ScalaSeqs;
import io.proximadb.spark.read.ProximaScan;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.GlobalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LocalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Offset;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.ReturnAnswer;
import org.apache.spark.sql.catalyst.plans.logical.Sort;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.SparkStrategy;
import org.apache.spark.sql.execution.datasources.v2.DataSourceV2ScanRelation;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Has {@code EXPLAIN} say why Spark compares all rows for an {@code ORDER BY distance LIMIT k} that
 * no scan took.
 *
 * <p>A strategy, because no rule of an extension runs after scans were made and filters are where
 * they stay. It plans nothing itself: it puts notes into scans and lets the others plan.
 */
public final class FallbackNotes extends SparkStrategy {
  @Override
  public Seq<SparkPlan> apply(LogicalPlan plan) {
    LogicalPlan limited = plan instanceof ReturnAnswer answer ? answer.child() : plan;
    Optional<LogicalPlan> noted =
        limited instanceof GlobalLimit limit
            ? orderUnder(limit.child())
                .map(sort -> explained(limit, sort))
                .filter(other -> other != limit)
            : Optional.empty();
    return ScalaSeqs.of(
        noted
            .map(other -> limited == plan ? other : new ReturnAnswer(other))
            .map(other -> List.of(planLater(other)))
            .orElse(List.of()));
  }

  private static Optional<Sort> orderUnder(LogicalPlan node) {
    LogicalPlan at = node;
    while (at instanceof LocalLimit || at instanceof Offset || at instanceof Project) {
      at = Plans.children(at).get(0);
    }
    return at instanceof Sort sort && sort.global() && call(sort).isPresent()
        ? Optional.of(sort)
        : Optional.empty();
  }

  /** The call of a vector function that rows are ordered by first. */
  private static Optional<Expression> call(Sort sort) {
    Expression first = CollectionConverters.asJava(sort.order()).get(0).child();
    LogicalPlan at = sort.child();
    while (first instanceof Attribute attribute && at instanceof Project project) {
      for (NamedExpression named : CollectionConverters.asJava(project.projectList())) {
        if (named instanceof Alias alias && alias.exprId().equals(attribute.exprId())) {
          first = alias.child();
        }
      }
      at = project.child();
    }
    return Ranking.of(first).isPresent() ? Optional.of(first) : Optional.empty();
  }

  private static LogicalPlan explained(GlobalLimit limit, Sort sort) {
    String reason =
        Plans.children(call(sort).orElseThrow()).stream().noneMatch(Expression::foldable)
            ? "the query vector is not a constant"
            : "";
    LogicalPlan child = noted(sort.child(), reason);
    return child == sort.child()
        ? limit
        : limit.transformDown(
            Plans.where(
                node ->
                    node == sort
                        ? Optional.of(sort.withNewChildren(ScalaSeqs.of(List.of(child))))
                        : Optional.empty()));
  }

  private static LogicalPlan noted(LogicalPlan node, String reason) {
    if (node instanceof DataSourceV2ScanRelation relation) {
      return relation.scan() instanceof ProximaScan scan && !scan.isTopOnly() && !scan.isExplained()
          ? relation.copy(
              relation.relation(),
              scan.explained(
                  reason.isEmpty() && scan.whyNotTop().isEmpty()
                      ? "Spark did not offer the order"
                      : reason.isEmpty() ? scan.whyNotTop() : reason),
              relation.output(),
              relation.keyGroupedPartitioning(),
              relation.ordering(),
              relation.pushedFilters())
          : node;
    }
    String below = reason;
    if (below.isEmpty() && node instanceof Filter filter) {
      below = "Spark evaluates the filter " + filter.condition().sql();
    } else if (below.isEmpty() && !(node instanceof Project)) {
      below = "there is a " + node.nodeName() + " between the table and the order";
    }
    List<LogicalPlan> children = new ArrayList<>();
    boolean changed = false;
    for (LogicalPlan child : Plans.children(node)) {
      LogicalPlan noted = noted(child, below);
      changed |= noted != child;
      children.add(noted);
    }
    return changed ? node.withNewChildren(ScalaSeqs.of(children)) : node;
  }
}
