package io.proximadb.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * Where a benchmark finds its data and works.
 *
 * @param dataFolders folders to look for data in, best first
 * @param scratch an empty folder for files; the caller deletes it
 * @param progress told in a few words what is being done
 */
public record BenchmarkContext(List<Path> dataFolders, Path scratch, Consumer<String> progress) {
  public BenchmarkContext {
    dataFolders = List.copyOf(dataFolders);
  }

  /** Says what is being done now. */
  public void progress(String what) {
    progress.accept(what);
  }
}
