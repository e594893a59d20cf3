package io.proximadb.testkit;

import io.proximadb.api.Collection;
import io.proximadb.api.IndexInfo;
import io.proximadb.api.SearchRequest;
import io.proximadb.api.SearchResponse;
import io.proximadb.error.AlreadyExistsException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.error.NotFoundException;
import io.proximadb.model.IndexDefinition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The indexes of {@link CollectionModel}: made, let go of, and their files damaged at random. */
final class ModelIndexes {
  /** Files of fewer rows have none. */
  static final int MIN_ROWS = 64;

  /**
   * Searches of fewer rows pass indexes of dense fields by, so that collections with indexes have
   * more.
   */
  static final int IDS = 1_000;

  private static final int MAX_INDEXES = 5;
  private static final String INDEX_FILE = ".*\\.(hnsw|ivf|flat|sparse|attribute)-v\\d+";

  private final Random random;
  private final ExpectedRecords expected;
  private final Path warehouse;
  private final Map<String, IndexDefinition> defined = new TreeMap<>();
  private int made;

  ModelIndexes(Random random, ExpectedRecords expected, Path warehouse) {
    this.random = random;
    this.expected = expected;
    this.warehouse = warehouse;
  }

  /** Creates an index or drops one, and says which. */
  String change(Collection docs) {
    if (defined.size() == MAX_INDEXES || (!defined.isEmpty() && random.nextInt(3) == 0)) {
      return drop(docs);
    }
    String name = random.nextInt(8) == 0 ? "i" + random.nextInt(made + 1) : "i" + made++;
    IndexDefinition index = definition(name);
    try {
      docs.createIndex(index);
      ModelChecks.require(!defined.containsKey(name), "created a second index " + index);
      defined.put(name, index);
    } catch (AlreadyExistsException e) {
      ModelChecks.require(defined.containsKey(name), "refused " + index + ": " + e);
    }
    return "index " + index;
  }

  private String drop(Collection docs) {
    String name =
        random.nextInt(8) == 0 ? "none" : new ArrayList<>(defined.keySet()).get(random(defined));
    try {
      docs.dropIndex(name);
      ModelChecks.require(defined.remove(name) != null, "dropped what was not there: " + name);
    } catch (NotFoundException e) {
      ModelChecks.require(!defined.containsKey(name), "did not drop " + name + ": " + e);
    }
    return "index dropped: " + name;
  }

  private int random(Map<?, ?> of) {
    return random.nextInt(of.size());
  }

  private IndexDefinition definition(String name) {
    return switch (random.nextInt(expected.sparse() ? 6 : 5)) {
      case 0 -> graph(name);
      case 1 -> lists(name);
      case 2 -> flat(name);
      case 3 -> {
        String column = expected.extraColumn();
        yield IndexDefinition.of(
            name, "attribute", column == null || random.nextBoolean() ? "category" : column);
      }
      case 4 -> IndexDefinition.of(name, "attribute", "number");
      default -> {
        IndexDefinition index = IndexDefinition.of(name, "sparse", SparseTerms.FIELD);
        yield random.nextBoolean() ? index : index.with("components", "30");
      }
    };
  }

  private IndexDefinition graph(String name) {
    IndexDefinition index = IndexDefinition.of(name, "hnsw", "vector").with("beam", "24");
    int bits = random.nextInt(8);
    index = bits >= 1 && bits <= 4 ? index.with("bits", Integer.toString(bits)) : index;
    return random.nextBoolean() ? index : index.with("degree", "8").with("codes", "3");
  }

  private IndexDefinition lists(String name) {
    IndexDefinition index = IndexDefinition.of(name, "ivf", "vector");
    return random.nextBoolean()
        ? index
        : index.with("lists", Integer.toString(1 + random.nextInt(60)));
  }

