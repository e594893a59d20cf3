package io.proximadb.testkit;

import io.proximadb.catalog.SchemaMapping;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.MetadataField;
import io.proximadb.model.Metric;
import io.proximadb.model.Row;
import io.proximadb.model.SparseVector;
import io.proximadb.model.VectorField;
import io.proximadb.model.VectorKind;
import io.proximadb.storage.TableContext;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.apache.iceberg.io.FileIO;

/** Schemas of every type and rows of them, from a seed. */
public final class RandomCollections {
  private static final int MAX_DEPTH = 3;
  private static final int[] DIMENSIONS = {1, 2, 3, 7, 8, 9, 16, 33, 100, 300};
  private static final String[] TEXTS = {
    "", "a", "ß", "日本語", "\uD83D\uDE00", "\u0000", "x".repeat(90), "\uD83D\uDE00".repeat(20)
  };

  private RandomCollections() {}

  /** A table that no catalog knows. */
  public static TableContext table(CollectionSchema schema, String location, FileIO io) {
    return table(schema, location, io, Map.of());
  }

  /** The same with properties. */
  public static TableContext table(
      CollectionSchema schema, String location, FileIO io, Map<String, String> properties) {
    return new TableContext(
        UUID.fromString("7d9f4b1e-3c52-4a86-9b0d-2f6c8e1a5d47"),
        location,
        SchemaMapping.toIceberg(schema),
        schema,
        io,
        properties);
  }

  /** One to three dense vector fields, up to two sparse ones and up to eight columns. */
  public static CollectionSchema schema(Random random) {
    CollectionSchema.Builder schema = CollectionSchema.builder();
    int vectors = 1 + random.nextInt(3);
    for (int i = 0; i < vectors; i++) {
      int dimension = DIMENSIONS[random.nextInt(DIMENSIONS.length)];
      schema.vector(new VectorField("vector" + i, dimension, Metric.EUCLIDEAN));
    }
    int sparse = random.nextInt(3);
    for (int i = 0; i < sparse; i++) {
      schema.sparse("sparse" + i, 1 + random.nextInt(1_000), Metric.DOT);
    }
    int columns = random.nextInt(9);
    for (int i = 0; i < columns; i++) {
      schema.metadata("column" + i, type(random, 0));
    }
    return schema.build();
  }

  /** A column of each scalar type, lists and structs, two dense vector fields and a sparse one. */
  public static CollectionSchema allTypes() {
    CollectionSchema.Builder schema = CollectionSchema.builder();
    schema.vector(new VectorField("vector", 5, Metric.EUCLIDEAN));
    schema.vector(new VectorField("second", 1, Metric.EUCLIDEAN));
    for (Scalar scalar : Scalar.values()) {
      schema.metadata("c_" + scalar, scalar);
      schema.metadata("list_" + scalar, new FieldType.ListOf(scalar));
    }
    FieldType struct =
        new FieldType.StructOf(
            List.of(
                new MetadataField("text", Scalar.STRING),
                new MetadataField("number", Scalar.DOUBLE),
                new MetadataField("items", new FieldType.ListOf(Scalar.INT))));
    schema.metadata("struct", struct);
    schema.vector(new VectorField("sparse", 900, Metric.COSINE, null, true, VectorKind.SPARSE));
    schema.metadata("structs", new FieldType.ListOf(struct));
    schema.metadata("lists", new FieldType.ListOf(new FieldType.ListOf(Scalar.STRING)));
    return schema.build();
  }

  private static FieldType type(Random random, int depth) {
    int kind = depth == MAX_DEPTH ? 0 : random.nextInt(4);
    if (kind == 1) {
      return new FieldType.ListOf(type(random, depth + 1));
    }
    if (kind == 2) {
      List<MetadataField> fields = new ArrayList<>();
      int count = 1 + random.nextInt(3);
      for (int i = 0; i < count; i++) {
        fields.add(new MetadataField("field" + i, type(random, depth + 1)));
      }
      return new FieldType.StructOf(fields);
    }
    return Scalar.values()[random.nextInt(Scalar.values().length)];
  }

