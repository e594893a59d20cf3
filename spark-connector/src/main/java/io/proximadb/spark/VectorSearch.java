package io.proximadb.spark;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Metric;
import io.proximadb.model.SystemColumns;
import io.proximadb.model.VectorField;
import io.proximadb.spark.functions.Ranking;
import io.proximadb.spark.functions.ScalaSeqs;
import io.proximadb.spark.read.SearchSettings;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.analysis.UnresolvedAttribute;
import org.apache.spark.sql.catalyst.analysis.UnresolvedFunction;
import org.apache.spark.sql.catalyst.analysis.UnresolvedRelation;
import org.apache.spark.sql.catalyst.analysis.UnresolvedStar;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Ascending$;
import org.apache.spark.sql.catalyst.expressions.Descending$;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.IsNotNull;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.SortDirection;
import org.apache.spark.sql.catalyst.expressions.SortOrder;
import org.apache.spark.sql.catalyst.expressions.UnaryMinus;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.GlobalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LocalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.Sort;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.catalyst.util.MapData;
import org.apache.spark.sql.classic.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.jspecify.annotations.Nullable;
import scala.Option;

/**
 * The table-valued function {@code vector_search(collection, query, k[, options])}: the rows
 * nearest to a query by the metric of the vector column, with their distance.
 *
 * <p>It is short for {@code ORDER BY distance LIMIT k}, and planned as that.
 */
final class VectorSearch {
  /** The function's name. */
  static final String NAME = "vector_search";

  /** The column that it adds: ascends, as {@link Metric} defines it. */
  static final String DISTANCE = "_distance";

  private static final String USAGE =
      NAME + "('catalog.namespace.collection', query, k[, map('option', 'value', ...)])";

  private static final String FIELD = "field";
  private static final String FILTER = "filter";
  private static final String MODE = "mode";
  private static final String RECALL = "recall";
  private static final Set<String> OPTIONS = Set.of(FIELD, FILTER, MODE, RECALL);

  private VectorSearch() {}

  /** Registers the function. */
  static void inject(SparkSessionExtensions extensions) {
    TableFunctionCall.inject(
        extensions,
        NAME,
        USAGE,
        "the rows nearest to a query, the nearest first; options: field, filter, mode, recall",
        VectorSearch::plan);
  }

  private static LogicalPlan plan(TableFunctionCall call) {
    call.checkCount(3, 4);
    TableFunctionCall.Named named = call.collection(0);
    float[] query = call.vector(1);
    int k = (Integer) call.constant(2, DataTypes.IntegerType, "k");
    if (k < 1) {
      throw new InvalidArgumentException("Invalid k of " + NAME + ": " + k + " (expected above 0)");
    }
    Map<String, String> options = call.arguments().size() > 3 ? options(call) : Map.of();
    CollectionTable table = named.catalog().collection(named.identifier());
    VectorField field = field(table.schema(), options.get(FIELD));
    if (query.length != field.dimension()) {
      throw new InvalidArgumentException(
          "Invalid query of "
              + NAME
              + ": it has "
              + query.length
              + " components (expected "
              + field.dimension()
              + ", the dimension of '"
              + field.name()
              + "')");
    }
    List<String> name =
        List.of(named.catalog().name(), table.name().namespace(), table.name().collection());
    LogicalPlan rows = new UnresolvedRelation(ScalaSeqs.of(name), readOptions(options), false);
    Expression vector = UnresolvedAttribute.quoted(field.name());
    rows = new Filter(new IsNotNull(vector), rows);
    String filter = options.get(FILTER);
    if (filter != null) {
      rows = new Filter(parsed(filter), rows);
    }
    return nearest(rows, field.metric(), vector, query, k);
  }

  private static Expression parsed(String filter) {
    try {
      return SparkSession.active().sessionState().sqlParser().parseExpression(filter);
    } catch (ParseException e) {
      throw new InvalidArgumentException(
          "Invalid " + FILTER + " of " + NAME + ": '" + filter + "': " + e.getMessage(), e);
    }
  }

