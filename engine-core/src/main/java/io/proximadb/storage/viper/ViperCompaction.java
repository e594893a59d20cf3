package io.proximadb.storage.viper;

import io.proximadb.storage.CompactionPolicy;
import io.proximadb.storage.CompactionWriter;
import io.proximadb.storage.RowOrder;
import io.proximadb.storage.TableContext;
import io.proximadb.storage.clusters.ClusterModel;
import io.proximadb.storage.clusters.ClusterModels;
import io.proximadb.storage.clusters.FileClusters;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Size-tiered compaction: files of similar size are merged when there are enough of them, a file is
 * rewritten alone when enough of it is dead, and files are brought into the clusters of the current
 * model.
 */
final class ViperCompaction implements CompactionPolicy {
  /** Files of one tier that are merged: each row is then written log4(files) times. */
  private static final int MIN_MERGED_FILES = 4;

  /** Most files of one merge: open files and row pointers stay few. */
  private static final int MAX_MERGED_FILES = 64;

  /** A file is in the tier of another if it is at most that many times as large. */
  private static final double TIER_FACTOR = 4;

  /**
   * A file is rewritten alone when that share of its rows is dead. Rewriting at a share {@code s}
   * writes {@code (1 - s) / s} bytes for each that was replaced: three at a quarter, two at a
   * third, while searches pass over half as many dead rows as live ones at most.
   */
  private static final double MAX_DEAD_SHARE = 1.0 / 3;

  /** Sizes that count as one: below it, files differ by chance. */
  private static final long SMALLEST_TIER_BYTES = 1L << 20;

  /** Full files that are brought into new clusters at once: 2 GiB to write, 100 MB of pointers. */
  private static final int MAX_RECLUSTERED_FILES = 4;

  /**
   * Bytes that searches are spared for each byte written into new clusters; below that of a merge
   * that frees as much, since the file has clusters already, or is searched exactly.
   */
  private static final double RECLUSTERING_GAIN = 0.2;

  /**
   * Bytes that a change of the profile is worth for each one written: less than all else, since it
   * is wanted for later.
   */
  private static final double PROFILE_GAIN = 0.1;

  private final ViperSizes sizes;

  ViperCompaction(ViperSizes sizes) {
    this.sizes = sizes;
  }

  @Override
  public List<Task> plan(TableContext table, List<Candidate> files) {
    List<Candidate> open =
        new ArrayList<>(
            files.stream().filter(file -> liveBytes(file) < sizes.fileBytes() / 2).toList());
    open.sort(Comparator.comparingLong(ViperCompaction::liveBytes));
    List<Task> tasks = new ArrayList<>();
    int from = 0;
    while (from < open.size()) {
      long bound = (long) (TIER_FACTOR * Math.max(SMALLEST_TIER_BYTES, liveBytes(open.get(from))));
      int to = from;
      while (to < open.size() && to - from < MAX_MERGED_FILES && liveBytes(open.get(to)) <= bound) {
        to++;
      }
      if (to - from >= MIN_MERGED_FILES) {
        tasks.add(task(open.subList(from, to), "merges " + (to - from) + " files of one tier"));
        from = to;
      } else {
        from++;
      }
    }
    for (Candidate file : files) {
      boolean taken = tasks.stream().anyMatch(task -> task.inputs().contains(file.file()));
      if (!taken && deadShare(file) >= MAX_DEAD_SHARE) {
        tasks.add(
            task(List.of(file), "frees " + Math.round(100 * deadShare(file)) + " % dead rows"));
      }
    }
    tasks.addAll(outdated(table, files, tasks));
    tasks.addAll(otherProfiles(table, files, tasks));
    tasks.addAll(others(files, tasks));
    tasks.sort(Comparator.comparingDouble(Task::gain).reversed());
    return List.copyOf(tasks);
  }