  /** Rows of distinct ids. */
  public static List<Row> rows(CollectionSchema schema, int count, Random random) {
    List<Row> rows = new ArrayList<>();
    double nullShare = new double[] {0, 0.1, 0.9}[random.nextInt(3)];
    boolean few = random.nextBoolean();
    for (int i = 0; i < count; i++) {
      float[][] vectors = new float[schema.vectorFields().size()][];
      for (int f = 0; f < vectors.length; f++) {
        vectors[f] = vector(schema.vectorFields().get(f).dimension(), random);
      }
      Object[] metadata = new Object[schema.metadataFields().size()];
      for (int f = 0; f < metadata.length; f++) {
        MetadataField field = schema.metadataFields().get(f);
        VectorField sparse = schema.sparseField(field.name()).orElse(null);
        metadata[f] =
            sparse == null
                ? value(field.type(), nullShare, few, random)
                : sparse.optional() && random.nextDouble() < nullShare
                    ? null
                    : sparse(sparse.dimension(), random).asStruct();
      }
      rows.add(
          new Row(
              TEXTS[1 + random.nextInt(TEXTS.length - 1)] + "#" + i,
              vectors,
              metadata,
              random.nextInt(3) == 0 ? random.nextInt() : Row.NO_EXPIRY,
              1_700_000_000_000_000L + i,
              1_700_000_000_000_000L + random.nextInt(1_000)));
    }
    return rows;
  }

  public static float[] vector(int dimension, Random random) {
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = random.nextFloat() * 2 - 1;
    }
    return vector;
  }

  /** Up to twenty components, at least one. */
  public static SparseVector sparse(int dimension, Random random) {
    int[] indices = random.ints(1 + random.nextInt(20), 0, dimension).distinct().sorted().toArray();
    float[] values = new float[indices.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat() * 2 - 1.01f;
    }
    return SparseVector.of(indices, values);
  }

  private static Object value(FieldType type, double nullShare, boolean few, Random random) {
    if (random.nextDouble() < nullShare) {
      return null;
    }
    if (type instanceof FieldType.ListOf list) {
      List<Object> items = new ArrayList<>();
      int count = random.nextInt(4);
      for (int i = 0; i < count; i++) {
        items.add(value(list.element(), nullShare, few, random));
      }
      return items;
    }
    if (type instanceof FieldType.StructOf struct) {
      Map<String, Object> fields = new LinkedHashMap<>();
      for (MetadataField field : struct.fields()) {
        fields.put(field.name(), value(field.type(), nullShare, few, random));
      }
      return fields;
    }
    return scalar((Scalar) type, few, random);
  }

  /** Few distinct values, so that dictionaries pay, or many. */
  private static Object scalar(Scalar type, boolean few, Random random) {
    long number = few ? random.nextInt(5) - 2 : random.nextLong();
    return switch (type) {
      case BOOLEAN -> random.nextBoolean();
      case INT -> (int) number;
      case LONG -> few || random.nextInt(9) > 0 ? number : Long.MIN_VALUE;
      case FLOAT -> few ? floating(random).floatValue() : (Float) random.nextFloat();
      case DOUBLE -> few ? floating(random) : (Double) random.nextGaussian();
      case STRING -> {
        String text = TEXTS[random.nextInt(TEXTS.length)];
        yield few ? text : text + number;
      }
      case BINARY -> {
        byte[] bytes = new byte[few ? random.nextInt(2) : random.nextInt(40)];
        random.nextBytes(bytes);
        yield bytes;
      }
      case DATE -> LocalDate.ofEpochDay((int) number >> 8);
      case TIMESTAMP -> Instant.EPOCH.plus(number >> 12, ChronoUnit.MICROS);
    };
  }

  private static Double floating(Random random) {
    double[] special = {0, -0.0, 1.5, -1.5, Double.NaN, Double.POSITIVE_INFINITY, 1e-3};
    return special[random.nextInt(special.length)];
  }
}
