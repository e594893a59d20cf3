package io.proximadb.index.hnsw;

import io.proximadb.index.DenseFieldIndex;
import io.proximadb.index.EarlierIndex;
import io.proximadb.index.IndexBuild;
import io.proximadb.index.SegmentIndex;
import io.proximadb.index.approximate.RowCoding;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.VectorField;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.VectorRows;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The graph index, {@code hnsw}, of a dense vector field under EUCLIDEAN, COSINE or DOT.
 *
 * <p>Settings: {@code degree} (links of a row), {@code beam} ("efConstruction"), {@code codes}
 * (directions that a row is coded by), {@code bits} of each of these, {@code seed}; see {@link
 * HnswSettings}.
 */
public final class HnswType extends DenseFieldIndex {
  private static final String NAME = "hnsw";

  /** Bytes a row that each thread of a build needs: a bit for "seen", and its lists. */
  private static final int BITS_IN_BYTE = 8;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int version() {
    return HnswFormat.VERSION;
  }

  @Override
  protected void checkSettings(IndexDefinition definition) {
    settings(definition);
  }

  private static HnswSettings settings(IndexDefinition definition) {
    HnswSettings settings = HnswSettings.usual();
    for (Map.Entry<String, String> setting : definition.settings().entrySet()) {
      int value =
          (int)
              number(
                  definition,
                  setting.getKey(),
                  setting.getValue(),
                  Integer.MIN_VALUE,
                  Integer.MAX_VALUE);
      settings =
          switch (setting.getKey()) {
            case "degree" -> settings.withDegree(value);
            case "beam" -> settings.withBeam(value);
            case "codes" -> settings.withCodes(value);
            case "bits" -> settings.withBits(value);
            case "seed" -> settings.withSeed(value);
            default ->
                throw invalid(
                    definition,
                    "unknown setting '"
                        + setting.getKey()
                        + "' (expected degree, beam, codes, bits or seed)");
          };
    }
    return settings;
  }

  @Override
  public long buildBytes(
      int rows, IndexDefinition definition, CollectionSchema schema, int threads) {
    int dimension = field(definition, schema).dimension();
    HnswSettings settings = settings(definition);
    long index = HnswIndex.memoryBytes(rows, dimension, settings);
    if (settings.bits() < CodedRows.INT8_BITS) {
      int codes = GraphMemory.directions(rows, dimension, settings);
      index += (long) rows * CodedRows.rowBytes(codes, CodedRows.INT8_BITS);
    }
    long thread = rows / BITS_IN_BYTE + RowCoding.workBytes(dimension);
    return index + (long) Integer.BYTES * rows + (long) (threads + 1) * thread;
  }

  @Override
  public SegmentIndex build(
      SegmentReader segment,
      IndexDefinition definition,
      CollectionSchema schema,
      IndexBuild build) {
    VectorField field = field(definition, schema);
    VectorRows rows = segment.vectors(field.name());
    return HnswIndex.build(rows, field.metric(), settings(definition), build)
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
    HnswIndex carried = carried(segment, definition, build, earlier);
    return carried != null ? carried : build(segment, definition, schema, build);
  }

  /** What was carried over, if it is as good as what was there before; else null. */
  private static @Nullable HnswIndex carried(
      SegmentReader segment, IndexDefinition definition, IndexBuild build, EarlierIndex earlier) {
    if (!(earlier.index() instanceof HnswIndex before)) {
      return null;
    }
    VectorRows rows = segment.vectors(definition.field());
    HnswIndex carried =
        GraphCarrier.carry(before, earlier.rowsBefore(), rows, settings(definition), build);
    if (carried == null) {
      return null;
    }
    HnswIndex calibrated = carried.calibrated(rows, build);
    return calibrated.calibration().isAsGoodAs(before.calibration()) ? calibrated : null;
  }

  @Override
  public SegmentIndex read(InputStream in, long length, UUID source, String location)
      throws IOException {
    return HnswReader.read(in, length, source, location);
  }
}