  private IndexDefinition flat(String name) {
    IndexDefinition index = IndexDefinition.of(name, "flat", "vector");
    return random.nextBoolean()
        ? index
        : index.with("directions", Integer.toString(1 + random.nextInt(4)));
  }

  /** Whether a column cannot be dropped because of an index. */
  boolean isIndexed(String column) {
    return defined.values().stream().anyMatch(index -> index.field().equals(column));
  }

  /** Indexes follow a column that is renamed. */
  void renamed(String column, String name) {
    defined.replaceAll(
        (key, index) ->
            index.field().equals(column)
                ? new IndexDefinition(key, index.type(), name, index.settings())
                : index);
  }

  /** Drops the indexes of a column, so that it can be dropped, after it was refused. */
  void free(Collection docs, Runnable drop, String column) {
    try {
      drop.run();
      throw new AssertionError("dropped column " + column + " under " + defined);
    } catch (InvalidArgumentException e) {
      ModelChecks.require(String.valueOf(e.getMessage()).contains("drop it first"), "" + e);
    }
    List<String> names =
        defined.values().stream()
            .filter(index -> index.field().equals(column))
            .map(IndexDefinition::name)
            .toList();
    names.forEach(docs::dropIndex);
    names.forEach(defined::remove);
  }

  /** Flips a bit of an index, or cuts it short, while no engine is at work; says how. */
  String damage() {
    List<Path> files = files();
    if (files.isEmpty() || random.nextInt(3) == 0) {
      return "";
    }
    Path file = files.get(random.nextInt(files.size()));
    try {
      byte[] bytes = Files.readAllBytes(file);
      boolean cut = bytes.length == 0 || random.nextInt(3) == 0;
      if (cut) {
        bytes = Arrays.copyOf(bytes, bytes.length == 0 ? 0 : random.nextInt(bytes.length));
      } else {
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      }
      // Under a new name: a copy of a killed engine's files may share this one.
      Files.delete(file);
      Files.write(file, bytes);
      return (cut ? ", cut " : ", flipped a bit of ") + file.getFileName();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<Path> files() {
    try (Stream<Path> walk = Files.walk(warehouse)) {
      return walk.filter(file -> file.toString().matches(INDEX_FILE)).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Has damage noticed, all built, and asks again: what searches met with before they do not meet
   * again.
   */
  void checkRebuilt(Collection docs, Map<String, Long> counts, String where) {
    long noticed = ask(docs).stream().filter(answer -> answer.contains("damaged")).count();
    counts.merge("searches past a damaged index", noticed, Long::sum);
    docs.optimize();
    expected.flushed();
    List<String> after = ask(docs);
    ModelChecks.require(
        after.stream().noneMatch(answer -> answer.contains("damaged")),
        where + ", after a damaged index was built again: " + after);
    long answered = after.stream().filter(answer -> answer.contains("index '")).count();
    counts.merge("searches by a rebuilt index", answered, Long::sum);
  }

  /** Searches that come to every dense and sparse index unless another answers before it. */
  private List<String> ask(Collection docs) {
    List<SearchRequest> requests = new ArrayList<>();
    SearchRequest dense = SearchRequest.of(Records.vector(1), 1);
    requests.add(dense);
    requests.add(dense.exactly());
    if (expected.sparse()) {
      requests.add(SearchRequest.of(SparseTerms.of(1), 1, SparseTerms.FIELD));
    }
    return requests.stream().map(docs::search).map(SearchResponse::strategy).toList();
  }

  /** Compares what is defined with what should be; where all is built that was to be. */
  void check(Collection docs, boolean built, String where) {
    Map<String, IndexDefinition> found = new TreeMap<>();
    for (IndexInfo index : docs.indexes()) {
      found.put(index.definition().name(), index.definition());
      ModelChecks.require(!built || index.isComplete(), where + ": not complete: " + index);
    }
    ModelChecks.require(
        found.equals(defined), where + ": indexes " + found + " instead of " + defined);
  }
}