  private static LogicalPlan nearest(
      LogicalPlan rows, Metric metric, Expression vector, float[] query, int k) {
    Ranking ranking =
        switch (metric) {
          case EUCLIDEAN -> Ranking.L2_DISTANCE;
          case MANHATTAN -> Ranking.L1_DISTANCE;
          case COSINE -> Ranking.COSINE_DISTANCE;
          case DOT -> Ranking.INNER_PRODUCT;
        };
    Expression constant =
        new Literal(
            new GenericArrayData(query), DataTypes.createArrayType(DataTypes.FloatType, false));
    Expression value = call(ranking, vector, constant);
    SortDirection direction = ranking.isDistance() ? Ascending$.MODULE$ : Descending$.MODULE$;
    List<SortOrder> order =
        List.of(
            order(value, direction),
            order(UnresolvedAttribute.quoted(SystemColumns.ID), Ascending$.MODULE$));
    Literal limit = new Literal(k, DataTypes.IntegerType);
    LogicalPlan ordered = new Sort(ScalaSeqs.of(order), true, rows, Option.empty());
    LogicalPlan first = new GlobalLimit(limit, new LocalLimit(limit, ordered));
    Expression distance = ranking.isDistance() ? value : new UnaryMinus(value, false);
    return new Project(
        ScalaSeqs.of(
            List.<NamedExpression>of(
                new UnresolvedStar(Option.empty()),
                new Alias(
                    distance,
                    DISTANCE,
                    NamedExpression.newExprId(),
                    ScalaSeqs.of(List.of()),
                    Option.empty(),
                    ScalaSeqs.of(List.of())))),
        first);
  }

  private static SortOrder order(Expression by, SortDirection direction) {
    return new SortOrder(by, direction, direction.defaultNullOrdering(), ScalaSeqs.of(List.of()));
  }

  private static Expression call(Ranking ranking, Expression vector, Expression query) {
    return new UnresolvedFunction(
        ScalaSeqs.of(List.of(ranking.function().name())),
        ScalaSeqs.of(List.of(vector, query)),
        false,
        Option.empty(),
        Option.empty(),
        ScalaSeqs.of(List.of()),
        false);
  }

  private static VectorField field(CollectionSchema schema, @Nullable String name) {
    if (name == null) {
      return schema.defaultVectorField();
    }
    return schema
        .vectorField(name)
        .orElseThrow(
            () ->
                new InvalidArgumentException(
                    "Invalid "
                        + FIELD
                        + " of "
                        + NAME
                        + ": '"
                        + name
                        + "' (expected one of "
                        + schema.vectorFields().stream().map(VectorField::name).toList()
                        + ")"));
  }

  /** A recall alone means that the search may be approximate. */
  private static CaseInsensitiveStringMap readOptions(Map<String, String> options) {
    Map<String, String> read = new HashMap<>();
    String mode = options.get(MODE);
    String recall = options.get(RECALL);
    if (mode != null) {
      SearchSettings.checkMode(mode);
      read.put(SearchSettings.MODE, mode);
    }
    if (recall != null) {
      SearchSettings.parseRecall(recall);
      read.put(SearchSettings.RECALL, recall);
      read.putIfAbsent(SearchSettings.MODE, SearchSettings.APPROXIMATE);
    }
    return new CaseInsensitiveStringMap(read);
  }

  private static Map<String, String> options(TableFunctionCall call) {
    MapData data =
        (MapData)
            call.constant(
                3, DataTypes.createMapType(DataTypes.StringType, DataTypes.StringType), "options");
    Map<String, String> options = new TreeMap<>();
    for (int i = 0; i < data.numElements(); i++) {
      String key = data.keyArray().getUTF8String(i).toString().toLowerCase(Locale.ROOT);
      if (!OPTIONS.contains(key) || data.valueArray().isNullAt(i)) {
        throw new InvalidArgumentException(
            "Invalid option of "
                + NAME
                + ": '"
                + key
                + "' (expected values for "
                + new TreeSet<>(OPTIONS)
                + ")");
      }
      options.put(key, data.valueArray().getUTF8String(i).toString());
    }
    return options;
  }
}
