package io.proximadb.query;

import io.proximadb.catalog.CollectionTable;
import io.proximadb.catalog.LiveFile;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.model.ClusterId;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.RecordValidator;
import io.proximadb.model.VectorField;
import io.proximadb.mvcc.CollectionState;
import io.proximadb.mvcc.SegmentView;
import io.proximadb.storage.TableContext;
import io.proximadb.storage.clusters.ClusterModel;
import io.proximadb.storage.clusters.ClusterModels;
import io.proximadb.storage.clusters.FileClusters;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Tells which clusters are nearest to a query, for those who prune by the column themselves. */
public final class NearestClusters {
  private NearestClusters() {}

  /**
   * The ids of the nearest clusters of the current generation and of those that files have.
   *
   * @throws InvalidArgumentException if n, field or query are not valid
   */
  public static List<Long> of(CollectionState state, float[] query, int n, @Nullable String name) {
    return of(
        state.context(),
        generations -> {
          for (SegmentView segment : state.segments()) {
            segment
                .handle()
                .reader()
                .clusters()
                .forEachId(id -> generations.add(ClusterId.generation(id)));
          }
        },
        query,
        n,
        name);
  }

  /**
   * The same for a table without an engine, by what its manifests tell of its files: of a file with
   * clusters of several generations the oldest and the newest.
   *
   * @throws InvalidArgumentException if n, field or query are not valid
   */
  public static List<Long> of(CollectionTable table, float[] query, int n, @Nullable String name) {
    return of(
        table.context(),
        generations -> {
          for (LiveFile file : table.liveFiles()) {
            generations.add(FileClusters.newest(table.context(), file.dataFile()));
            generations.add(FileClusters.oldest(table.context(), file.dataFile(), 0));
          }
        },
        query,
        n,
        name);
  }

  private static List<Long> of(
      TableContext context,
      Consumer<Set<Integer>> ofFiles,
      float[] query,
      int n,
      @Nullable String name) {
    if (n < 1) {
      throw new InvalidArgumentException(
          "Invalid number of clusters: " + n + " (expected at least 1)");
    }
    CollectionSchema schema = context.schema();
    VectorField field = Searcher.field(schema, name);
    if (field.isSparse()) {
      return List.of();
    }
    RecordValidator.checkVector(field, query, "query");
    if (!field.equals(ClusterModels.field(context))) {
      return List.of();
    }
    TreeSet<Integer> generations = new TreeSet<>(Comparator.reverseOrder());
    generations.add(ClusterModels.currentGeneration(context));
    ofFiles.accept(generations);
    List<Long> ids = new ArrayList<>();
    for (int generation : generations) {
      ClusterModel model = generation < 1 ? null : ClusterModels.find(context, generation);
      if (model != null) {
        int[] ranked = model.centroids().ranked(query);
        for (int i = 0; i < Math.min(n, ranked.length); i++) {
          ids.add(model.id(ranked[i]));
        }
      }
    }
    return ids;
  }
}
