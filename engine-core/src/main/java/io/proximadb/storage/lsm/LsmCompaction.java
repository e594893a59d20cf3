package io.proximadb.storage.lsm;

import io.proximadb.model.SystemColumns;
import io.proximadb.storage.CompactionPolicy;
import io.proximadb.storage.CompactionWriter;
import io.proximadb.storage.RowOrder;
import io.proximadb.storage.TableContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.iceberg.DataFile;

/**
 * Leveled compaction [1]. Which version of a row is live is told by deletion vectors, not by
 * levels, so any files may be merged at any time: levels only keep the files few that may hold an
 * id.
 *
 * <p>[1] O'Neil and others, The Log-Structured Merge-Tree, 1996; leveled as in LevelDB.
 */
final class LsmCompaction implements CompactionPolicy {
  /** Files of level 0, or of one size within it, that are merged: each costs a read a filter. */
  static final int LEVEL_0_FILES = 8;

  /** Each level may have that many times the bytes of the one above. */
  static final int FANOUT = 10;

  /** The last level may have that many times its target before there is one more below it. */
  private static final double BOTTOM_SLACK = 2;

  /**
   * Level 0 goes down when it weighs at least that share of what it overlaps: lighter, it would
   * rewrite level 1 for little.
   */
  private static final double MIN_SHARE_OF_OVERLAP = 1;

  /** Files of level 0 are of one size if the largest is at most that many times the smallest. */
  private static final double TIER_FACTOR = 4;

  /**
   * Part of a full file, 1 MiB, below which sizes count as one, since files then differ by chance;
   * and what a read is spared by a file fewer.
   */
  private static final int SMALLEST_TIER_PART = 64;

  /** Most files of one task: open files and row pointers stay few. */
  static final int MAX_INPUTS = 128;

  /** A file is rewritten alone when that share of its rows is dead. */
  private static final double MAX_DEAD_SHARE = 0.5;

  /** Files of one level from 1 on that may hold the same id, before they are merged. */
  private static final int MAX_DEPTH = 4;

  private final LsmSizes sizes;

  LsmCompaction(LsmSizes sizes) {
    this.sizes = sizes;
  }

  @Override
  public List<Task> plan(TableContext table, List<Candidate> files) {
    int idField = table.icebergSchema().findField(SystemColumns.ID).fieldId();
    return new Planner(files.stream().map(file -> LevelFile.of(file, idField)).toList()).plan();
  }

  @Override
  public Task rewriting(DataFile file, String reason) {
    return new Task(List.of(file), Math.max(0, LsmNames.level(file)), 1, reason);
  }

  @Override
  public RowOrder order(TableContext table, List<Input> inputs) {
    return RowOrder.of(new MergeOrder(inputs));
  }

  @Override
  public CompactionWriter newWriter(TableContext table, Task task) {
    return LsmWriter.sorted(table, PURPOSE, sizes, task.level());
  }

  private double smallestTierBytes() {
    return (double) sizes.fileBytes() / SMALLEST_TIER_PART;
  }

  /** Live bytes that a level from 1 on may have. */
  private double target(int level) {
    return sizes.levelBytes() * Math.pow(FANOUT, level - 1);
  }

  /** A file that could go down, and what it would take with it. */
  private record Handover(LevelFile file, List<LevelFile> below) {
    double ratio() {
      return (double) Planner.bytes(below) / Math.max(1, file.liveBytes());
    }
  }

  /** One look at all files. */
  private final class Planner {
    private final List<List<LevelFile>> levels = new ArrayList<>();
    private final List<LevelFile> foreign = new ArrayList<>();
    private final Set<LevelFile> taken = new HashSet<>();
    private final List<Task> tasks = new ArrayList<>();

    /** The level where most of the data belongs, which hands nothing down. */
    private final int bottom;

    Planner(List<LevelFile> files) {
      for (int level = 0; level <= LsmNames.MAX_LEVEL + 1; level++) {
        levels.add(new ArrayList<>());
      }
      for (LevelFile file : files) {
        (file.level() == LsmNames.FOREIGN ? foreign : levels.get(file.level())).add(file);
      }
      int deepest = 1;
      while (deepest < LsmNames.MAX_LEVEL && target(deepest) * BOTTOM_SLACK < bytes(files)) {
        deepest++;
      }
      this.bottom = deepest;
    }

    List<Task> plan() {
      planLevel0();
      for (int level = 1; level < bottom; level++) {
        planOverfull(level);
      }
      for (int level = 1; level <= LsmNames.MAX_LEVEL; level++) {
        planDepth(level);
      }
      planDead();
      planForeign();
      tasks.sort(Comparator.comparingDouble(Task::gain).reversed());
      return List.copyOf(tasks);
    }

