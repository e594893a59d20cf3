package io.proximadb.query;

import io.proximadb.filter.ValueIndex;
import io.proximadb.model.IndexDefinition;
import io.proximadb.mvcc.CollectionState;
import io.proximadb.mvcc.LoadedIndex;
import io.proximadb.mvcc.SegmentHandle;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The indexes of metadata that a file has, by path. For one read. */
final class AttributeIndexes implements Function<String, @Nullable ValueIndex> {
  private final CollectionState state;
  private final SegmentHandle handle;

  /** What was asked for, null where there is none: one answer must not be from index and column. */
  private final Map<String, @Nullable ValueIndex> found = new HashMap<>();

  AttributeIndexes(CollectionState state, SegmentHandle handle) {
    this.state = state;
    this.handle = handle;
  }

  @Override
  public @Nullable ValueIndex apply(String path) {
    if (!found.containsKey(path)) {
      found.put(path, load(path));
    }
    return found.get(path);
  }

  private @Nullable ValueIndex load(String path) {
    List<IndexDefinition> definitions = state.indexes();
    for (IndexDefinition definition : definitions) {
      if (definition.field().equals(path)) {
        LoadedIndex loaded = handle.index(state.context(), definition).index();
        if (loaded != null && loaded.index() instanceof ValueIndex index) {
          return index;
        }
      }
    }
    return null;
  }
}
