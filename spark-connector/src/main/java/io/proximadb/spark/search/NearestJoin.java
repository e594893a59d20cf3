package io.proximadb.spark.search;

import io.proximadb.model.VectorField;
import io.proximadb.query.SnapshotNearest;
import io.proximadb.spark.functions.Ranking;
import io.proximadb.spark.functions.ScalaSeqs;
import io.proximadb.spark.read.ProximaScan;
import io.proximadb.spark.read.SearchSettings;
import io.proximadb.spark.read.VectorTable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.Inner$;
import org.apache.spark.sql.catalyst.plans.LeftOuter$;
import org.apache.spark.sql.catalyst.plans.NearestByDistance$;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.CTERelationDef;
import org.apache.spark.sql.catalyst.plans.logical.CTERelationRef;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.Generate;
import org.apache.spark.sql.catalyst.plans.logical.GlobalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LocalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.NearestByJoin;
import org.apache.spark.sql.catalyst.plans.logical.Offset;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.Sort;
import org.apache.spark.sql.catalyst.plans.logical.SubqueryAlias;
import org.apache.spark.sql.catalyst.plans.logical.View;
import org.apache.spark.sql.catalyst.plans.logical.WithCTE;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.execution.datasources.v2.DataSourceV2Relation;
import org.apache.spark.sql.execution.datasources.v2.DataSourceV2ScanRelation;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.jspecify.annotations.Nullable;
import scala.Option;
import scala.jdk.javaapi.CollectionConverters;

/**
 * A {@code NEAREST BY} join whose right side is a collection, with filters and columns chosen. Each
 * row of the left side looks its nearest up; where that cannot be, the join stays Spark's, which
 * compares each row with each, and the scan says why.
 */
final class NearestJoin {
  private final SparkSession session;
  private final NearestByJoin join;
  private final @Nullable Ranking ranking;
  private final LogicalPlan whole;

  /**
   * A join.
   *
   * @param whole the plan that it is part of
   */
  NearestJoin(SparkSession session, LookupJoin join, LogicalPlan whole) {
    this.session = session;
    this.join = join.join();
    this.ranking = join.ranking();
    this.whole = whole;
  }

  /** Why a join stays Spark's. */
  private static final class Unfit extends Exception {
    private static final long serialVersionUID = 1;

    Unfit(String reason) {
      super(reason);
    }
  }

  /** The column of the right side that is compared, and what with. */
  private record Compared(AttributeReference vector, Expression query) {}

  /** True if the right side of a join reads a collection, so that look-ups may do. */
  static boolean isCandidate(NearestByJoin join, LogicalPlan whole) {
    return Plans.readsVectors(inlined(join.right(), whole));
  }

  /** The join by look-ups, or what Spark makes of the join, with a note in its scans. */
  LogicalPlan rewrite() {
    try {
      return lookUp();
    } catch (Unfit e) {
      return session
          .sessionState()
          .optimizer()
          .FinishAnalysis()
          .apply(noted(String.valueOf(e.getMessage())));
    }
  }

  private LogicalPlan noted(String reason) {
    LogicalPlan right =
        join.right()
            .transformUp(
                Plans.where(
                    node ->
                        node instanceof DataSourceV2Relation relation
                                && relation.table() instanceof VectorTable
                            ? Optional.of(withNote(relation, reason))
                            : Optional.empty()));
    return join.withNewChildren(ScalaSeqs.of(List.of(join.left(), right)));
  }

  private static LogicalPlan withNote(DataSourceV2Relation relation, String reason) {
    Map<String, String> options = new HashMap<>(relation.options().asCaseSensitiveMap());
    options.put(SearchSettings.NOTE, reason);
    return relation.copy(
        relation.table(),
        relation.output(),
        relation.catalog(),
        relation.identifier(),
        new CaseInsensitiveStringMap(options),
        relation.timeTravelSpec());
  }

