package io.proximadb.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.ProximaEngine;
import io.proximadb.children.Jvm;
import io.proximadb.model.CollectionName;
import io.proximadb.testkit.Engines;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The one jar, given to a Spark as released by {@code spark-submit --jars} as to a cluster, and a
 * client of Spark Connect that has nothing of ProximaDB at all. Each is a process of its own.
 */
class SparkRuntimeTest {
  /** A process that starts on a busy machine. */
  private static final Duration START = Duration.ofSeconds(120);

  private static final List<String> STATEMENTS =
      List.of(
          "CREATE NAMESPACE prox.shop",
          "CREATE TABLE prox.shop.goods (id STRING, price INT, vector ARRAY<FLOAT>) TBLPROPERTIES"
              + " ('proximadb.vector.vector.dimension' = '2', 'proximadb.vector.vector.metric' ="
              + " 'EUCLIDEAN')",
          "SELECT count(*), sum(price) FROM prox.shop.goods",
          "EXPLAIN SELECT id FROM prox.shop.goods ORDER BY vector_l2_distance(vector, array(7.2,"
              + " 1)) LIMIT 2",
          "SELECT id FROM prox.shop.goods WHERE price < 9 ORDER BY vector_l2_distance(vector,"
              + " array(9.2, 1)) LIMIT 2",
          "CALL prox.system.create_index('shop.goods', 'near', 'hnsw', 'vector')",
          "CALL prox.system.build_index('shop.goods')",
          "SELECT id, _distance FROM vector_search('prox.shop.goods', array(70, 1), 2,"
              + " map('filter', 'price > 4', 'recall', '0.95'))",
          "SELECT q.name, g.id FROM VALUES ('a', array(5f, 1f)), ('b', array(1000f, 1f)) AS q(name,"
              + " v) JOIN prox.shop.goods g APPROX NEAREST 1 BY DISTANCE vector_l2_distance(q.v,"
              + " g.vector) ORDER BY q.name",
          "MERGE INTO prox.shop.goods t USING (SELECT * FROM VALUES ('r5', 500), ('new', 1) AS"
              + " s(id, price)) s ON t.id = s.id WHEN MATCHED THEN UPDATE SET price = s.price WHEN"
              + " NOT MATCHED THEN INSERT (id, price, vector) VALUES (s.id, s.price, array(0, 7))",
          "DELETE FROM prox.shop.goods WHERE price = 2",
          "SELECT count(*), max(price) FROM prox.shop.goods",
          "SELECT count(*) FROM prox.shop.goods VERSION AS OF 1",
          "INSERT INTO prox.shop.goods VALUES ('wide', 1, array(1, 2, 3))");

  @TempDir private Path folder;

  @Test
  void oneJarServesASparkAsReleasedAndItsRemoteClients() throws Exception {
    Path warehouse = folder.resolve("warehouse");
    int port = freePort();
    Process server = startServer(warehouse, port);
    Map<String, List<String>> answers;
    try {
      Awaitility.await().atMost(START).until(() -> !server.isAlive() || isOpen(port));
      assertThat(server.isAlive()).as(log()).isTrue();
      Path statements = Files.write(folder.resolve("statements"), STATEMENTS);
      answers =
          answers(
              Jvm.ofConnectClient(folder)
                  .runRunner("ConnectClient", "sc://127.0.0.1:" + port, statements.toString()));
    } finally {
      server.destroy();
      server.waitFor();
    }
    assertThat(rows(answers, 2)).containsExactly("2000 | 9000");
    assertThat(rows(answers, 3)).singleElement().asString().contains("VectorSearch: nearest 2");
    assertThat(rows(answers, 4)).containsExactly("r10", "r8");
    assertThat(rows(answers, 6)).singleElement().asString().startsWith("near | ");
    assertThat(rows(answers, 7)).containsExactly("r69 | 1.0", "r68 | 2.0");
    assertThat(rows(answers, 8)).containsExactly("a | r5", "b | r1000");
    assertThat(rows(answers, 11)).containsExactly("1801 | 500");
    assertThat(rows(answers, 12)).containsExactly("2000");
    assertThat(rows(answers, 13))
        .singleElement()
        .asString()
        .contains("FAILED")
        .contains("wide")
        .contains("expected 2");
    assertThat(answers.get("data frame")).containsExactly("r43 [43.0, 1.0]", "r33 [33.0, 1.0]");
    try (ProximaEngine engine = ProximaEngine.open(Engines.quiet(warehouse))) {
      var goods = engine.collection(CollectionName.parse("shop.goods"));
      assertThat(goods.get("r5").orElseThrow().record().metadata()).containsEntry("price", 500);
      assertThat(goods.get("r12")).isEmpty();
    }
  }

