package io.proximadb.bench.text;

import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.Figure;
import io.proximadb.bench.Passes;
import io.proximadb.filter.BoundFilter;
import io.proximadb.filter.Filter;
import io.proximadb.filter.PathValues;
import io.proximadb.filter.ValueIndex;
import io.proximadb.index.attribute.AttributeIndex;
import io.proximadb.index.attribute.AttributeIndexBuilder;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.Metric;
import io.proximadb.model.column.Column;
import io.proximadb.model.column.ColumnBatch;
import io.proximadb.model.column.LongColumn;
import io.proximadb.model.column.StringColumn;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.roaringbitmap.BitSetUtil;

/** Filters over the glosses' metadata, by indexes and by columns in memory. */
final class AttributeFigures {
  private static final int REPEATS = 20;
  private static final int PASSES = 5;
  private static final String COLUMN = "column in memory";

  private AttributeFigures() {}

  static void add(BenchmarkContext context, List<Glosses.Synset> synsets, List<Figure> figures)
      throws IOException {
    context.progress("filters by indexes and by columns");
    CollectionSchema schema =
        CollectionSchema.builder()
            .vector(1, Metric.EUCLIDEAN)
            .metadata("category", Scalar.STRING)
            .metadata("words", Scalar.STRING)
            .metadata("length", Scalar.INT)
            .build();
    Map<String, Column> columns = new LinkedHashMap<>();
    columns.put("category", texts(synsets, Glosses.Synset::category));
    columns.put("words", texts(synsets, Glosses.Synset::words));
    columns.put(
        "length",
        new LongColumn(
            Scalar.INT,
            synsets.stream().mapToLong(synset -> synset.definition().length()).toArray(),
            null));
    Map<String, ValueIndex> indexes = new LinkedHashMap<>();
    columns.forEach(
        (name, column) -> {
          AttributeIndex index = AttributeIndexBuilder.build(PathValues.of(schema, name), column);
          indexes.put(name, index);
          figures.add(
              Figure.of(
                  "attribute." + name + ".memory",
                  index.memoryBytes() / (double) column.size(),
                  "B/row",
                  String.format(Locale.ROOT, "%,d values", index.valueCount())));
        });
    Map<String, Filter> filters = new LinkedHashMap<>();
    filters.put("equal", Filter.equal("category", "noun.animal"));
    filters.put("prefix", new Filter.StartsWith("words", "sea"));
    filters.put("range", Filter.compare("length", Filter.Operator.GT, 150));
    filters.put(
        "and-not",
        Filter.and(
            Filter.not(Filter.equal("category", "noun.plant")),
            Filter.compare("length", Filter.Operator.LE, 20)));
    for (Map.Entry<String, Filter> filter : filters.entrySet()) {
      measure(
          filter.getKey(), BoundFilter.bind(filter.getValue(), schema), columns, indexes, figures);
    }
  }

  private static StringColumn texts(
      List<Glosses.Synset> synsets, Function<Glosses.Synset, String> text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int[] offsets = new int[synsets.size() + 1];
    for (int i = 0; i < synsets.size(); i++) {
      bytes.writeBytes(text.apply(synsets.get(i)).getBytes(StandardCharsets.UTF_8));
      offsets[i + 1] = bytes.size();
    }
    return new StringColumn(bytes.toByteArray(), offsets, null);
  }

  private static void measure(
      String name,
      BoundFilter filter,
      Map<String, Column> columns,
      Map<String, ValueIndex> indexes,
      List<Figure> figures)
      throws IOException {
    int rows = columns.values().iterator().next().size();
    ColumnBatch batch = new ColumnBatch(rows, columns);
    Function<String, Column> none =
        column -> {
          throw new IllegalStateException("Column " + column + " was read");
        };
    if (!filter
        .select(rows, indexes::get, none)
        .equals(BitSetUtil.bitmapOf(filter.select(batch)))) {
      throw new IllegalStateException("Index and column differ on " + name);
    }
    long passing = filter.select(batch).cardinality();
    Passes passes =
        new Passes()
            .add(
                "index",
                () -> {
                  long found = 0;
                  for (int i = 0; i < REPEATS; i++) {
                    found += filter.select(rows, indexes::get, none).getLongCardinality();
                  }
                  return found;
                })
            .add(
                "column",
                () -> {
                  long found = 0;
                  for (int i = 0; i < REPEATS; i++) {
                    found += filter.select(batch).cardinality();
                  }
                  return found;
                })
            .run(10, PASSES);
    String setting = String.format(Locale.ROOT, "%,d of %,d rows pass", passing, rows);
    double index = passes.median("index") / REPEATS * 1e6;
    double column = passes.median("column") / REPEATS * 1e6;
    figures.add(Figure.of("attribute." + name + ".time", index, "us", setting));
    figures.add(Figure.of("attribute." + name + ".time", column, "us", setting).peer(COLUMN));
  }
}