  /**
   * Files that were written under other settings of how vectors are stored, one by one. Files that
   * say of none are small as a rule and merged soon, so they count only if they are large.
   */
  private List<Task> otherProfiles(TableContext table, List<Candidate> files, List<Task> others) {
    String tag = VectorProfile.tag(table);
    return files.stream()
        .filter(file -> ViperFormat.isNamedLikeOurs(file.file()))
        .filter(file -> !ViperFormat.tag(file.file()).equals(tag))
        .filter(
            file ->
                !ViperFormat.tag(file.file()).isEmpty()
                    || file.file().fileSizeInBytes() >= sizes.minProfiledBytes())
        .filter(file -> others.stream().noneMatch(task -> task.inputs().contains(file.file())))
        .map(
            file ->
                new Task(
                    List.of(file.file()), 0, PROFILE_GAIN, "stores vectors as the table says now"))
        .toList();
  }

  /** Files of other layouts and writers that are in no task yet, one by one. */
  private static List<Task> others(List<Candidate> files, List<Task> tasks) {
    return files.stream()
        .filter(file -> !ViperFormat.isNamedLikeOurs(file.file()))
        .filter(file -> tasks.stream().noneMatch(task -> task.inputs().contains(file.file())))
        .map(file -> task(List.of(file), "rewrites a file of another layout"))
        .toList();
  }

  /**
   * Files whose rows are not in clusters of the current generation, if there is one: together, so
   * that the rows of a cluster come into one place. Searches then read less of them, which is worth
   * writing them once.
   */
  private List<Task> outdated(TableContext table, List<Candidate> files, List<Task> others) {
    ClusterModel model = ClusterModels.current(table);
    if (model == null) {
      return List.of();
    }
    int generation = model.generation();
    List<Task> tasks = new ArrayList<>();
    List<Candidate> batch = new ArrayList<>();
    long bytes = 0;
    for (Candidate file : files) {
      boolean taken = others.stream().anyMatch(task -> task.inputs().contains(file.file()));
      if (taken || !FileClusters.isOutdated(table, file.file(), generation)) {
        continue;
      }
      if (batch.size() == MAX_MERGED_FILES
          || bytes + liveBytes(file) > MAX_RECLUSTERED_FILES * sizes.fileBytes()) {
        tasks.add(reclustering(batch, generation));
        batch = new ArrayList<>();
        bytes = 0;
      }
      batch.add(file);
      bytes += liveBytes(file);
    }
    if (!batch.isEmpty()) {
      tasks.add(reclustering(batch, generation));
    }
    return tasks;
  }

  private static Task reclustering(List<Candidate> inputs, int generation) {
    return new Task(
        inputs.stream().map(Candidate::file).toList(),
        0,
        RECLUSTERING_GAIN,
        "brings " + inputs.size() + " files into clusters of generation " + generation);
  }

  private static Task task(List<Candidate> inputs, String reason) {
    long written = Math.max(1, inputs.stream().mapToLong(ViperCompaction::liveBytes).sum());
    long dead =
        inputs.stream().mapToLong(file -> file.file().fileSizeInBytes() - liveBytes(file)).sum();
    // Each file that is gone spares a read at least the smallest unit worth merging.
    double spared = dead + (inputs.size() - 1) * (double) SMALLEST_TIER_BYTES;
    return new Task(
        inputs.stream().map(Candidate::file).toList(), 0, Math.max(spared, 1) / written, reason);
  }

  private static long liveBytes(Candidate file) {
    return (long) (file.file().fileSizeInBytes() * (1 - deadShare(file)));
  }

  private static double deadShare(Candidate file) {
    long rows = file.file().recordCount();
    return rows == 0 ? 1 : 1 - (double) file.liveRows() / rows;
  }

  @Override
  public RowOrder order(TableContext table, List<Input> inputs) {
    ClusterModel model = ClusterModels.current(table);
    if (model != null) {
      return ClusteredOrder.of(table, model, inputs);
    }
    return RowOrder.of(
        IntStream.range(0, inputs.size())
            .mapToObj(i -> rows(i, inputs.get(i)))
            .flatMapToLong(rows -> rows)
            .iterator());
  }

  private static LongStream rows(int ordinal, Input input) {
    return IntStream.range(0, input.reader().rowCount())
        .filter(position -> !input.dead().contains(position))
        .mapToLong(position -> (long) ordinal << Integer.SIZE | position);
  }

  @Override
  public CompactionWriter newWriter(TableContext table, Task task) {
    return ViperWriter.ofCompaction(table, PURPOSE, sizes);
  }
}
