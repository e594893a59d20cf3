package io.proximadb.query;

import io.proximadb.model.IndexDefinition;
import io.proximadb.mvcc.CollectionState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which indexes of a field a search may use, those first that are to be tried first. */
@FunctionalInterface
public interface IndexChoice {
  /** Those that the table says. */
  IndexChoice BY_TRAFFIC = CollectionState::indexesFor;

  /**
   * The indexes.
   *
   * @param hash of the query
   */
  List<IndexDefinition> of(CollectionState state, String field, int hash);

  /** One index alone; null for none. */
  static IndexChoice only(@Nullable String name) {
    return (state, field, hash) ->
        state.indexes().stream()
            .filter(index -> index.field().equals(field) && index.name().equals(name))
            .toList();
  }
}