  private LogicalPlan lookUp() throws Unfit {
    if (ranking == null) {
      throw new Unfit("it ranks by " + join.rankingExpression().sql());
    }
    if (ranking.isDistance() != (join.direction() == NearestByDistance$.MODULE$)) {
      throw new Unfit("it looks for the farthest by " + ranking.function().name() + "()");
    }
    if (join.numResults() > SnapshotNearest.Query.MAX_K) {
      throw new Unfit(
          "it asks for "
              + join.numResults()
              + " rows, at most "
              + SnapshotNearest.Query.MAX_K
              + " are looked up");
    }
    if (join.joinType() != Inner$.MODULE$ && join.joinType() != LeftOuter$.MODULE$) {
      throw new Unfit("it is a " + join.joinType().sql() + " join");
    }
    Compared compared = compared();
    List<AttributeReference> given = given();
    Map<ExprId, String> names = new HashMap<>();
    ProximaScan scan = scan(right(given, compared.vector()), names);
    String column = names.get(compared.vector().exprId());
    VectorField field = column == null ? null : scan.vectorField(column).orElse(null);
    if (field == null || !scan.present().stream().allMatch(field.name()::equals)) {
      throw new Unfit("it compares no vector column of the table alone");
    }
    List<String> columns = new ArrayList<>();
    StructType schema = new StructType();
    for (AttributeReference attribute : given) {
      columns.add(names.getOrDefault(attribute.exprId(), attribute.name()));
      schema = schema.add(attribute.name(), attribute.dataType(), true);
    }
    double recall = SearchSettings.joinRecall(join.approx(), scan.options(), scan.properties());
    if (recall == 0) {
      throw new Unfit(SearchSettings.MODE + " is " + SearchSettings.OFF);
    }
    NearestLookup lookup =
        new NearestLookup(
            scan.context(),
            scan.tasks(),
            new NearestLookup.Wanted(
                scan.name(),
                ranking,
                field.name(),
                field.dimension(),
                join.numResults(),
                recall,
                columns),
            scan.pin());
    return generate(new NearestGenerator(schema, lookup, one(compared.query())), given);
  }

  private static scala.collection.immutable.Seq<Expression> one(Expression expression) {
    return ScalaSeqs.of(List.of(expression));
  }

  private LogicalPlan generate(NearestGenerator generator, List<AttributeReference> given) {
    List<Attribute> produced = new ArrayList<>();
    Map<ExprId, Attribute> byId = new HashMap<>();
    for (AttributeReference attribute : given) {
      Attribute nullable = attribute.withNullability(true);
      produced.add(nullable);
      byId.put(attribute.exprId(), nullable);
    }
    Generate generate =
        new Generate(
            generator,
            ScalaSeqs.of(List.<Object>of()),
            join.joinType() == LeftOuter$.MODULE$,
            Option.empty(),
            ScalaSeqs.of(produced),
            join.left());
    List<NamedExpression> output =
        new ArrayList<>(CollectionConverters.asJava(join.left().output()));
    for (Attribute attribute : CollectionConverters.asJava(join.right().output())) {
      Attribute known = byId.get(attribute.exprId());
      output.add(
          known != null
              ? known
              : new Alias(
                  new Literal(null, attribute.dataType()),
                  attribute.name(),
                  attribute.exprId(),
                  attribute.qualifier(),
                  Option.empty(),
                  ScalaSeqs.of(List.of())));
    }
    return new Project(ScalaSeqs.of(output), generate);
  }

  private Compared compared() throws Unfit {
    List<Expression> arguments = Plans.children(join.rankingExpression());
    AttributeSet right = join.right().outputSet();
    AttributeSet left = join.left().outputSet();
    for (int i = 0; i < Math.min(2, arguments.size()); i++) {
      Expression query = arguments.get(1 - i);
      if (arguments.get(i) instanceof AttributeReference vector
          && right.contains(vector)
          && query.references().subsetOf(left)
          && query.deterministic()) {
        return new Compared(vector, query);
      }
    }
    throw new Unfit("it does not compare a column of the table with a vector of the other side");
  }

  /** The columns of the right side that the rest of the plan makes use of. */
  private List<AttributeReference> given() throws Unfit {
    Set<ExprId> used = new HashSet<>();
    boolean known = collectUsed(whole, used) == Met.ALL_NAMED;
    CollectionConverters.asJava(whole.output()).forEach(a -> used.add(a.exprId()));
    List<AttributeReference> given = new ArrayList<>();
    for (Attribute attribute : CollectionConverters.asJava(join.right().output())) {
      if (!known || used.contains(attribute.exprId())) {
        if (!(attribute instanceof AttributeReference reference)) {
          throw new Unfit("its right side has a computed column");
        }
        given.add(reference);
      }
    }
    return given;
  }

  /** Whether a plan has the join below, and all above it names the columns that it makes use of. */
  private enum Met {
    NOT,
    ALL_NAMED,
    BY_POSITION
  }

