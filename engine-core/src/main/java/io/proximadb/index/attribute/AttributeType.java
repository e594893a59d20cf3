package io.proximadb.index.attribute;

import io.proximadb.error.InvalidArgumentException;
import io.proximadb.filter.PathValues;
import io.proximadb.index.IndexBuild;
import io.proximadb.index.IndexType;
import io.proximadb.index.SegmentIndex;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.IndexDefinition;
import io.proximadb.storage.SegmentReader;
import java.io.IOException;
import java.io.InputStream;
import java.util.UUID;

/**
 * The index of metadata, {@code attribute}: of a column of scalars or of lists of them, or of a
 * field of a struct, {@code address.city}. Exact; has no settings.
 */
public final class AttributeType implements IndexType {
  private static final String NAME = "attribute";

  /** So few rows are evaluated in some 10 microseconds. */
  private static final int MIN_ROWS = 4_096;

  /** Column, values as they are gathered, and the index, for a value with a key. */
  private static final int KEY_BYTES = 64;

  /** The same for a text of up to some 60 bytes that no other row has. */
  private static final int TEXT_BYTES = 320;

  /** Elements that a list is taken to have. */
  private static final int ELEMENTS = 4;

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int version() {
    return AttributeFormat.VERSION;
  }

  @Override
  public void check(IndexDefinition definition, CollectionSchema schema) {
    if (!definition.settings().isEmpty()) {
      throw new InvalidArgumentException(
          "Invalid index '"
              + definition.name()
              + "': unknown setting '"
              + definition.settings().keySet().iterator().next()
              + "' (expected none)");
    }
    PathValues.of(schema, definition.field());
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
    PathValues path = PathValues.of(schema, definition.field());
    return (long) rows * (path.hasKeys() ? KEY_BYTES : TEXT_BYTES) * (path.isList() ? ELEMENTS : 1);
  }

  @Override
  public SegmentIndex build(
      SegmentReader segment,
      IndexDefinition definition,
      CollectionSchema schema,
      IndexBuild build) {
    build.checkNotStopped();
    PathValues path = PathValues.of(schema, definition.field());
    return AttributeIndexBuilder.build(path, segment.column(path.column()));
  }

  @Override
  public SegmentIndex read(InputStream in, long length, UUID source, String location)
      throws IOException {
    return AttributeFormat.read(in, length, source, location);
  }
}
