package io.proximadb.wal;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.ProximaException;
import io.proximadb.error.UnavailableException;
import io.proximadb.io.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes a log that a recovery refuses one that it accepts: all sound records stay, what is damaged
 * or missing is given up by its numbers, and damaged files are kept beside.
 *
 * <p>Each segment is replaced as a whole, in an order in which a recovery goes on refusing the log
 * until all is done; a repair that dies halfway is run again.
 */
public final class WalRepair {
  /** What the copy of a damaged file is named, behind the file's own name. */
  public static final String DAMAGED_SUFFIX = ".damaged";

  private static final int COPY_BYTES = 1 << 20;

  private final Disk disk;
  private final LogSurvey survey;
  private final RepairPlanner.Work work;
  private final List<Path> missing;
  private final boolean listLost;

  private WalRepair(Disk disk, WalLocation location) throws IOException {
    this.disk = disk;
    this.survey = LogSurvey.read(disk, location, record -> {});
    ProximaException refusal = survey.refusal();
    boolean damaged = refusal != null;
    if (refusal != null) {
      checkRepairable(refusal);
    }
    this.work =
        damaged
            ? new RepairPlanner(survey).plan()
            : new RepairPlanner.Work(List.of(), Set.of(), List.of());
    this.missing = damaged ? survey.directories().missing() : List.of();
    LogHeader newest = survey.newestHeader();
    this.listLost =
        damaged
            && survey.directories().listed().isEmpty()
            && newest != null
            && newest.stripes() > 1;
  }

  /**
   * Finds out what a repair would do, and changes nothing.
   *
   * @param location an engine's home or a log's folder; null if directories are named
   * @param directories of the log, if their list is lost; else empty
   * @throws CorruptFileException if nothing can be saved, or what is damaged is not the log
   * @throws io.proximadb.error.InvalidArgumentException if the location does not exist, or a
   *     segment is of another engine
   * @throws io.proximadb.error.UnsupportedVersionException if a newer release wrote the log
   * @throws UnavailableException if the engine is running, or the disk fails
   */
  public static WalRepairPlan plan(Disk disk, @Nullable Path location, List<Path> directories) {
    try {
      WalLocation found = WalLocation.of(disk, location, directories);
      String holder = found.holder();
      if (holder != null) {
        throw new UnavailableException(
            "Cannot repair the log: its engine is running (folder="
                + found.home()
                + ", by "
                + holder
                + "); stop it first");
      }
      return new WalRepair(disk, found).describe();
    } catch (IOException e) {
      throw WalInspector.failed(e);
    }
  }

  /**
   * Repairs, holding the lock of the engine's home; see {@link #plan} for parameters and errors.
   *
   * @return what was done
   */
  public static WalRepairPlan repair(Disk disk, @Nullable Path location, List<Path> directories) {
    try {
      WalLocation found = WalLocation.of(disk, location, directories);
      Path home = found.home();
      if (home == null) {
        return new WalRepair(disk, found).run();
      }
      HomeLock lock = HomeLock.acquire(home, EngineHome.LOCK_FILE, "wal repair");
      try {
        return new WalRepair(disk, found).run();
      } finally {
        lock.close();
      }
    } catch (IOException e) {
      throw new UnavailableException(
          "Cannot repair the log: the disk failed (cause="
              + e.getMessage()
              + "); run the repair again",
          e);
    }
  }

  private void checkRepairable(ProximaException refusal) {
    boolean identityLost = survey.examined() == null && survey.identity() == null && hasIdentity();
    if (!(refusal instanceof CorruptFileException) || identityLost) {
      throw refusal;
    }
    boolean foreign =
        survey.segments().stream()
                .map(segment -> segment.source().header().owner().engineId())
                .distinct()
                .count()
            > 1;
    if (foreign) {
      throw new CorruptFileException(
          "Cannot repair the log: its segments are of several engines (folder="
              + survey.location().folder()
              + "); './proximadb wal inspect' names them: move those of others away");
    }
  }

  private boolean hasIdentity() {
    Path home = survey.location().home();
    return home != null && disk.exists(home.resolve(EngineHome.IDENTITY_FILE));
  }

