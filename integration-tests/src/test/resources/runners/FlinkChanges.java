import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;

/** Streams the changes of a file, {@code +U id number category} or {@code -D id}, into a collection. */
public final class FlinkChanges {
  public static void main(String[] arguments) throws Exception {
    List<Row> changes = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of(arguments[0]))) {
      String[] parts = line.split(" ");
      boolean delete = parts[0].equals("-D");
      float n = delete ? 0 : Float.parseFloat(parts[2]);
      changes.add(
          Row.ofKind(
              delete ? RowKind.DELETE : RowKind.UPDATE_AFTER,
              parts[1],
              delete ? null : parts[3],
              (long) n,
              new Float[] {n, n + 1, n / 2, -n}));
    }
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.setParallelism(2);
    env.enableCheckpointing(200);
    StreamTableEnvironment tables = StreamTableEnvironment.create(env);
    tables.createTemporaryView(
        "changes",
        tables.fromChangelogStream(
            env.fromData(
                    changes,
                    Types.ROW_NAMED(
                        new String[] {"id", "category", "number", "vector"},
                        Types.STRING,
                        Types.STRING,
                        Types.LONG,
                        Types.OBJECT_ARRAY(Types.FLOAT)))
                .setParallelism(1),
            Schema.newBuilder()
                .column("id", DataTypes.STRING().notNull())
                .column("category", DataTypes.STRING())
                .column("number", DataTypes.BIGINT())
                .column("vector", DataTypes.ARRAY(DataTypes.FLOAT()))
                .primaryKey("id")
                .build(),
            org.apache.flink.table.connector.ChangelogMode.upsert()));
    tables.executeSql(
        "CREATE TEMPORARY TABLE docs (id STRING, category STRING, `number` BIGINT,"
            + " `vector` ARRAY<FLOAT>, PRIMARY KEY (id) NOT ENFORCED) WITH ("
            + "'connector'='proximadb', 'warehouse'='"
            + arguments[1]
            + "', 'collection'='docs')");
    tables.executeSql("INSERT INTO docs SELECT id, category, `number`, `vector` FROM changes").await();
  }
}
