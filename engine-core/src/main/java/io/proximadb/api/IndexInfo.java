package io.proximadb.api;

import io.proximadb.model.IndexDefinition;

/**
 * An index and how far it is.
 *
 * @param definition of what and how it is
 * @param files data files that are large enough to be indexed
 * @param indexedFiles of them those whose index is there
 * @param rows of the former, live or not
 * @param indexedRows of the latter
 * @param bytes of index files
 * @param memoryBytes of what this engine has loaded
 */
public record IndexInfo(
    IndexDefinition definition,
    long files,
    long indexedFiles,
    long rows,
    long indexedRows,
    long bytes,
    long memoryBytes) {
  /** True if every file that is to have an index has it. */
  public boolean isComplete() {
    return indexedFiles == files;
  }
}
