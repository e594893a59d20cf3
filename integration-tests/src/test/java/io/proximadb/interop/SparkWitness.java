package io.proximadb.interop;

import io.proximadb.model.VectorRecord;
import io.proximadb.testkit.Records;
import io.proximadb.testkit.Witness;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/** Lets a stock Spark read and write the table of a model test. */
final class SparkWitness implements Witness {
  private static final String TABLE = "proximadb.default.docs";

  private final StockSpark spark;

  SparkWitness(StockSpark spark) {
    this.spark = spark;
  }

  @Override
  public List<Seen> rows(Path warehouse, Long snapshotId, String extraColumn) {
    String extra = extraColumn == null ? "CAST(NULL AS BIGINT)" : extraColumn;
    String version = snapshotId == null ? "" : " VERSION AS OF " + snapshotId;
    List<Seen> rows = new ArrayList<>();
    for (String row :
        spark.sql(
            warehouse,
            "SELECT id, number, " + extra + ", expires_at, vector FROM " + TABLE + version)) {
      String[] parts = row.substring(1, row.length() - 1).split(",", 5);
      String id =
          new String(HexFormat.of().parseHex(parts[0].substring(1)), StandardCharsets.UTF_8);
      List<Float> vector = new ArrayList<>();
      for (String component : parts[4].substring(1, parts[4].length() - 1).split(",")) {
        vector.add(Float.intBitsToFloat(Integer.parseUnsignedInt(component.substring(1), 16)));
      }
      rows.add(
          new Seen(
              id,
              Long.parseLong(parts[1]),
              vector,
              parts[2].equals("null") ? null : Long.valueOf(parts[2]),
              parts[3].equals("null") ? Long.MAX_VALUE : Long.parseLong(parts[3].substring(1))));
    }
    return rows;
  }

  @Override
  public void write(
      Path warehouse,
      Statement statement,
      boolean copyOnWrite,
      String extraColumn,
      List<VectorRecord> records) {
    String mode = copyOnWrite ? "copy-on-write" : "merge-on-read";
    String command =
        switch (statement) {
          case INSERT ->
              "INSERT INTO " + TABLE + " (" + columns() + ") " + source(records, ", 1L, now()");
          case DELETE -> "DELETE FROM " + TABLE + " WHERE id IN (" + ids(records) + ")";
          case UPDATE -> update(records, extraColumn);
          case MERGE -> merge(records, extraColumn);
        };
    if (statement != Statement.INSERT) {
      spark.sql(
          warehouse,
          "ALTER TABLE %s SET TBLPROPERTIES ('write.%s.mode' = '%s')"
              .formatted(TABLE, statement.name().toLowerCase(java.util.Locale.ROOT), mode));
    }
    spark.sql(warehouse, command);
  }

  private static String columns() {
    return "id, number, category, vector, _version, _updated_at";
  }

  private static String ids(List<VectorRecord> records) {
    return records.stream().map(r -> "'" + r.id() + "'").collect(Collectors.joining(", "));
  }

  private static String category(VectorRecord record) {
    Object category = record.metadata().get("category");
    return category == null ? "CAST(NULL AS STRING)" : "'" + category + "'";
  }

  private static String vector(VectorRecord record) {
    StringBuilder text = new StringBuilder("array(");
    for (float component : Records.vector((Long) record.metadata().get("number"))) {
      text.append(text.length() > 6 ? ", " : "").append("CAST('").append(component);
      text.append("' AS FLOAT)");
    }
    return text.append(')').toString();
  }

  private static String source(List<VectorRecord> records, String more) {
    return records.stream()
        .map(
            record ->
                "SELECT '%s' AS id, %dL AS number, %s AS category, %s AS vector%s"
                    .formatted(
                        record.id(),
                        record.metadata().get("number"),
                        category(record),
                        vector(record),
                        more))
        .collect(Collectors.joining(" UNION ALL "));
  }

  private static String cleared(String extraColumn) {
    return "expires_at = NULL" + (extraColumn == null ? "" : ", " + extraColumn + " = NULL");
  }

  private static String update(List<VectorRecord> records, String extraColumn) {
    StringBuilder numbers = new StringBuilder("CASE id");
    StringBuilder categories = new StringBuilder("CASE id");
    StringBuilder vectors = new StringBuilder("CASE id");
    for (VectorRecord record : records) {
      String when = " WHEN '" + record.id() + "' THEN ";
      numbers.append(when).append(record.metadata().get("number")).append('L');
      categories.append(when).append(category(record));
      vectors.append(when).append(vector(record));
    }
    return "UPDATE %s SET number = %s ELSE 0L END, category = %s ELSE '' END, vector = %s ELSE vector END, %s WHERE id IN (%s)"
        .formatted(TABLE, numbers, categories, vectors, cleared(extraColumn), ids(records));
  }

  private static String merge(List<VectorRecord> records, String extraColumn) {
    return """
    MERGE INTO %s t USING (%s) s ON t.id = s.id
    WHEN MATCHED THEN UPDATE SET number = s.number, category = s.category, vector = s.vector, %s
    WHEN NOT MATCHED THEN INSERT (%s) VALUES (s.id, s.number, s.category, s.vector, 1L, now())\
    """
        .formatted(TABLE, source(records, ""), cleared(extraColumn), columns());
  }

  @Override
  public void replaced() {
    spark.reopen();
  }
}
