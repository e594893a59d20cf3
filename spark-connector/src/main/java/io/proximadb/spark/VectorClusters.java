package io.proximadb.spark;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.query.NearestClusters;
import io.proximadb.spark.functions.ScalaSeqs;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.types.DataTypeUtils$;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The table-valued function {@code vector_clusters(collection, query, n)}: the clusters nearest to
 * a query, for queries that look into them alone.
 */
final class VectorClusters {
  /** The function's name. */
  static final String NAME = "vector_clusters";

  private static final String USAGE = NAME + "('catalog.namespace.collection', query, n)";

  private static final StructType RESULT =
      new StructType()
          .add("cluster_id", DataTypes.LongType, false)
          .add("rank", DataTypes.IntegerType, false);

  private VectorClusters() {}

  /** Registers the function. */
  static void inject(SparkSessionExtensions extensions) {
    TableFunctionCall.inject(
        extensions,
        NAME,
        USAGE,
        "the clusters nearest to a query, the nearest first",
        VectorClusters::plan);
  }

  private static LogicalPlan plan(TableFunctionCall call) {
    call.checkCount(3, 3);
    TableFunctionCall.Named named = call.collection(0);
    float[] query = call.vector(1);
    int n = (Integer) call.constant(2, DataTypes.IntegerType, "n");
    CollectionTable table = named.catalog().collection(named.identifier());
    List<Long> ids = NearestClusters.of(table, query, n, null);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < ids.size(); i++) {
      rows.add(RowFactory.create(ids.get(i), i + 1));
    }
    List<Attribute> output =
        new ArrayList<>(CollectionConverters.asJava(DataTypeUtils$.MODULE$.toAttributes(RESULT)));
    return LocalRelation.fromExternalRows(ScalaSeqs.of(output), ScalaSeqs.of(rows));
  }
}
