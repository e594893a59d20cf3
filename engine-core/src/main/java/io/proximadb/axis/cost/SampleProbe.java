package io.proximadb.axis.cost;

import io.proximadb.index.IndexAnswer;
import io.proximadb.index.IndexBuild;
import io.proximadb.index.IndexQuery;
import io.proximadb.index.IndexType;
import io.proximadb.index.IndexTypes;
import io.proximadb.index.SegmentIndex;
import io.proximadb.index.VectorIndex;
import io.proximadb.index.VectorSearcher;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.VectorField;
import io.proximadb.vector.DistanceFunction;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tries strategies on a sample: builds what they need of most of its rows, and searches for the
 * others. So the machine and the data speak for themselves, and the model has to say only how
 * matters grow with the rows.
 */
public final class SampleProbe {
  /** Rows that are searched for: their median time is then good to some per cent. */
  private static final int QUERIES = 48;

  /** Fewer rows say nothing of an index. */
  public static final int MIN_ROWS = 512;

  /** How long searches go on, of one strategy: long enough to be compiled, mostly. */
  private static final long SEARCH_NANOS = 120_000_000;

  private static final int MIN_PASSES = 5;

  /** Strategies that were built once by this process, and so are compiled. */
  private static final Set<Strategy> COMPILED = ConcurrentHashMap.newKeySet();

  private final VectorField field;
  private final CollectionSchema schema;
  private final List<float[]> queries;
  private final SampleRows rows;
  private final int k;
  private final double recall;
  private final double[] bounds;

  /**
   * Prepares probes.
   *
   * @param sample in random order, at least {@value #MIN_ROWS} vectors of the field
   * @param k hits that searches ask for
   * @param recall that they ask for
   */
  public SampleProbe(
      VectorField field, CollectionSchema schema, List<float[]> sample, int k, double recall) {
    assert sample.size() >= MIN_ROWS;
    this.field = field;
    this.schema = schema;
    this.queries = sample.subList(0, QUERIES);
    this.rows = new SampleRows(sample.subList(QUERIES, sample.size()), field.dimension());
    this.k = k;
    this.recall = recall;
    this.bounds = queries.stream().mapToDouble(this::exactly).toArray();
  }

  /** The score of the k-th row by a comparison with all. */
  private double exactly(float[] query) {
    double[] scores = new double[rows.rowCount()];
    float[] block = new float[rows.rowCount() * rows.dimension()];
    rows.copy(0, rows.rowCount(), block, 0);
    DistanceFunction.of(field.metric(), query).scores(block, 0, rows.rowCount(), scores);
    Arrays.sort(scores);
    return scores[Math.min(k, scores.length) - 1];
  }

  /** Tries a strategy; takes up to a second or two where an index is built. */
  public Probe measure(Strategy strategy) {
    IndexDefinition definition = strategy.definition("probe", field.name());
    if (definition == null) {
      float[] all = new float[rows.rowCount() * rows.dimension()];
      rows.copy(0, rows.rowCount(), all, 0);
      double[] scores = new double[rows.rowCount()];
      double micros =
          micros(
              query -> {
                DistanceFunction.of(field.metric(), query).scores(all, 0, rows.rowCount(), scores);
                return scores[0];
              });
      return new Probe(rows.rowCount(), micros, 0, 0, 1, 1);
    }
    IndexType type = IndexTypes.named(definition.type());
    if (COMPILED.add(strategy)) {
      SegmentIndex first = type.build(rows, definition, schema, IndexBuild.inCaller());
      assert first.rowCount() == rows.rowCount();
    }
    long start = cpuNanos();
    SegmentIndex built = type.build(rows, definition, schema, IndexBuild.inCaller());
    double buildMicros = (cpuNanos() - start) / 1e3;
    VectorIndex index = (VectorIndex) built;
    if (recall >= 1 && !index.isExact()) {
      // Such searches do not ask it.
      return new Probe(rows.rowCount(), 0, buildMicros, built.memoryBytes(), 0, 0);
    }
    VectorSearcher searcher = index.newSearcher(rows);
    int answered = 0;
    double found = 0;
    for (int i = 0; i < queries.size(); i++) {
      IndexAnswer answer = searcher.search(query(queries.get(i)));
      if (answer != null) {
        double bound = bounds[i];
        answered++;
        found += Arrays.stream(answer.scores()).filter(score -> score <= bound).count();
      }
    }
    double micros =
        micros(
            query -> {
              IndexAnswer answer = searcher.search(query(query));
              return answer == null ? 0 : answer.rows().length;
            });
    double reached = answered == 0 ? 0 : Math.min(1, found / answered / k);
    double share = (double) answered / queries.size();
    return new Probe(rows.rowCount(), micros, buildMicros, built.memoryBytes(), share, reached);
  }

  private IndexQuery query(float[] vector) {
    return new IndexQuery(
        vector,
        DistanceFunction.of(field.metric(), vector),
        k,
        Double.POSITIVE_INFINITY,
        recall,
        0,
        null,
        rows.rowCount(),
        null);
  }

  /** Something that is done with each query. */
  private interface Search {
    double run(float[] query);
  }

  /** Processor time of a search, the median of the later passes. */
  private double micros(Search search) {
    long begin = cpuNanos();
    double[] passes = new double[1_024];
    int count = 0;
    double sink = 0;
    while (count < passes.length && (count < MIN_PASSES || cpuNanos() - begin < SEARCH_NANOS)) {
      long start = cpuNanos();
      for (float[] query : queries) {
        sink += search.run(query);
      }
      passes[count++] = (cpuNanos() - start) / 1e3 / queries.size();
    }
    Objects.requireNonNull(Double.valueOf(sink));
    double[] later = Arrays.copyOfRange(passes, count / 2, count);
    Arrays.sort(later);
    return Math.max(0.01, later[later.length / 2]);
  }

  /** Of this thread; what passes where the machine does not tell. */
  private static long cpuNanos() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    return threads.isCurrentThreadCpuTimeSupported()
        ? threads.getCurrentThreadCpuTime()
        : System.nanoTime();
  }
}
