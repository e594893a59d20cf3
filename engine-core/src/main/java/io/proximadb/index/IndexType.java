package io.proximadb.index;

import io.proximadb.model.CollectionSchema;
import io.proximadb.model.IndexDefinition;
import io.proximadb.storage.SegmentReader;
import java.io.IOException;
import java.io.InputStream;
import java.util.UUID;

/**
 * A kind of index. Each data file has an index of its own, built once and kept in a file of its
 * own, since data files never change. An index holds what is derived from rows, never the vectors
 * themselves: with none, or a damaged one, answers are right all the same and take longer.
 *
 * <p>Implementations are found by {@link java.util.ServiceLoader}, are stateless and safe for use
 * by several threads.
 */
public interface IndexType {
  /** The name in definitions, and in the names of files. */
  String name();

  /** The version of files that {@link #build} makes and {@link #read} reads. */
  int version();

  /**
   * Checks field and settings of a definition.
   *
   * @throws io.proximadb.error.InvalidArgumentException if the field is not there or not of a kind
   *     that can be indexed, or a setting is unknown or out of range
   */
  void check(IndexDefinition definition, CollectionSchema schema);

  /** True if a build makes use of the index of a file that rows were in before. */
  default boolean carriesOver() {
    return false;
  }

  /** Files of fewer rows get no index: looking at each row of them is as fast. */
  int minRows();

  /**
   * True if a file has what the index is of, in one row at least. Those of other engines may be
   * without, wholly or in some rows; who builds then gives rows with stand-ins for what is missing,
   * for which no search asks.
   */
  boolean canIndex(SegmentReader segment, IndexDefinition definition);

  /**
   * Bytes of heap that a build of so many rows takes at most, the index itself among them and for
   * all threads together; within a tenth.
   */
  long buildBytes(int rows, IndexDefinition definition, CollectionSchema schema, int threads);

  /**
   * Builds the index of a file. Deleted rows may be among those of the file.
   *
   * @param definition that was checked
   * @throws io.proximadb.error.ClosedException if the build was stopped
   */
  SegmentIndex build(
      SegmentReader segment, IndexDefinition definition, CollectionSchema schema, IndexBuild build);

  /**
   * The same for a file whose rows were in an indexed one before: what did not change may be
   * carried over.
   */
  default SegmentIndex build(
      SegmentReader segment,
      IndexDefinition definition,
      CollectionSchema schema,
      IndexBuild build,
      EarlierIndex earlier) {
    return build(segment, definition, schema, build);
  }

  /**
   * Reads an index, all of it verified before use.
   *
   * @param length of the file in bytes
   * @param source what it has to be an index of, see {@link IndexFiles#source}
   * @param location of the file, for messages
   * @throws io.proximadb.error.CorruptFileException if it is damaged, cut short or of other rows
   * @throws io.proximadb.error.UnsupportedVersionException if it is of another version
   */
  SegmentIndex read(InputStream in, long length, UUID source, String location) throws IOException;
}