  /** What the join and its right side make use of is left out. */
  private Met collectUsed(LogicalPlan node, Set<ExprId> used) {
    boolean isJoin =
        node instanceof LookupJoin other
            && other.join().right().outputSet().equals(join.right().outputSet());
    if (isJoin) {
      collectUsed(((LookupJoin) node).join().left(), used);
      return Met.ALL_NAMED;
    }
    CollectionConverters.asJava(node.references().toSeq()).forEach(a -> used.add(a.exprId()));
    Met met = Met.NOT;
    for (LogicalPlan child : Plans.children(node)) {
      Met below = collectUsed(child, used);
      met = below.compareTo(met) > 0 ? below : met;
    }
    return met == Met.ALL_NAMED && !namesColumns(node) ? Met.BY_POSITION : met;
  }

  /** False for what takes columns by their position or as they come, as UNION and writes do. */
  private static boolean namesColumns(LogicalPlan node) {
    return node instanceof Project
        || node instanceof Filter
        || node instanceof Sort
        || node instanceof Aggregate
        || node instanceof GlobalLimit
        || node instanceof LocalLimit
        || node instanceof Offset
        || node instanceof SubqueryAlias
        || node instanceof View;
  }

  /** The right side with the columns needed, optimized by itself, so that its scan has filters. */
  private LogicalPlan right(List<AttributeReference> given, AttributeReference vector) {
    List<NamedExpression> needed = new ArrayList<>(given);
    if (given.stream().noneMatch(attribute -> attribute.exprId().equals(vector.exprId()))) {
      needed.add(vector);
    }
    return session
        .sessionState()
        .optimizer()
        .execute(new Project(ScalaSeqs.of(needed), inlined(join.right(), whole)));
  }

  /** A plan with the definitions of common table expressions in place of their names. */
  private static LogicalPlan inlined(LogicalPlan plan, LogicalPlan whole) {
    return plan.transformUp(
        Plans.where(
            node ->
                node instanceof CTERelationRef reference
                    ? definition(reference, whole).map(found -> inlined(reference, found))
                    : Optional.empty()));
  }

  private static Optional<CTERelationDef> definition(CTERelationRef reference, LogicalPlan whole) {
    List<CTERelationDef> found = new ArrayList<>();
    collectDefinitions(whole, found);
    return found.stream().filter(one -> one.id() == reference.cteId()).findFirst();
  }

  private static void collectDefinitions(LogicalPlan node, List<CTERelationDef> found) {
    if (node instanceof WithCTE with) {
      found.addAll(CollectionConverters.asJava(with.cteDefs()));
    }
    Plans.children(node).forEach(child -> collectDefinitions(child, found));
  }

  private static LogicalPlan inlined(CTERelationRef reference, CTERelationDef definition) {
    List<Attribute> inner = CollectionConverters.asJava(definition.child().output());
    List<Attribute> outer = CollectionConverters.asJava(reference.output());
    List<NamedExpression> columns = new ArrayList<>();
    for (int i = 0; i < outer.size(); i++) {
      columns.add(
          new Alias(
              inner.get(i),
              outer.get(i).name(),
              outer.get(i).exprId(),
              outer.get(i).qualifier(),
              Option.empty(),
              ScalaSeqs.of(List.of())));
    }
    return new Project(ScalaSeqs.of(columns), definition.child());
  }

  /**
   * The scan that a plan is, and which of its columns each attribute is.
   *
   * @param names filled
   */
  private static ProximaScan scan(LogicalPlan plan, Map<ExprId, String> names) throws Unfit {
    if (plan instanceof DataSourceV2ScanRelation relation
        && relation.scan() instanceof ProximaScan scan
        && scan.isPlain()) {
      CollectionConverters.asJava(relation.output())
          .forEach(attribute -> names.put(attribute.exprId(), attribute.name()));
      return scan;
    }
    if (plan instanceof Project project) {
      ProximaScan scan = scan(project.child(), names);
      for (NamedExpression named : CollectionConverters.asJava(project.projectList())) {
        if (named instanceof Alias alias && alias.child() instanceof AttributeReference column) {
          names.put(alias.exprId(), names.getOrDefault(column.exprId(), column.name()));
        } else if (!(named instanceof AttributeReference)) {
          throw new Unfit("its right side computes " + ((Expression) named).sql());
        }
      }
      return scan;
    }
    if (plan instanceof org.apache.spark.sql.catalyst.plans.logical.Filter filter) {
      throw new Unfit("Spark evaluates the filter " + filter.condition().sql());
    }
    throw new Unfit("its right side is a " + plan.nodeName() + ", not a table");
  }
}
