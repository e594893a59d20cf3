package io.proximadb.bench.ann;

import io.proximadb.api.Collection;
import io.proximadb.api.SearchRequest;
import io.proximadb.axis.AxisOptions;
import io.proximadb.axis.cost.Strategy;
import io.proximadb.filter.Filter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Dense vectors. */
final class DenseChoiceRows implements ChoiceRows {
  private final AnnData data;
  private final AnnCollection rows;

  DenseChoiceRows(Path folder, AnnData data) {
    this.data = data;
    // Exact checks as often as may be: else migrations wait for their samples most of the time.
    this.rows =
        new AnnCollection(
            folder,
            data,
            List.of(PART),
            Map.of(AxisOptions.CHECK_SHARE, Double.toString(AxisOptions.MAX_CHECK_SHARE)));
  }

  @Override
  public String name() {
    return data.name();
  }

  @Override
  public String field() {
    return "vector";
  }

  @Override
  public int rows() {
    return data.rows();
  }

  @Override
  public Collection collection() {
    return rows.collection();
  }

  @Override
  public void reopen() {
    rows.reopen();
  }

  @Override
  public void write(int from, int to) {
    rows.write(IntStream.range(from, to).toArray(), row -> Map.of(PART, ChoiceRows.part(row)));
  }

  @Override
  public List<SearchRequest> requests(Filter filter, double recall) {
    return IntStream.range(0, data.queryCount())
        .mapToObj(query -> rows.request(query, filter).recall(recall))
        .toList();
  }

  @Override
  public boolean fits(Strategy strategy) {
    return !strategy.type().equals("sparse");
  }

  @Override
  public void close() {
    rows.close();
  }
}
