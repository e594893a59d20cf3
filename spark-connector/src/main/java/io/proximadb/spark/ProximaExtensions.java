package io.proximadb.spark;

import io.proximadb.spark.functions.SessionFunctions;
import io.proximadb.spark.functions.VectorCasts;
import io.proximadb.spark.search.FallbackNotes;
import io.proximadb.spark.search.LookupJoinRule;
import io.proximadb.spark.search.VectorSqlRule;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.classic.SparkSession;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/**
 * What ProximaDB adds to a session: {@code
 * spark.sql.extensions=io.proximadb.spark.ProximaExtensions}.
 *
 * <p>The vector functions that Spark lacks can then be called without a catalog's name, and the
 * arguments of all of them, Spark's built-in ones too, are cast to {@code ARRAY<FLOAT>}. {@code
 * ORDER BY distance LIMIT k} and {@code NEAREST BY} joins are answered by scans of collections,
 * {@code vector_search} is short for the former, and {@code vector_clusters} tells the clusters of
 * a collection that are nearest to a query.
 */
public final class ProximaExtensions extends AbstractFunction1<SparkSessionExtensions, BoxedUnit> {
  @Override
  public BoxedUnit apply(SparkSessionExtensions extensions) {
    SessionFunctions.inject(extensions);
    VectorClusters.inject(extensions);
    VectorSearch.inject(extensions);
    extensions.injectResolutionRule(session -> new VectorCasts());
    extensions.injectPlanNormalizationRule(session -> new VectorSqlRule());
    extensions.injectOptimizerRule(session -> new LookupJoinRule((SparkSession) session));
    extensions.injectPlannerStrategy(session -> new FallbackNotes());
    return BoxedUnit.UNIT;
  }
}
