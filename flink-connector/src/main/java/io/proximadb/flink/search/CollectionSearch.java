package io.proximadb.flink.search;

import io.proximadb.api.SearchHit;
import io.proximadb.api.SearchResponse;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.query.ChangeTask;
import io.proximadb.query.SnapshotReader;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.metrics.Counter;
import org.apache.flink.table.connector.source.search.AsyncVectorSearchFunctionProvider;
import org.apache.flink.table.connector.source.search.VectorSearchFunctionProvider;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.AsyncVectorSearchFunction;
import org.apache.flink.table.functions.FunctionContext;
import org.apache.flink.table.functions.VectorSearchFunction;
import org.jspecify.annotations.Nullable;

/**
 * {@code VECTOR_SEARCH} of a collection: rows with their distance behind, nearest first. A query
 * that is NULL finds nothing.
 *
 * @param access what is read
 * @param field the vector field
 * @param options of the search
 */
public record CollectionSearch(TableAccess access, String field, SearchOptions options)
    implements VectorSearchFunctionProvider, AsyncVectorSearchFunctionProvider, Serializable {

  @Override
  public VectorSearchFunction createVectorSearchFunction() {
    return new Sync(this);
  }

  @Override
  public AsyncVectorSearchFunction createAsyncVectorSearchFunction() {
    return new Async(this);
  }

  private Collection<RowData> search(SharedTable table, Figures figures, int k, RowData query) {
    if (query.isNullAt(0)) {
      return List.of();
    }
    SnapshotReader reader = table.reader();
    ChangeTask.Commit commit = reader.commit();
    SearchResponse response =
        reader.search(
            options.request(
                vector(query.getArray(0)), k, field, access.filter(), access.columns().stored()));
    List<RowData> rows = new ArrayList<>(response.hits().size());
    for (SearchHit hit : response.hits()) {
      GenericRowData row = access.columns().row(hit.fields(), commit, 1);
      row.setField(row.getArity() - 1, hit.distance());
      rows.add(row);
    }
    figures.searches.inc();
    figures.rowsCompared.inc(response.rowsScannedExactly());
    return rows;
  }

  private static float[] vector(ArrayData array) {
    for (int i = 0; i < array.size(); i++) {
      if (array.isNullAt(i)) {
        throw new InvalidArgumentException(
            "Invalid component " + i + " of a query: null (expected a finite number)");
      }
    }
    return array.toFloatArray();
  }

  /** What searches of a task have done. */
  private record Figures(Counter searches, Counter rowsCompared) {
    Figures(FunctionContext context) {
      this(
          context.getMetricGroup().counter("proximadbSearches"),
          context.getMetricGroup().counter("proximadbRowsCompared"));
    }
  }

  /** Public, as Flink makes code that calls it. */
  public static final class Sync extends VectorSearchFunction {
    private static final long serialVersionUID = 1;
    private final CollectionSearch search;
    private transient @Nullable SharedTable table;
    private transient @Nullable Figures figures;

    Sync(CollectionSearch search) {
      this.search = search;
    }

    @Override
    public void open(FunctionContext context) {
      table = SharedTable.open(search.access());
      figures = new Figures(context);
    }

    @Override
    public Collection<RowData> vectorSearch(int k, RowData query) {
      SharedTable opened = table;
      Figures counted = figures;
      if (opened == null || counted == null) {
        throw new IllegalStateException("open() was not called");
      }
      return search.search(opened, counted, k, query);
    }

    @Override
    public void close() {
      if (table != null) {
        table.close();
      }
    }
  }

  /** Public, as Flink makes code that calls it. */
  public static final class Async extends AsyncVectorSearchFunction {
    private static final long serialVersionUID = 1;
    private final CollectionSearch search;
    private transient @Nullable SharedTable table;
    private transient @Nullable Figures figures;
    private transient @Nullable Workers workers;

    Async(CollectionSearch search) {
      this.search = search;
    }

    @Override
    public void open(FunctionContext context) {
      table = SharedTable.open(search.access());
      figures = new Figures(context);
      workers = new Workers("proximadb-search");
    }

    @Override
    public CompletableFuture<Collection<RowData>> asyncVectorSearch(int k, RowData query) {
      SharedTable opened = table;
      Figures counted = figures;
      if (opened == null || counted == null || workers == null) {
        throw new IllegalStateException("open() was not called");
      }
      return CompletableFuture.supplyAsync(
          () -> search.search(opened, counted, k, query), workers.threads());
    }

    @Override
    public void close() {
      try {
        if (workers != null) {
          workers.close();
        }
      } finally {
        if (table != null) {
          table.close();
        }
      }
    }
  }
}