    private void planLevel0() {
      List<LevelFile> files = new ArrayList<>(levels.get(0));
      if (files.size() < LEVEL_0_FILES) {
        return;
      }
      files.sort(Comparator.comparingLong(LevelFile::liveBytes));
      double score = (double) files.size() / LEVEL_0_FILES;
      List<LevelFile> down = files.subList(0, Math.min(files.size(), MAX_INPUTS / 2));
      List<LevelFile> below = overlapped(down, 1);
      if (bytes(down) >= MIN_SHARE_OF_OVERLAP * bytes(below)) {
        add(down, below, 1, score, "merges " + down.size() + " files of level 0 into level 1");
        return;
      }
      // Full ones would only become as many full ones.
      files.removeIf(file -> file.liveBytes() > sizes.fileBytes() / 2);
      int from = 0;
      while (from < files.size()) {
        int to = from;
        double bound =
            TIER_FACTOR * Math.max(smallestTierBytes(), (double) files.get(from).liveBytes());
        while (to < files.size() && to - from < MAX_INPUTS && files.get(to).liveBytes() <= bound) {
          to++;
        }
        if (to - from >= LEVEL_0_FILES) {
          add(
              files.subList(from, to),
              List.of(),
              0,
              score,
              "merges " + (to - from) + " files of one size in level 0");
          from = to;
        } else {
          from++;
        }
      }
    }

    /** Hands down the files that take least of the next level with them. */
    private void planOverfull(int level) {
      List<LevelFile> files = free(levels.get(level));
      double surplus = bytes(files) - target(level);
      if (surplus <= 0) {
        return;
      }
      double score = 1 + surplus / target(level);
      List<Handover> handovers = new ArrayList<>();
      for (LevelFile file : files) {
        handovers.add(new Handover(file, overlapped(List.of(file), level + 1)));
      }
      handovers.sort(Comparator.comparingDouble(Handover::ratio));
      for (Handover handover : handovers) {
        if (surplus > 0 && handover.below().stream().noneMatch(taken::contains)) {
          add(
              List.of(handover.file()),
              handover.below(),
              level + 1,
              score,
              "hands a file of level " + level + " down, which is over its target");
          surplus -= handover.file().liveBytes();
        }
      }
    }

    /** Merges files of a level that may hold the same ids; compaction alone does not make them. */
    private void planDepth(int level) {
      List<LevelFile> files = free(levels.get(level));
      files.sort(LevelFile.BY_MIN);
      List<LevelFile> open = new ArrayList<>();
      for (LevelFile file : files) {
        open.removeIf(other -> !other.overlaps(file));
        open.add(file);
        if (open.size() > MAX_DEPTH) {
          add(
              open,
              List.of(),
              level,
              1,
              "merges " + open.size() + " files of level " + level + " that overlap");
          open = new ArrayList<>();
        }
      }
    }

    private void planDead() {
      for (List<LevelFile> level : levels) {
        for (LevelFile file : free(level)) {
          if (file.deadShare() >= MAX_DEAD_SHARE) {
            add(
                List.of(file),
                List.of(),
                file.level(),
                1,
                "frees " + Math.round(100 * file.deadShare()) + " % dead rows");
          }
        }
      }
    }

    /** Files of other layouts, one by one, into the level where most of the data belongs. */
    private void planForeign() {
      for (LevelFile file : foreign) {
        add(List.of(file), List.of(), bottom, 1, "rewrites a file of another layout");
      }
    }

    private List<LevelFile> free(List<LevelFile> files) {
      return new ArrayList<>(files.stream().filter(file -> !taken.contains(file)).toList());
    }

    private List<LevelFile> overlapped(List<LevelFile> files, int level) {
      return levels.get(level).stream()
          .filter(below -> files.stream().anyMatch(below::overlaps))
          .limit(MAX_INPUTS / 2)
          .toList();
    }

    private static long bytes(List<LevelFile> files) {
      return files.stream().mapToLong(LevelFile::liveBytes).sum();
    }

    private void add(
        List<LevelFile> files, List<LevelFile> below, int level, double score, String reason) {
      List<LevelFile> inputs = new ArrayList<>(files);
      inputs.addAll(below);
      taken.addAll(inputs);
      double written = Math.max(1, bytes(inputs));
      long dead = inputs.stream().mapToLong(LevelFile::deadBytes).sum();
      double spared = dead + (inputs.size() - 1) * smallestTierBytes();
      tasks.add(
          new Task(
              inputs.stream().map(file -> file.candidate().file()).toList(),
              level,
              score * Math.max(1, spared) / written,
              reason));
    }
  }
}
