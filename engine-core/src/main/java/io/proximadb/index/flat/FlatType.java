package io.proximadb.index.flat;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.index.IndexBuild;
import io.proximadb.index.IndexType;
import io.proximadb.index.SegmentIndex;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.Metric;
import io.proximadb.model.VectorField;
import io.proximadb.storage.SegmentReader;
import io.proximadb.vector.quantize.NestedQuantizer;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.UUID;

/**
 * The flat index, {@code flat}, of a dense vector field under EUCLIDEAN, COSINE or DOT: exact
 * answers in a fraction of the time of a scan.
 *
 * <p>Settings: {@code directions} (principal directions that a row is coded along, about a byte
 * each) and {@code seed}.
 */
public final class FlatType implements IndexType {
  private static final String NAME = "flat";

  /** With these, rows of embeddings of 384 and more dimensions are nearly all left out by codes. */
  private static final int USUAL_DIRECTIONS = 190;

  private static final long USUAL_SEED = 42;

  /** So many rows are compared in half a millisecond, of 784 dimensions. */
  private static final int MIN_ROWS = 4_096;

  private record Settings(int directions, long seed) {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int version() {
    return FlatIndexFormat.VERSION;
  }

  @Override
  public void check(IndexDefinition definition, CollectionSchema schema) {
    VectorField field =
        schema
            .vectorField(definition.field())
            .orElseThrow(
                () ->
                    invalid(
                        definition,
                        "field '"
                            + definition.field()
                            + "' is no dense vector field (expected one of "
                            + schema.vectorFields().stream().map(VectorField::name).toList()
                            + ")"));
    if (field.metric() == Metric.MANHATTAN) {
      throw invalid(
          definition, "its field is compared by MANHATTAN (expected EUCLIDEAN, COSINE or DOT)");
    }
    settings(definition);
  }

  private static InvalidArgumentException invalid(IndexDefinition definition, String what) {
    return new InvalidArgumentException("Invalid index '" + definition.name() + "': " + what);
  }

  private static Settings settings(IndexDefinition definition) {
    int directions = USUAL_DIRECTIONS;
    long seed = USUAL_SEED;
    for (Map.Entry<String, String> setting : definition.settings().entrySet()) {
      String value = setting.getValue().strip();
      switch (setting.getKey()) {
        case "directions" -> {
          long wanted = number(definition, "directions", value);
          if (wanted < 1 || wanted > NestedQuantizer.MAX_DIRECTIONS) {
            throw invalid(
                definition,
                "directions is "
                    + wanted
                    + " (expected 1 to "
                    + NestedQuantizer.MAX_DIRECTIONS
                    + ")");
          }
          directions = (int) wanted;
        }
        case "seed" -> seed = number(definition, "seed", value);
        default ->
            throw invalid(
                definition,
                "unknown setting '" + setting.getKey() + "' (expected directions or seed)");
      }
    }
    return new Settings(directions, seed);
  }

  private static long number(IndexDefinition definition, String key, String value) {
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw new InvalidArgumentException(
          "Invalid index '"
              + definition.name()
              + "': "
              + key
              + " is '"
              + value
              + "' (expected a whole number)",
          e);
    }
  }

  @Override
  public int minRows() {
    return MIN_ROWS;
  }

  @Override
  public boolean canIndex(SegmentReader segment, IndexDefinition definition) {
    return segment.hasVectors(definition.field())
        && segment.rowsWithoutVector(definition.field()).isEmpty();
  }

  @Override
  public long buildBytes(
      int rows, IndexDefinition definition, CollectionSchema schema, int threads) {
    int dimension = schema.vectorField(definition.field()).orElseThrow().dimension();
    int directions = settings(definition).directions();
    return FlatIndex.memoryBytes(rows, dimension, directions)
        + FlatIndex.buildBytes(rows, dimension, threads);
  }

  @Override
  public SegmentIndex build(
      SegmentReader segment,
      IndexDefinition definition,
      CollectionSchema schema,
      IndexBuild build) {
    VectorField field = schema.vectorField(definition.field()).orElseThrow();
    Settings settings = settings(definition);
    return FlatIndex.build(
        segment.vectors(field.name()),
        field.metric(),
        settings.directions(),
        settings.seed(),
        build);
  }

  @Override
  public SegmentIndex read(InputStream in, long length, UUID source, String location)
      throws IOException {
    return FlatIndexFiles.read(in, length, source, location);
  }
}
