package io.proximadb.spark.functions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.spark.SparkSessions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import scala.collection.Seq;

class SparkVectorFunctionsTest {
  @TempDir static Path warehouse;
  private static SparkSession spark;

  @BeforeAll
  static void open() {
    spark = SparkSessions.open(warehouse);
    long seed = System.nanoTime();
    System.out.println("seed=" + seed);
    Random random = new Random(seed);
    List<Row> rows = new ArrayList<>();
    for (int dimension : new int[] {1, 2, 7, 8, 9, 33, 784}) {
      for (int i = 0; i < 5; i++) {
        rows.add(RowFactory.create(random(random, dimension), random(random, dimension)));
      }
      rows.add(RowFactory.create(new Float[dimension], random(random, dimension)));
      rows.add(RowFactory.create(random(random, dimension), null));
      rows.add(RowFactory.create(zero(dimension), random(random, dimension)));
      Float[] odd = random(random, dimension);
      odd[dimension / 2] = Float.NaN;
      rows.add(RowFactory.create(odd, random(random, dimension)));
      Float[] huge = random(random, dimension);
      huge[dimension - 1] = 1e30f;
      rows.add(RowFactory.create(huge, random(random, dimension)));
    }
    rows.add(RowFactory.create(new Float[0], new Float[0]));
    StructType schema =
        new StructType()
            .add("a", DataTypes.createArrayType(DataTypes.FloatType))
            .add("b", DataTypes.createArrayType(DataTypes.FloatType));
    spark.createDataFrame(rows, schema).createOrReplaceTempView("pairs");
  }

