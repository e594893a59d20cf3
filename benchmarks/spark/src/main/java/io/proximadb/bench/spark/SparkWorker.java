package io.proximadb.bench.spark;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.Warehouse;
import io.proximadb.env.Clock;
import io.proximadb.env.FailPoints;
import io.proximadb.index.IndexDefinitions;
import io.proximadb.maintenance.MaintenanceResult;
import io.proximadb.maintenance.MaintenanceScope;
import io.proximadb.maintenance.MaintenanceWork;
import io.proximadb.maintenance.MaintenanceWorks;
import io.proximadb.model.CollectionName;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.iceberg.UpdateProperties;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Measures collections beside Spark's own Parquet tables of the same rows: writing, draining
 * batches, an aggregate over all components, the nearest rows, and a join with the nearest.
 *
 * <p>Arguments: a folder to work in, a file of vectors of {@value #JOINED_DIMENSION} floats, a file
 * of as long queries, how many vectors and queries, how many vectors of {@value #LARGE_DIMENSION}
 * floats, how many passes, and the parts to measure, {@value #WRITE}, {@value #READ}, {@value
 * #ORDER} and {@value #JOIN}, between commas.
 */
public final class SparkWorker {
  static final int JOINED_DIMENSION = 784;
  static final int LARGE_DIMENSION = 128;
  static final String WRITE = "write";
  static final String READ = "read";
  static final String ORDER = "order";
  static final String JOIN = "join";
  private static final int K = 10;
  private static final long SEED = 7;

  /** As many files as cores read at once, on both sides. */
  private static final int FILES = 2;

  private static final int MAX_STEPS = 1_000;

  /** Each is a pass of Spark over all rows. */
  private static final int RECALL_QUERIES = 10;

  private final SparkSession spark;
  private final Timings timings;
  private final Path folder;
  private final int passes;

  private SparkWorker(SparkSession spark, Timings timings, Path folder, int passes) {
    this.spark = spark;
    this.timings = timings;
    this.folder = folder;
    this.passes = passes;
  }

  public static void main(String[] arguments) throws Exception {
    Timings timings = new Timings(System.out);
    Path folder = Path.of(arguments[0]);
    int rows = Integer.parseInt(arguments[3]);
    int queries = Integer.parseInt(arguments[4]);
    int large = Integer.parseInt(arguments[5]);
    Set<String> parts = Set.of(arguments[7].split(","));
    timings.phase("starting Spark");
    try (SparkSession spark = open(folder)) {
      spark.sql("CREATE NAMESPACE prox.bench");
      SparkWorker worker = new SparkWorker(spark, timings, folder, Integer.parseInt(arguments[6]));
      if (parts.contains(WRITE) || parts.contains(READ) || parts.contains(JOIN)) {
        Dataset<Row> vectors =
            VectorSets.ofFile(spark, Path.of(arguments[1]), JOINED_DIMENSION, rows, FILES);
        worker.write(vectors, parts.contains(WRITE));
      }
      if (parts.contains(READ)) {
        worker.read();
      }
      if (parts.contains(ORDER)) {
        worker.nearest(large);
      }
      if (parts.contains(JOIN)) {
        worker.join(
            VectorSets.ofFile(spark, Path.of(arguments[2]), JOINED_DIMENSION, queries, FILES));
      }
    }
  }

  private static SparkSession open(Path folder) {
    return SparkSession.builder()
        .appName("ProximaDB benchmark")
        .master("local[" + FILES + "]")
        .config("spark.sql.extensions", "io.proximadb.spark.ProximaExtensions")
        .config("spark.sql.catalog.prox", "io.proximadb.spark.ProximaCatalog")
        .config("spark.sql.catalog.prox.warehouse", folder.resolve("warehouse").toString())
        .config("spark.sql.shuffle.partitions", Integer.toString(FILES))
        .config("spark.sql.parquet.enableNestedColumnVectorizedReader", "true")
        // One task each for a file, as for a collection.
        .config("spark.sql.files.maxPartitionBytes", "4g")
        .config("spark.sql.files.openCostInBytes", "4g")
        .config("spark.local.dir", folder.resolve("local").toString())
        .config("spark.sql.warehouse.dir", folder.resolve("spark-warehouse").toString())
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate();
  }

  private String parquet(String name) {
    return folder.resolve("parquet-" + name).toString();
  }

  private void createCollection(String name, int dimension) {
    spark.sql(
        "CREATE TABLE prox.bench."
            + name
            + " (id STRING, vector ARRAY<FLOAT>) TBLPROPERTIES ('proximadb.vector.vector.dimension'"
            + " = '"
            + dimension
            + "', 'proximadb.vector.vector.metric' = 'EUCLIDEAN')");
  }

  /**
   * Each pass writes a table of its own, and drops the one before.
   *
   * @param measured false if the tables only have to be there
   */
  private void write(Dataset<Row> vectors, boolean measured) throws Exception {
    int counted = measured ? passes : 1;
    timings.phase("writing " + counted + " times each");
    Dataset<Row> kept = vectors.cache();
    kept.count();
    Map<String, Timings.Work> works = new LinkedHashMap<>();
    works.put(
        "write.proximadb",
        () -> {
          spark.sql("DROP TABLE IF EXISTS prox.bench.joined");
          createCollection("joined", JOINED_DIMENSION);
          kept.writeTo("prox.bench.joined").append();
        });
    works.put(
        "write.parquet",
        () ->
            kept.repartition(FILES, kept.col("id"))
                .sortWithinPartitions("id")
                .write()
                .mode("overwrite")
                .parquet(parquet("joined")));
    timings.run(works, measured ? 1 : 0, counted);
    kept.unpersist(true);
  }

  private void read() throws Exception {
    timings.phase("reading, " + passes + " passes each");
    Dataset<Row> ours = spark.table("prox.bench.joined");
    Dataset<Row> parquet = spark.read().parquet(parquet("joined"));
    Map<String, Timings.Work> drains = new LinkedHashMap<>();
    drains.put("drain.proximadb", () -> drain(ours));
    drains.put("drain.parquet", () -> drain(parquet));
    timings.run(drains, 2, passes);
    Map<String, Timings.Work> sums = new LinkedHashMap<>();
    sums.put("norms.proximadb", () -> norms(ours));
    sums.put("norms.parquet", () -> norms(parquet));
    timings.run(sums, 2, passes);
    timings.value("norms.difference", Math.abs(norms(ours) / norms(parquet) - 1));
  }

  /** Reads all batches and the first component of each row. */
  private static double drain(Dataset<Row> rows) {
    SparkPlan plan =
        columnar(
            ((org.apache.spark.sql.classic.Dataset<Row>) rows.select("vector"))
                .queryExecution()
                .sparkPlan());
    return plan.executeColumnar().toJavaRDD().map(SparkWorker::firstComponents).reduce(Double::sum);
  }

  private static SparkPlan columnar(SparkPlan plan) {
    return plan.supportsColumnar()
        ? plan
        : columnar(CollectionConverters.asJava(plan.children()).get(0));
  }

  private static double firstComponents(ColumnarBatch batch) {
    double sum = 0;
    for (int row = 0; row < batch.numRows(); row++) {
      sum += batch.column(0).getArray(row).getFloat(0);
    }
    return sum;
  }

  private static double norms(Dataset<Row> rows) {
    return rows.selectExpr("sum(vector_norm(vector))").head().getDouble(0);
  }

  private void nearest(int rows) throws Exception {
    timings.phase("writing " + rows + " x " + LARGE_DIMENSION);
    Dataset<Row> vectors = VectorSets.generated(spark, LARGE_DIMENSION, rows, FILES, SEED);
    createCollection("large", LARGE_DIMENSION);
    createCollection("nothing", LARGE_DIMENSION);
    vectors.writeTo("prox.bench.large").append();
    vectors.write().mode("overwrite").parquet(parquet("large"));
    vectors.limit(0).write().mode("overwrite").parquet(parquet("nothing"));
    timings.phase("ORDER BY distance LIMIT " + K + ", " + passes + " passes each");
    int[] query = {rows};
    String parquet = "parquet.`" + parquet("large") + "`";
    Map<String, Timings.Work> works = new LinkedHashMap<>();
    works.put("order.proximadb", () -> order("prox.bench.large", query[0]++));
    works.put("order.parquet", () -> order(parquet, query[0]));
    works.put("empty.proximadb", () -> order("prox.bench.nothing", query[0]));
    works.put("empty.parquet", () -> order("parquet.`" + parquet("nothing") + "`", query[0]));
    timings.run(works, 2, passes);
    timings.value("order.recall", recall(parquet, rows));
    timings.phase("clustering by Spark");
    spark.sql("CALL prox.system.create_index('bench.large', 'lists', 'ivf', 'vector')");
    Map<String, Timings.Work> build = new LinkedHashMap<>();
    build.put("index.proximadb", () -> spark.sql("CALL prox.system.build_index('bench.large')"));
    timings.run(build, 0, 1);
    spark.sql(
        "ALTER TABLE prox.bench.large SET TBLPROPERTIES ('proximadb.search.mode' = 'approx',"
            + " 'proximadb.search.recall' = '0.97')");
    timings.phase("the same by the index");
    timings.run(
        Map.of("indexed.proximadb", () -> order("prox.bench.large", query[0]++)), 2, passes);
    timings.value("indexed.recall", recall(parquet, rows));
  }

  /** The share of the nearest that a collection finds, over some queries. */
  private double recall(String parquet, int rows) {
    int same = 0;
    for (int i = 0; i < RECALL_QUERIES; i++) {
      Set<String> found = new HashSet<>(order("prox.bench.large", rows + i));
      found.retainAll(order(parquet, rows + i));
      same += found.size();
    }
    return same / (double) (RECALL_QUERIES * K);
  }

  private List<String> order(String table, long query) {
    return spark
        .sql(
            "SELECT id FROM "
                + table
                + " ORDER BY vector_l2_distance(vector, "
                + literal(VectorSets.vector(LARGE_DIMENSION, query, SEED))
                + ") LIMIT "
                + K)
        .collectAsList()
        .stream()
        .map(row -> row.getString(0))
        .toList();
  }

  private static String literal(float[] vector) {
    return IntStream.range(0, vector.length)
        .mapToObj(i -> vector[i] + "f")
        .collect(Collectors.joining(", ", "array(", ")"));
  }

  private void join(Dataset<Row> queries) throws Exception {
    timings.phase("building an index");
    index();
    queries.write().mode("overwrite").parquet(parquet("queries"));
    spark.read().parquet(parquet("queries")).createOrReplaceTempView("queries");
    timings.phase("APPROX NEAREST " + K + " by look-ups");
    String ours = "prox.bench.joined";
    timings.run(Map.of("join.proximadb", () -> joined(ours)), 1, passes);
    timings.phase("APPROX NEAREST " + K + " by Spark, which compares all with all");
    String parquet = "parquet.`" + parquet("joined") + "`";
    List<Row>[] exact = rowLists();
    timings.run(Map.of("join.parquet", () -> exact[0] = joined(parquet)), 0, 1);
    Set<String> wanted = pairs(exact[0]);
    Set<String> found = pairs(joined(ours));
    found.retainAll(wanted);
    timings.value("join.recall", found.size() / (double) Math.max(1, wanted.size()));
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private static List<Row>[] rowLists() {
    return new List[] {List.of()};
  }

  private static Set<String> pairs(List<Row> rows) {
    return rows.stream()
        .map(row -> row.getString(0) + " " + row.getString(1))
        .collect(Collectors.toCollection(HashSet::new));
  }

  private List<Row> joined(String table) {
    return spark
        .sql(
            "SELECT q.id, t.id FROM queries q JOIN "
                + table
                + " t APPROX NEAREST "
                + K
                + " BY DISTANCE vector_l2_distance(q.vector, t.vector)")
        .collectAsList();
  }

  /** As a maintenance process does. */
  private void index() {
    Map<String, String> options = Map.of("warehouse", folder.resolve("warehouse").toString());
    try (Warehouse warehouse = Warehouse.open(options)) {
      CollectionTable table = warehouse.load(CollectionName.parse("bench.joined"));
      UpdateProperties update = table.table().updateProperties();
      IndexDefinitions.properties("graph", "hnsw", "vector", Map.of()).forEach(update::set);
      update.commit();
      table.refresh();
      MaintenanceScope scope = new MaintenanceScope(table, Clock.system(), FailPoints.NONE);
      for (MaintenanceWork work : MaintenanceWorks.standard()) {
        if (work.kind() == MaintenanceWork.Kind.INDEX_BUILD) {
          MaintenanceResult result = work.run(scope);
          for (int step = 0; result.more() && step < MAX_STEPS; step++) {
            result = work.run(scope);
          }
        }
      }
    }
  }
}
