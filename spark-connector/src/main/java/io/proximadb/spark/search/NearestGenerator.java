package io.proximadb.spark.search;

import io.proximadb.spark.functions.ScalaSeqs;
import java.util.ArrayList;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.UserDefinedGenerator;
import org.apache.spark.sql.types.StructType;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** The rows nearest to a query vector, as a generator of rows that plans show in words. */
final class NearestGenerator extends UserDefinedGenerator {
  private static final long serialVersionUID = 1;

  private final StructType schema;
  private final NearestLookup lookup;

  NearestGenerator(StructType schema, NearestLookup lookup, Seq<Expression> query) {
    super(schema, lookup, query);
    this.schema = schema;
    this.lookup = lookup;
  }

  @Override
  public UserDefinedGenerator withNewChildrenInternal(IndexedSeq<Expression> children) {
    return new NearestGenerator(
        schema, lookup, ScalaSeqs.of(new ArrayList<>(CollectionConverters.asJava(children))));
  }

  @Override
  public String toString() {
    return lookup + "(" + CollectionConverters.asJava(children()).get(0) + ")";
  }
}
