package io.proximadb.flink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.functions.VectorFunction;
import io.proximadb.functions.VectorFunctions;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ProximaModuleTest {
  private static TableEnvironment sql;

  @BeforeAll
  static void loadModule() {
    sql = TableEnvironment.create(EnvironmentSettings.inBatchMode());
    sql.executeSql("LOAD MODULE proximadb");
    sql.executeSql(
        """
        CREATE TEMPORARY VIEW vectors AS SELECT * FROM (VALUES
          (1, CAST(ARRAY[3, 4] AS ARRAY<FLOAT>), CAST(ARRAY[4.0, 3.0] AS ARRAY<DOUBLE>)),
          (2, CAST(ARRAY[1, 0] AS ARRAY<FLOAT>), CAST(ARRAY[0.0, 2.0] AS ARRAY<DOUBLE>)),
          (3, CAST(ARRAY[0, 0] AS ARRAY<FLOAT>), CAST(ARRAY[1.0, 1.0] AS ARRAY<DOUBLE>)),
          (4, CAST(NULL AS ARRAY<FLOAT>), CAST(ARRAY[1.0, 1.0] AS ARRAY<DOUBLE>)),
          (5, CAST(ARRAY[1, NULL] AS ARRAY<FLOAT>), CAST(ARRAY[1.0, 1.0] AS ARRAY<DOUBLE>))
        ) AS t (n, f, d)
        """);
  }

  /** The results of some expressions over the view, one list for each row. */
  private static List<List<Object>> select(String... expressions) {
    String query = "SELECT " + String.join(", ", expressions) + ", n FROM vectors ORDER BY n";
    List<List<Object>> found = new ArrayList<>();
    try (CloseableIterator<Row> rows = sql.executeSql(query).collect()) {
      while (rows.hasNext()) {
        Row row = rows.next();
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < expressions.length; i++) {
          values.add(row.getField(i));
        }
        found.add(values);
      }
    } catch (Exception e) {
      throw new IllegalStateException(query, e);
    }
    return found;
  }

  @Test
  void offersEveryFunctionOfTheRegistry() {
    assertThat(new ProximaModule().listFunctions())
        .containsExactlyInAnyOrderElementsOf(
            VectorFunctions.all().stream().map(VectorFunction::name).toList());
    assertThat(sql.listModules()).contains("proximadb");
    assertThat(sql.listFunctions()).contains("vector_cosine_similarity", "vector_dims");
    assertThat(new ProximaModule().getFunctionDefinition("vector_unknown")).isEmpty();
  }

  @Test
  void pairsOfVectorsOfDifferentTypesAreCompared() {
    List<List<Object>> rows =
        select(
            "vector_cosine_similarity(f, d)",
            "vector_cosine_distance(d, f)",
            "vector_l2_distance(f, d)",
            "VECTOR_L1_DISTANCE(f, d)",
            "vector_inner_product(f, d)");
    float root2 = (float) Math.sqrt(2);
    assertThat(rows.get(0)).containsExactly(0.96f, 1f - 0.96f, root2, 2f, 24f);
    assertThat(rows.get(1)).containsExactly(0f, 1f, (float) Math.sqrt(5), 3f, 0f);
    assertThat(rows.get(2)).containsExactly(null, null, root2, 2f, 0f);
    assertThat(rows.get(3)).containsOnlyNulls();
    assertThat(rows.get(4)).containsOnlyNulls();
  }

  @Test
  void normsTakeADegree() {
    List<List<Object>> rows =
        select(
            "vector_norm(f)",
            "vector_norm(f, 1)",
            "vector_norm(f, 2.0)",
            "vector_norm(f, 1e39)",
            "vector_norm(f, CAST(NULL AS FLOAT))",
            "vector_normalize(f)",
            "vector_normalize(d, 1)",
            "vector_dims(f)");
    assertThat(rows.get(0))
        .containsExactly(
            5f, 7f, 5f, 4f, null, new Float[] {0.6f, 0.8f}, new Float[] {4f / 7, 3f / 7}, 2);
    assertThat(rows.get(2))
        .containsExactly(0f, 0f, 0f, 0f, null, null, new Float[] {0.5f, 0.5f}, 2);
    assertThat(rows.get(3))
        .containsExactly(null, null, null, null, null, null, new Float[] {0.5f, 0.5f}, null);
  }

  @Test
  void literalsNeedNoCast() {
    assertThat(
            select(
                    "vector_norm(ARRAY[3, 4])",
                    "vector_norm(ARRAY[1.5, 2.0])",
                    "vector_norm(ARRAY[CAST(3 AS BIGINT), CAST(4 AS BIGINT)])",
                    "vector_inner_product(ARRAY[1, 2], ARRAY[0.5, 1e0])",
                    "vector_dims(CAST(NULL AS ARRAY<INT>))",
                    "vector_norm(ARRAY[1, CAST(NULL AS INT)])",
                    "vector_norm(vector_normalize(ARRAY[3, 4]))")
                .get(0))
        .containsExactly(5f, 2.5f, 5f, 2.5f, null, null, 1f);
  }

  @Test
  void wrongArgumentsAreNamed() {
    assertThatThrownBy(() -> select("vector_l2_distance(f, ARRAY[1, 2, 3])"))
        .rootCause()
        .hasMessageContaining("must have the same dimension, but got 2 and 3");
    assertThatThrownBy(() -> select("vector_norm(f, 3)"))
        .rootCause()
        .hasMessageContaining("degree must be 1.0, 2.0");
    assertThatThrownBy(() -> sql.explainSql("SELECT vector_norm('x')"))
        .hasStackTraceContaining(
            "Invalid argument 1 of vector_norm: CHAR(1) NOT NULL (expected an ARRAY of numbers)");
    assertThatThrownBy(() -> sql.explainSql("SELECT vector_norm(ARRAY['x'])"))
        .hasStackTraceContaining("expected an ARRAY of numbers");
    assertThatThrownBy(() -> sql.explainSql("SELECT vector_l2_distance(ARRAY[1])"))
        .hasStackTraceContaining("vector_l2_distance");
  }
}
