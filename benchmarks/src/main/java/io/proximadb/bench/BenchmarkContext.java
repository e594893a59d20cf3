package io.proximadb.bench;

import io.proximadb.model.IndexDefinition;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where a benchmark finds its data and works, and how long it takes.
 *
 * @param dataFolders folders to look for data in, best first
 * @param scratch an empty folder for files, on the disk to be measured; the caller deletes it
 * @param form whether figures are to be trusted, or only to come out
 * @param passTime how long a timed pass lasts where a benchmark lets one choose; null for its own
 *     choice
 * @param progress told in a few words what is being done
 * @param indexes of the field {@code vector}, for benchmarks that measure indexes of dense vectors
 * @param only parts of a benchmark that has some, see {@link Benchmark#parts()}; empty for all
 * @param maxRows at most so many rows of each set, where a benchmark lets one choose; 0 for its own
 *     choice
 */
public record BenchmarkContext(
    List<Path> dataFolders,
    Path scratch,
    Form form,
    @Nullable Duration passTime,
    Consumer<String> progress,
    List<IndexDefinition> indexes,
    List<String> only,
    int maxRows) {

  /** How much is measured. */
  public enum Form {
    /** Enough to trust the figures. */
    FULL,
    /** Seconds: all figures come out, none is to be trusted. Benchmarks without one run in full. */
    SHORT
  }

  public BenchmarkContext {
    dataFolders = List.copyOf(dataFolders);
    indexes = List.copyOf(indexes);
    only = List.copyOf(only);
  }

  /** The same with a graph index as it usually is. */
  public BenchmarkContext(
      List<Path> dataFolders,
      Path scratch,
      Form form,
      @Nullable Duration passTime,
      Consumer<String> progress) {
    this(
        dataFolders,
        scratch,
        form,
        passTime,
        progress,
        List.of(DenseIndexes.parse("hnsw")),
        List.of(),
        0);
  }

  /** How long a timed pass lasts, if it was said. */
  public Optional<Duration> chosenPassTime() {
    return Optional.ofNullable(passTime);
  }

  /** True if a part is to be measured. */
  public boolean isChosen(String part) {
    return only.isEmpty() || only.contains(part);
  }

  /** How many rows of a set to take at most, where its own choice would be so many. */
  public int rowsOf(int own) {
    return maxRows > 0 ? Math.min(maxRows, own) : own;
  }

  /** Says what is being done now. */
  public void progress(String what) {
    progress.accept(what);
  }
}
