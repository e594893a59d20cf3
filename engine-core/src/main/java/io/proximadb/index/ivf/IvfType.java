package io.proximadb.index.ivf;

import io.proximadb.index.DenseFieldIndex;
import io.proximadb.index.EarlierIndex;
import io.proximadb.index.IndexBuild;
import io.proximadb.index.SegmentIndex;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.VectorField;
import io.proximadb.storage.ClusterRuns;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.VectorRows;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The list index, {@code ivf}, of a dense vector field under EUCLIDEAN, COSINE or DOT.
 *
 * <p>Settings: {@code lists}, {@code codes} (directions that a row is coded by), {@code product}
 * (bytes for all of them, else one each), {@code seed}; see {@link IvfSettings}.
 */
public final class IvfType extends DenseFieldIndex {
  private static final String NAME = "ivf";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int version() {
    return IvfFormat.VERSION;
  }

  @Override
  protected void checkSettings(IndexDefinition definition) {
    settings(definition);
  }

  private static IvfSettings settings(IndexDefinition definition) {
    IvfSettings settings = IvfSettings.usual();
    for (Map.Entry<String, String> setting : definition.settings().entrySet()) {
      String key = setting.getKey();
      String value = setting.getValue();
      settings =
          switch (key) {
            case "lists" ->
                settings.withLists((int) number(definition, key, value, 0, IvfSettings.MAX_LISTS));
            case "codes" ->
                settings.withCodes((int) number(definition, key, value, 1, Integer.MAX_VALUE));
            case "product" ->
                settings.withParts((int) number(definition, key, value, 1, Integer.MAX_VALUE));
            case "seed" ->
                settings.withSeed(number(definition, key, value, Long.MIN_VALUE, Long.MAX_VALUE));
            default ->
                throw invalid(
                    definition,
                    "unknown setting '" + key + "' (expected lists, codes, product or seed)");
          };
    }
    return settings;
  }

  @Override
  public long buildBytes(
      int rows, IndexDefinition definition, CollectionSchema schema, int threads) {
    int dimension = field(definition, schema).dimension();
    IvfSettings settings = settings(definition);
    return IvfIndex.memoryBytes(rows, dimension, IvfBuilder.lists(rows, settings), settings)
        + IvfBuilder.workBytes(rows, dimension, settings);
  }

  @Override
  public SegmentIndex build(
      SegmentReader segment,
      IndexDefinition definition,
      CollectionSchema schema,
      IndexBuild build) {
    VectorField field = field(definition, schema);
    VectorRows rows = segment.vectors(field.name());
    ClusterRuns clusters = clusters(segment, field, schema);
    return IvfBuilder.build(rows, field.metric(), clusters, settings(definition), build)
        .calibrated(rows, build);
  }

  @Override
  public boolean carriesOver() {
    return true;
  }

  @Override
  public SegmentIndex build(
      SegmentReader segment,
      IndexDefinition definition,
      CollectionSchema schema,
      IndexBuild build,
      EarlierIndex earlier) {
    SegmentIndex carried = carried(segment, definition, schema, build, earlier);
    return carried != null ? carried : build(segment, definition, schema, build);
  }

  /** Null if little could be carried over, or what came of it finds less than before. */
  private static @Nullable SegmentIndex carried(
      SegmentReader segment,
      IndexDefinition definition,
      CollectionSchema schema,
      IndexBuild build,
      EarlierIndex earlier) {
    if (!(earlier.index() instanceof IvfIndex before)) {
      return null;
    }
    VectorField field = field(definition, schema);
    VectorRows rows = segment.vectors(field.name());
    IvfIndex carried =
        IvfCarrier.carry(
            before,
            earlier.rowsBefore(),
            rows,
            field.metric(),
            clusters(segment, field, schema),
            settings(definition),
            build);
    if (carried == null) {
      return null;
    }
    IvfIndex calibrated = carried.calibrated(rows, build);
    return calibrated.isAsGoodAs(before) ? calibrated : null;
  }

  private static @Nullable ClusterRuns clusters(
      SegmentReader segment, VectorField field, CollectionSchema schema) {
    return field.equals(schema.defaultVectorField()) ? segment.clusters() : null;
  }

  @Override
  public SegmentIndex read(InputStream in, long length, UUID source, String location)
      throws IOException {
    return IvfFormat.read(in, length, source, location);
  }
}
