package io.proximadb.index.sparse;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.ResourceExhaustedException;
import io.proximadb.index.IndexBuild;
import io.proximadb.index.IndexType;
import io.proximadb.index.SegmentIndex;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.SparseVector;
import io.proximadb.model.VectorField;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.storage.SegmentReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.iceberg.io.CloseableIterator;

/**
 * The inverted index, {@code sparse}, of a sparse vector field. Exact.
 *
 * <p>Setting: {@code components}, how many a row has on average at most, {@value
 * #DEFAULT_COMPONENTS} unless set: what is reserved for a build. A file with more gets no index.
 */
public final class SparseType implements IndexType {
  private static final String NAME = "sparse";
  private static final String COMPONENTS = "components";

  /** What learned term weights of a passage often have, and more than most texts have words. */
  private static final int DEFAULT_COMPONENTS = 128;

  /** So few rows are decoded and compared in some milliseconds. */
  private static final int MIN_ROWS = 1_024;

  /** Rows in memory at once: with a hundred components each a quarter of a MiB. */
  private static final int BATCH_ROWS = 256;

  /** A bit, a length under COSINE, and what is left over of both. */
  private static final int ROW_BYTES = 16;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int version() {
    return SparseFormat.VERSION;
  }

  @Override
  public void check(IndexDefinition definition, CollectionSchema schema) {
    field(definition, schema);
    components(definition);
  }

  private static VectorField field(IndexDefinition definition, CollectionSchema schema) {
    return schema
        .sparseField(definition.field())
        .orElseThrow(
            () ->
                invalid(
                    definition,
                    "field '"
                        + definition.field()
                        + "' is no sparse vector field (expected one of "
                        + schema.sparseFields().stream().map(VectorField::name).toList()
                        + ")"));
  }

  private static int components(IndexDefinition definition) {
    int components = DEFAULT_COMPONENTS;
    for (Map.Entry<String, String> setting : definition.settings().entrySet()) {
      if (!setting.getKey().equals(COMPONENTS)) {
        throw invalid(
            definition, "unknown setting '" + setting.getKey() + "' (expected " + COMPONENTS + ")");
      }
      try {
        components = Integer.parseInt(setting.getValue().strip());
      } catch (NumberFormatException e) {
        components = 0;
      }
      if (components < 1 || components > SparseVector.MAX_COMPONENTS) {
        throw invalid(
            definition,
            COMPONENTS
                + " is '"
                + setting.getValue()
                + "' (expected 1 to "
                + SparseVector.MAX_COMPONENTS
                + ")");
      }
    }
    return components;
  }

  private static InvalidArgumentException invalid(IndexDefinition definition, String what) {
    return new InvalidArgumentException("Invalid index '" + definition.name() + "': " + what);
  }

  @Override
  public int minRows() {
    return MIN_ROWS;
  }

  @Override
  public boolean canIndex(SegmentReader segment, IndexDefinition definition) {
    return true;
  }

  @Override
  public long buildBytes(
      int rows, IndexDefinition definition, CollectionSchema schema, int threads) {
    return rows * ((long) components(definition) * SparseIndexBuilder.COMPONENT_BYTES + ROW_BYTES);
  }

  @Override
  public SegmentIndex build(
      SegmentReader segment,
      IndexDefinition definition,
      CollectionSchema schema,
      IndexBuild build) {
    VectorField field = field(definition, schema);
    long reserved = (long) components(definition) * segment.rowCount();
    long components = 0;
    SparseIndexBuilder builder = new SparseIndexBuilder(field.metric(), segment.rowCount());
    int position = 0;
    try (CloseableIterator<ColumnBatch> batches = segment.scan(List.of(field.name()), BATCH_ROWS)) {
      while (batches.hasNext()) {
        build.checkNotStopped();
        ColumnBatch batch = batches.next();
        Column vectors = batch.column(field.name());
        for (int row = 0; row < batch.rowCount(); row++, position++) {
          SparseVector vector = SparseVector.usable(field, vectors.value(row));
          if (vector != null) {
            components += vector.count();
            builder.add(position, vector);
          }
        }
        checkReserved(definition, components, reserved);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot close a scan of a data file", e);
    }
    return builder.build();
  }

  private static void checkReserved(IndexDefinition definition, long components, long reserved) {
    if (components > reserved) {
      throw new ResourceExhaustedException(
          "Cannot build index '"
              + definition.name()
              + "': rows have more than "
              + components(definition)
              + " components on average (create it anew with a higher setting '"
              + COMPONENTS
              + "')");
    }
  }

  @Override
  public SegmentIndex read(InputStream in, long length, UUID source, String location)
      throws IOException {
    return SparseFormat.read(in, length, source, location);
  }
}