  private static Float[] random(Random random, int dimension) {
    Float[] vector = new Float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = random.nextFloat() * 2 - 1;
    }
    return vector;
  }

  private static Float[] zero(int dimension) {
    Float[] vector = new Float[dimension];
    java.util.Arrays.fill(vector, 0f);
    return vector;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "vector_cosine_similarity(a, b)",
        "vector_l2_distance(a, b)",
        "vector_inner_product(a, b)",
        "vector_norm(a)",
        "vector_norm(a, 1)",
        "vector_norm(a, 2)",
        "vector_norm(a, float('inf'))",
        "vector_normalize(a)",
        "vector_normalize(a, 1)",
        "vector_normalize(a, float('inf'))"
      })
  void sameBitsAsTheBuiltIns(String call) {
    List<Row> rows = spark.sql("SELECT " + call + ", prox." + call + " FROM pairs").collectAsList();
    assertThat(rows).hasSizeGreaterThan(60);
    assertThat(rows).anySatisfy(row -> assertThat(row.isNullAt(0)).isTrue());
    for (Row row : rows) {
      assertThat(value(row, 1)).isEqualTo(value(row, 0));
    }
  }

  /** Java's lists take NaN for equal to itself, Scala's do not. */
  private static Object value(Row row, int column) {
    return row.get(column) instanceof Seq<?> ? row.getList(column) : row.get(column);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void interpretedAndGeneratedCodeAgree(boolean codegen) {
    SparkSession session = SparkSessions.open(warehouse);
    session.conf().set("spark.sql.codegen.wholeStage", codegen);
    session.conf().set("spark.sql.codegen.factoryMode", codegen ? "CODEGEN_ONLY" : "NO_CODEGEN");
    Row row =
        session
            .sql(
                "SELECT prox.vector_norm(v), prox.vector_norm(v, 1), prox.vector_dims(v),"
                    + " prox.vector_normalize(v), vector_l1_distance(v, array(id, 0))"
                    + " FROM (SELECT array(CAST(id AS FLOAT), 4f) AS v, id FROM range(3, 4))")
            .head();
    assertThat(row.getFloat(0)).isEqualTo(5f);
    assertThat(row.getFloat(1)).isEqualTo(7f);
    assertThat(row.getInt(2)).isEqualTo(2);
    assertThat(row.getList(3)).isEqualTo(List.of(0.6f, 0.8f));
    assertThat(row.getFloat(4)).isEqualTo(4f);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "prox.vector_l2_distance(array(3.0, 4.0), array(0, 0)) | 5.0",
        "prox.vector_l2_distance(array(3d, 4d), array(0f, 0f)) | 5.0",
        "prox.default.vector_dims(array(1.5, 2.5, 3.5)) | 3",
        "prox.vector_l1_distance(array(3.0, 4.0), array(0d, 0d)) | 7.0",
        "prox.vector_norm(array(3.0, 4.0), 1.0) | 7.0",
        "prox.vector_cosine_distance(array(1.0, 0.0), array(0.0, 2.0)) | 1.0",
        "prox.vector_cosine_distance(array(1.0, 0.0), array(0.0, 0.0)) | NULL",
        "prox.vector_l2_distance(array(1.0, NULL), array(0.0, 0.0)) | NULL",
        "prox.vector_l2_distance(NULL, array(0.0, 0.0)) | NULL",
        "prox.vector_norm(array(1.0), NULL) | NULL",
        "prox.vector_dims(NULL) | NULL",
        "vector_l2_distance(array(3.0, 4.0), array(0, 0)) | 5.0",
        "vector_l2_distance(array(3d, 4d), array(0f, 0f)) | 5.0",
        "vector_inner_product(array(3.0, 4.0), array(1, 1)) | 7.0",
        "vector_cosine_similarity(array(3.0, 4.0), array(6.0, 8.0)) | 1.0",
        "vector_norm(array(3.0, 4.0), 1) | 7.0",
        "element_at(vector_normalize(array(3.0, 4.0)), 1) | 0.6",
        "vector_l1_distance(array(3.0, 4.0), array(0, 0)) | 7.0",
        "vector_cosine_distance(array(1f, 0f), array(0f, 2f)) | 1.0",
        "vector_cosine_distance(NULL, array(0f, 2f)) | NULL",
        "vector_dims(array(1.5, 2.5, 3.5)) | 3",
        "vector_dims(array(1.5, NULL)) | NULL"
      },
      nullValues = "NULL")
  void casts(String call, String expected) {
    Object value = spark.sql("SELECT " + call).head().get(0);
    assertThat(value == null ? null : value.toString()).isEqualTo(expected);
  }

  @Test
  void castsReachColumnsAndAggregates() {
    spark
        .sql("SELECT array(3.0D, CAST(id AS DOUBLE)) AS v FROM range(3, 5)")
        .createOrReplaceTempView("doubles");
    assertThat(
            spark
                .sql("SELECT sum(vector_l2_distance(v, array(0.0, 0.0))) FROM doubles")
                .head()
                .getDouble(0))
        .isBetween(9.24, 9.25);
    assertThat(
            spark
                .sql(
                    "SELECT element_at(v, 2) FROM doubles"
                        + " ORDER BY vector_l1_distance(v, array(0, 0)) DESC LIMIT 1")
                .head()
                .getDouble(0))
        .isEqualTo(4);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "prox.vector_l2_distance(array(1f), array(1f, 2f)) | same dimension, but got 1 and 2",
        "vector_l1_distance(array(1f), array(1f, 2f)) | same dimension, but got 1 and 2",
        "prox.vector_norm(array(1f), 3f) | degree must be 1.0, 2.0, or float('inf'), but got 3.0",
        "prox.vector_dims('x') | Invalid argument 1 of vector_dims: STRING (expected ARRAY<FLOAT>)",
        "vector_dims('x') | Invalid argument 1 of vector_dims: STRING (expected ARRAY<FLOAT>)",
        "vector_dims() | expected vector_dims(vector)",
        "prox.vector_norm(array('x')) | Invalid argument 1 of vector_norm: ARRAY<STRING>",
        "prox.vector_l2_distance(array(1f)) | expected vector_l2_distance(left, right)",
        "prox.vector_nothing(array(1f)) | vector_nothing"
      },
      quoteCharacter = '"')
  void errors(String call, String message) {
    assertThatThrownBy(
            () -> spark.sql("SELECT " + call + " FROM (SELECT 1) WHERE rand() >= 0").collect())
        .hasStackTraceContaining(message);
  }

  @Test
  void functionsAreListedAndDescribed() {
    assertThat(
            spark.sql("SHOW USER FUNCTIONS IN prox").collectAsList().stream()
                .map(row -> row.getString(0)))
        .anyMatch(name -> name.endsWith("vector_l1_distance"));
    assertThat(spark.sql("DESCRIBE FUNCTION vector_l1_distance").collectAsList().toString())
        .contains("vector_l1_distance(left, right) - Returns the Manhattan (L1) distance");
  }
}
