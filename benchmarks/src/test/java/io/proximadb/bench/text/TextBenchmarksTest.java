package io.proximadb.bench.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.proximadb.bench.BenchmarkContext;
import io.proximadb.bench.Figure;
import io.proximadb.model.SparseVector;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextBenchmarksTest {
  private static final String[] THINGS = {"lamp", "boat", "tree", "door", "horse", "cup"};
  private static final String[] KINDS = {"old", "green", "small", "broken"};

  @TempDir private Path folder;
  private Path data;

  @BeforeEach
  void writeGlosses() throws IOException {
    data = Files.createDirectories(folder.resolve("data"));
    try (Writer out =
        new OutputStreamWriter(
            new GZIPOutputStream(Files.newOutputStream(data.resolve(Glosses.FILE))),
            StandardCharsets.UTF_8)) {
      out.write("id\twords\tcategory\tword_count\tgloss\n");
      int id = 0;
      for (String thing : THINGS) {
        for (String kind : KINDS) {
          out.write(
              "n"
                  + id++
                  + "\t"
                  + kind
                  + " "
                  + thing
                  + "\tnoun.toy\t1\ta "
                  + thing
                  + " that is "
                  + kind
                  + "; \"they sold the "
                  + thing
                  + " because it was "
                  + kind
                  + "\"; \"x\"\n");
        }
      }
      out.write("n99\tnothing\tnoun.toy\t1\tno thing at all\n");
    }
  }

  private BenchmarkContext context() throws IOException {
    return new BenchmarkContext(
        List.of(data),
        Files.createDirectories(folder.resolve("scratch")),
        BenchmarkContext.Form.SHORT,
        null,
        what -> {});
  }

  @Test
  void definitionsAndExamplesAreApart() throws IOException {
    List<Glosses.Synset> synsets = Glosses.read(List.of(data), 1_000);
    assertThat(synsets).hasSize(25);
    assertThat(synsets.get(0).text()).isEqualTo("old lamp: a lamp that is old");
    assertThat(synsets.get(0).examples())
        .containsExactly("they sold the lamp because it was old", "x");
    assertThat(synsets.get(24).examples()).isEmpty();
    assertThat(Glosses.read(List.of(data), 5)).hasSize(5);
    GlossQueries queries = GlossQueries.draw(synsets, 7);
    assertThat(queries.size()).isEqualTo(7);
    List<String> texts = synsets.stream().map(Glosses.Synset::text).toList();
    assertThat(texts).noneMatch(text -> queries.texts().stream().anyMatch(text::contains));
  }

  @Test
  void theProductOfTermWeightsIsBm25() {
    TermWeights weights = TermWeights.of(List.of("dogs bark", "a dog and a dog", "cats"));
    SparseVector query = weights.query("Dog!");
    double rarity = Math.log(1 + (3 - 2 + 0.5) / (2 + 0.5));
    double average = (2 + 5 + 1) / 3.0;
    assertThat(query.dot(weights.document(0)))
        .isCloseTo(rarity * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 2 / average)), within(1e-6));
    assertThat(query.dot(weights.document(1)))
        .isCloseTo(rarity * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 5 / average)), within(1e-6));
    assertThat(query.dot(weights.document(2))).isZero();
    assertThat(weights.query("unheard").count()).isZero();
  }

  @Test
  void anIntervalHoldsTheMeanAndKnowsNothingFromSomething() {
    double[] ones = new double[200];
    double[] mixed = new double[200];
    for (int i = 0; i < 200; i++) {
      ones[i] = 1;
      mixed[i] = i % 2;
    }
    Ranks.Interval interval = Ranks.interval(ones, mixed, 1);
    assertThat(interval.low()).isBetween(0.4, 0.5);
    assertThat(interval.high()).isBetween(0.5, 0.6);
    assertThat(Ranks.interval(ones, ones, 1)).isEqualTo(new Ranks.Interval(0, 0));
    assertThat(Ranks.reciprocal(List.of("a", "b"), "b")).isEqualTo(0.5);
    assertThat(Ranks.reciprocal(List.of("a"), "b")).isZero();
  }

  @Test
  void bothGiveAllFiguresInShort() throws IOException {
    List<Figure> figures = new ArrayList<>(new SparseBenchmark().run(context()));
    figures.addAll(new HybridBenchmark(folder.resolve("cache")).run(context()));
    assertThat(figures)
        .extracting(Figure::name)
        .contains(
            "dot.different", "cosine.speed", "dense.mrr10", "sparse.mrr10", "hybrid.gain-low");
    assertThat(figures)
        .filteredOn(figure -> figure.name().endsWith("different"))
        .allMatch(figure -> figure.value() == 0);
    assertThat(figures)
        .filteredOn(figure -> figure.name().endsWith("mrr10"))
        .allMatch(figure -> figure.value() > 0.2 && figure.value() <= 1);
  }
}
