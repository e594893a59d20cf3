package io.proximadb.spark.search;

import io.proximadb.spark.functions.Ranking;
import io.proximadb.spark.functions.ScalaSeqs;
import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.JoinType;
import org.apache.spark.sql.catalyst.plans.NearestByDirection;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.NearestByJoin;
import org.jspecify.annotations.Nullable;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/**
 * A {@code NEAREST BY} join that the optimizer is to leave alone until its scans can be bound.
 *
 * <p>Plans are cached by what stands in them before optimization. As both sides are children here,
 * Spark finds the table in a cached join when rows are written to it, and makes the cache anew.
 *
 * <p>Constructor and product are those of a Scala case class: Catalyst copies nodes by them.
 */
public final class LookupJoin extends LogicalPlan {
  private static final long serialVersionUID = 1;

  private final LogicalPlan left;
  private final LogicalPlan right;
  private final JoinType joinType;
  private final boolean approx;
  private final int numResults;
  private final Expression rankingExpression;
  private final NearestByDirection direction;

  @SuppressWarnings("serial") // enums are
  private final @Nullable Ranking ranking;

  /**
   * A join.
   *
   * @param ranking what the expression calls; null if that is no function of vectors
   */
  public LookupJoin(
      LogicalPlan left,
      LogicalPlan right,
      JoinType joinType,
      boolean approx,
      int numResults,
      Expression rankingExpression,
      NearestByDirection direction,
      @Nullable Ranking ranking) {
    this.left = left;
    this.right = right;
    this.joinType = joinType;
    this.approx = approx;
    this.numResults = numResults;
    this.rankingExpression = rankingExpression;
    this.direction = direction;
    this.ranking = ranking;
  }

  /** The same join, kept from Spark's own rewriting. */
  static LookupJoin of(NearestByJoin join) {
    return new LookupJoin(
        join.left(),
        join.right(),
        join.joinType(),
        join.approx(),
        join.numResults(),
        join.rankingExpression(),
        join.direction(),
        Ranking.of(join.rankingExpression()).orElse(null));
  }

  /** The join as Spark has it. */
  NearestByJoin join() {
    return new NearestByJoin(
        left, right, joinType, approx, numResults, rankingExpression, direction);
  }

  /** What rows are ranked by; null if it is no function of vectors. */
  @Nullable Ranking ranking() {
    return ranking;
  }

  @Override
  public Seq<Attribute> output() {
    return join().output();
  }

  @Override
  public Seq<LogicalPlan> children() {
    return ScalaSeqs.of(List.of(left, right));
  }

  @Override
  public LogicalPlan withNewChildrenInternal(IndexedSeq<LogicalPlan> children) {
    return new LookupJoin(
        children.apply(0),
        children.apply(1),
        joinType,
        approx,
        numResults,
        rankingExpression,
        direction,
        ranking);
  }

  @Override
  public int productArity() {
    return 8;
  }

  @Override
  public @Nullable Object productElement(int index) {
    return switch (index) {
      case 0 -> left;
      case 1 -> right;
      case 2 -> joinType;
      case 3 -> approx;
      case 4 -> numResults;
      case 5 -> rankingExpression;
      case 6 -> direction;
      case 7 -> ranking;
      default -> throw new IndexOutOfBoundsException(index);
    };
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof LookupJoin;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof LookupJoin that
        && left.equals(that.left)
        && right.equals(that.right)
        && joinType.equals(that.joinType)
        && approx == that.approx
        && numResults == that.numResults
        && rankingExpression.equals(that.rankingExpression)
        && direction.equals(that.direction)
        && ranking == that.ranking;
  }

  @Override
  public int hashCode() {
    return Objects.hash(left, right, joinType, approx, numResults, rankingExpression, direction);
  }
}
