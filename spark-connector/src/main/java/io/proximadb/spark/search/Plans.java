package io.proximadb.spark.search;

import io.proximadb.spark.read.VectorTable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.trees.TreeNode;
import org.apache.spark.sql.execution.datasources.v2.DataSourceV2Relation;
import scala.Function1;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractPartialFunction;

/** Walking Catalyst's trees from Java. */
final class Plans {
  private Plans() {}

  /** True if a table of ours is read below the node. */
  static boolean readsVectors(LogicalPlan plan) {
    for (LogicalPlan leaf : CollectionConverters.asJava(plan.collectLeaves())) {
      if (leaf instanceof DataSourceV2Relation relation
          && relation.table() instanceof VectorTable) {
        return true;
      }
    }
    return false;
  }

  /** The vector columns of tables of ours: no component of what they store is null. */
  static Set<ExprId> storedVectors(LogicalPlan plan) {
    Set<ExprId> stored = new HashSet<>();
    for (LogicalPlan leaf : CollectionConverters.asJava(plan.collectLeaves())) {
      if (leaf instanceof DataSourceV2Relation relation
          && relation.table() instanceof VectorTable table) {
        CollectionConverters.asJava(relation.output()).stream()
            .filter(column -> table.isVector(column.name()))
            .forEach(column -> stored.add(column.exprId()));
      }
    }
    return stored;
  }

  /** The children of a node. */
  static <T extends TreeNode<T>> List<T> children(T node) {
    return new ArrayList<>(CollectionConverters.asJava(node.children()));
  }

  /**
   * A function for Catalyst's transformations: nodes for which it gives nothing stay as they are.
   */
  static <T> AbstractPartialFunction<T, T> where(Function<T, Optional<? extends T>> change) {
    return new Where<>(change);
  }

  private static final class Where<T> extends AbstractPartialFunction<T, T> {
    private final Function<T, Optional<? extends T>> change;

    Where(Function<T, Optional<? extends T>> change) {
      this.change = change;
    }

    @Override
    public boolean isDefinedAt(T node) {
      return change.apply(node).isPresent();
    }

    @Override
    public <A extends T, B> B applyOrElse(A node, Function1<A, B> otherwise) {
      Optional<? extends T> changed = change.apply(node);
      if (changed.isEmpty()) {
        return otherwise.apply(node);
      }
      @SuppressWarnings("unchecked") // Scala's signature says B >: T, Java cannot
      B result = (B) changed.get();
      return result;
    }
  }
}