  /** What may stand on a cluster in another version has another name in the jar. */
  @Test
  void theJarHasNothingThatSparkHas() throws IOException {
    TreeSet<String> packages = new TreeSet<>();
    try (JarFile jar = new JarFile(Jvm.sparkRuntime().toFile())) {
      jar.stream()
          .map(JarEntry::getName)
          .filter(name -> name.endsWith(".class") && !name.startsWith("META-INF/"))
          .forEach(name -> packages.add(name.substring(0, name.lastIndexOf('/') + 1)));
    }
    assertThat(packages)
        .contains("io/proximadb/shaded/roaringbitmap/", "org/apache/iceberg/jdbc/")
        .allMatch(name -> name.matches("(io/proximadb|org/apache/iceberg|org/sqlite)/.*"));
  }

  private Process startServer(Path warehouse, int port) throws IOException {
    Jvm spark = Jvm.ofPlainSpark(folder);
    List<String> command = new ArrayList<>(spark.options());
    command.addAll(List.of("-Xmx1g", "-cp", spark.classPath()));
    command.add("org.apache.spark.deploy.SparkSubmit");
    command.addAll(List.of("--master", "local[2]", "--jars", Jvm.sparkRuntime().toString()));
    Map<String, String> settings =
        Map.of(
            "spark.sql.extensions", "io.proximadb.spark.ProximaExtensions",
            "spark.sql.catalog.prox", "io.proximadb.spark.ProximaCatalog",
            "spark.sql.catalog.prox.warehouse", warehouse.toString(),
            "spark.connect.grpc.binding.address", "127.0.0.1",
            "spark.connect.grpc.binding.port", Integer.toString(port),
            "spark.ui.enabled", "false",
            "spark.driver.host", "127.0.0.1",
            "spark.driver.bindAddress", "127.0.0.1",
            "spark.sql.shuffle.partitions", "2");
    settings.forEach((name, value) -> command.addAll(List.of("--conf", name + "=" + value)));
    command.addAll(
        List.of(
            "--class",
            "org.apache.spark.sql.connect.service.SparkConnectServer",
            "spark-internal"));
    return spark.start(
        command, Map.of(), folder.resolve("server.out"), folder.resolve("server.err"));
  }

  private String log() throws IOException {
    return Files.readString(folder.resolve("server.err"));
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static boolean isOpen(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static List<String> rows(Map<String, List<String>> answers, int statement) {
    return answers.get(STATEMENTS.get(statement));
  }

  /** Rows by the statement that they answer. */
  private static Map<String, List<String>> answers(String printed) {
    Map<String, List<String>> answers = new HashMap<>();
    for (String block : printed.split("(?m)^# ")) {
      List<String> lines = block.lines().collect(Collectors.toList());
      if (!lines.isEmpty()) {
        // A plan has lines of its own.
        List<String> rows = lines.subList(1, lines.size());
        answers.put(
            lines.get(0),
            lines.get(0).startsWith("EXPLAIN")
                    || (!rows.isEmpty() && rows.get(0).startsWith("FAILED"))
                ? List.of(String.join("\n", rows))
                : rows);
      }
    }
    return answers;
  }
}
