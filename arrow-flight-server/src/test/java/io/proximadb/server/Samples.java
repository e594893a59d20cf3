package io.proximadb.server;

import io.proximadb.model.CollectionName;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.EmbeddingModel;
import io.proximadb.model.FieldType.ListOf;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.FieldType.StructOf;
import io.proximadb.model.MetadataField;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorField;
import io.proximadb.model.VectorRecord;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Schemas and records that the tests share. */
public final class Samples {
  public static final CollectionName DOCS = CollectionName.parse("docs");

  /** Four dimensions, cosine, a category and a year. */
  public static final CollectionSchema DOCS_SCHEMA =
      CollectionSchema.builder()
          .vector(4, Metric.COSINE)
          .metadata("category", Scalar.STRING)
          .metadata("year", Scalar.INT)
          .build();

  public static final StructOf ADDRESS =
      new StructOf(
          List.of(
              new MetadataField("city", Scalar.STRING),
              new MetadataField("floors", new ListOf(Scalar.INT))));

  /** A column of every type, and two vector fields. */
  public static final CollectionSchema EVERYTHING =
      CollectionSchema.builder()
          .vector(3, Metric.EUCLIDEAN)
          .vector(new VectorField("image", 2, Metric.DOT, new EmbeddingModel("clip", "ViT-B-32")))
          .metadata("flag", Scalar.BOOLEAN)
          .metadata("small", Scalar.INT)
          .metadata("big", Scalar.LONG)
          .metadata("ratio", Scalar.FLOAT)
          .metadata("precise", Scalar.DOUBLE)
          .metadata("text", Scalar.STRING)
          .metadata("raw", Scalar.BINARY)
          .metadata("day", Scalar.DATE)
          .metadata("moment", Scalar.TIMESTAMP)
          .metadata("tags", new ListOf(Scalar.STRING))
          .metadata("grid", new ListOf(new ListOf(Scalar.LONG)))
          .metadata("address", ADDRESS)
          .build();

  private Samples() {}

  /** A record of {@link #DOCS_SCHEMA} that points in a direction of its own. */
  public static VectorRecord doc(int number) {
    float[] vector = {1, number, number % 7, 2};
    return VectorRecord.of(
        "doc-" + number,
        vector,
        Map.of("category", number % 2 == 0 ? "even" : "odd", "year", 2000 + number % 20));
  }

  public static List<VectorRecord> docs(int from, int to) {
    List<VectorRecord> docs = new ArrayList<>();
    for (int i = from; i < to; i++) {
      docs.add(doc(i));
    }
    return docs;
  }

  /** A value in every column of {@link #EVERYTHING}. */
  public static VectorRecord full(String id) {
    Map<String, Object> address = new HashMap<>();
    address.put("city", "Zürich");
    address.put("floors", listOf(1, null, 3));
    Map<String, Object> values = new HashMap<>();
    values.put("flag", true);
    values.put("small", -7);
    values.put("big", 1L << 40);
    values.put("ratio", 0.5f);
    values.put("precise", Math.PI);
    values.put("text", "naïve 日本 \uD83D\uDE00");
    values.put("raw", new byte[] {0, -1, 2});
    values.put("day", LocalDate.of(1969, 12, 31));
    values.put("moment", Instant.parse("2026-11-22T12:00:00.123456Z"));
    values.put("tags", listOf("a", null, ""));
    values.put("grid", List.of(List.of(1L, 2L), List.of(), List.of(3L)));
    values.put("address", address);
    return new VectorRecord(
        id, Map.of("vector", new float[] {1, 2, 3}, "image", new float[] {4, 5}), values, null);
  }

  /** Nothing but id and vectors. */
  public static VectorRecord bare(String id) {
    return new VectorRecord(
        id,
        Map.of("vector", new float[] {-1, 0, 1}, "image", new float[] {0, 0}),
        Map.of(),
        Instant.parse("2100-01-01T00:00:00Z"));
  }

  public static List<Object> listOf(Object... items) {
    List<Object> list = new ArrayList<>();
    for (Object item : items) {
      list.add(item);
    }
    return list;
  }
}
