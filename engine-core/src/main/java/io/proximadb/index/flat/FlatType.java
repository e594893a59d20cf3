package io.proximadb.index.flat;

import io.proximadb.index.DenseFieldIndex;
import io.proximadb.index.IndexBuild;
import io.proximadb.index.SegmentIndex;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.IndexDefinition;
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
public final class FlatType extends DenseFieldIndex {
  private static final String NAME = "flat";

  /** With these, rows of embeddings of 384 and more dimensions are nearly all left out by codes. */
  private static final int USUAL_DIRECTIONS = 190;

  private static final long USUAL_SEED = 42;

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
  protected void checkSettings(IndexDefinition definition) {
    settings(definition);
  }

  private static Settings settings(IndexDefinition definition) {
    int directions = USUAL_DIRECTIONS;
    long seed = USUAL_SEED;
    for (Map.Entry<String, String> setting : definition.settings().entrySet()) {
      String value = setting.getValue();
      switch (setting.getKey()) {
        case "directions" ->
            directions =
                (int) number(definition, "directions", value, 1, NestedQuantizer.MAX_DIRECTIONS);
        case "seed" -> seed = number(definition, "seed", value, Long.MIN_VALUE, Long.MAX_VALUE);
        default ->
            throw invalid(
                definition,
                "unknown setting '" + setting.getKey() + "' (expected directions or seed)");
      }
    }
    return new Settings(directions, seed);
  }

  @Override
  public long buildBytes(
      int rows, IndexDefinition definition, CollectionSchema schema, int threads) {
    int dimension = field(definition, schema).dimension();
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
    VectorField field = field(definition, schema);
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
