package io.proximadb.core;

import io.proximadb.api.IndexInfo;
import io.proximadb.index.IndexDefinitions;
import io.proximadb.index.IndexFiles;
import io.proximadb.index.IndexType;
import io.proximadb.index.IndexTypes;
import io.proximadb.model.IndexDefinition;
import io.proximadb.mvcc.CollectionState;
import io.proximadb.mvcc.SegmentView;
import java.util.List;
import org.apache.iceberg.io.InputFile;

/** Says how far the indexes of a state are, by looking for their files. */
final class IndexReport {
  private IndexReport() {}

  static List<IndexInfo> of(CollectionState state) {
    return state.indexes().stream().map(definition -> of(state, definition)).toList();
  }

  static IndexInfo of(CollectionState state, IndexDefinition definition) {
    long files = 0;
    long indexedFiles = 0;
    long rows = 0;
    long indexedRows = 0;
    long bytes = 0;
    long memory = 0;
    for (SegmentView segment : state.segments()) {
      long count = segment.handle().reader().rowCount();
      IndexType type = IndexTypes.named(definition.type());
      if (count < IndexDefinitions.minRows(state.context(), definition)
          || !type.canIndex(segment.handle().reader(), definition)) {
        continue;
      }
      files++;
      rows += count;
      InputFile file =
          state
              .context()
              .io()
              .newInputFile(
                  IndexFiles.location(state.context(), segment.handle().location(), definition));
      if (file.exists()) {
        indexedFiles++;
        indexedRows += count;
        bytes += file.getLength();
      }
      memory += segment.handle().indexBytes(definition);
    }
    return new IndexInfo(definition, files, indexedFiles, rows, indexedRows, bytes, memory);
  }
}