  private WalRepairPlan describe() {
    List<String> steps = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    work.setAside().forEach(file -> steps.add("keep a copy of " + file + " beside it"));
    work.rewrites().forEach(rewrite -> steps.add(rewrite.describe()));
    work.deleted().forEach(file -> steps.add("remove " + file + ", of which the copy is kept"));
    if (!missing.isEmpty()) {
      steps.add("list no more the directories " + missing);
      notes.add(
          "What was in "
              + missing
              + " is given up; records after the last that is known may have been in it too");
    }
    if (listLost) {
      steps.add("list the directories " + survey.directories().inUse().directories());
      notes.add("Directories that are not named are given up with all that is in them");
    }
    for (Path file : survey.damagedHeaders()) {
      notes.add(
          "All frames of "
              + file
              + " are given up: they cannot be checked without its header; records after the last"
              + " that is known may have been in it too");
    }
    ProximaException refusal = survey.refusal();
    return new WalRepairPlan(
        refusal == null ? null : refusal.getMessage(),
        List.copyOf(steps),
        refusal == null ? List.of() : survey.gaps(),
        List.copyOf(notes));
  }

  private WalRepairPlan run() throws IOException {
    WalRepairPlan plan = describe();
    for (Path file : work.setAside()) {
      setAside(file);
    }
    for (SegmentRewrite rewrite : work.rewrites()) {
      rewrite.write(disk);
    }
    for (Path file : work.deleted()) {
      disk.delete(file);
      disk.syncDirectory(LogFormat.folder(file));
    }
    if (!missing.isEmpty()) {
      survey.directories().giveUpMissing();
    }
    if (listLost) {
      LogDirectories.DirectorySet set = survey.directories().inUse();
      for (Path directory : set.directories()) {
        if (survey.directories().isMissing(directory)) {
          survey.directories().mark(directory);
        }
      }
      survey.directories().list(List.of(set));
    }
    if (plan.isNeeded() || plan.refusal() != null) {
      ProximaException refusal = LogSurvey.read(disk, survey.location(), record -> {}).refusal();
      if (refusal != null) {
        throw new CorruptFileException(
            "The log cannot be repaired: recovery still refuses it: " + refusal.getMessage(),
            refusal);
      }
    }
    return plan;
  }

  /** Keeps a copy of a damaged file, durably; one that is there already is enough. */
  private void setAside(Path file) throws IOException {
    Path target = file.resolveSibling(file.getFileName() + DAMAGED_SUFFIX);
    for (int i = 2; disk.exists(target); i++) {
      if (isSame(file, target)) {
        return;
      }
      target = file.resolveSibling(file.getFileName() + DAMAGED_SUFFIX + "." + i);
    }
    Path temporary = file.resolveSibling(target.getFileName() + LogFormat.TEMPORARY_SUFFIX);
    disk.delete(temporary);
    try (SeekableByteChannel in = disk.read(file);
        Disk.Output out = disk.create(temporary)) {
      ByteBuffer chunk = ByteBuffer.allocate(COPY_BYTES);
      while (in.read(chunk) >= 0) {
        out.write(chunk.flip());
        chunk.clear();
      }
      out.sync();
    }
    disk.move(temporary, target);
    disk.syncDirectory(LogFormat.folder(file));
  }

  private boolean isSame(Path one, Path other) throws IOException {
    if (disk.size(one) != disk.size(other)) {
      return false;
    }
    try (SeekableByteChannel first = disk.read(one);
        SeekableByteChannel second = disk.read(other)) {
      long left = disk.size(one);
      while (left > 0) {
        int count = (int) Math.min(left, COPY_BYTES);
        if (!Arrays.equals(read(first, count), read(second, count))) {
          return false;
        }
        left -= count;
      }
      return true;
    }
  }

  private static byte[] read(SeekableByteChannel in, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count);
    while (bytes.hasRemaining()) {
      if (in.read(bytes) < 0) {
        throw new IOException("A file got shorter while it was read");
      }
    }
    return bytes.array();
  }
}
