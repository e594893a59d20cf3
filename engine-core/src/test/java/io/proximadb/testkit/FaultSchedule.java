package io.proximadb.testkit;

import io.proximadb.io.Disk;
import io.proximadb.testkit.FaultyDisk.Fault;
import io.proximadb.testkit.FaultyDisk.Step;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.UnaryOperator;

/**
 * What happens to a disk in one life of a process, drawn from a seed: at most two faults, and a
 * crash at some operation or at the end, which loses what is not synced or lets a random part of it
 * reach the disk, torn or with flipped bits.
 *
 * <p>Every life has a disk of its own over the same folder.
 */
public final class FaultSchedule {
  /** Kinds of faults; crashes come beside them. */
  public enum Kind {
    CREATE_ERROR(Step.CREATE, Fault.IO_ERROR),
    WRITE_ERROR(Step.WRITE, Fault.IO_ERROR),
    TORN_WRITE(Step.WRITE, Fault.TORN_WRITE),
    NO_SPACE(Step.WRITE, Fault.NO_SPACE),
    SYNC_ERROR(Step.SYNC, Fault.IO_ERROR),
    DROPPED_PAGES(Step.SYNC, Fault.DROPPED_PAGES),
    FOLDER_SYNC_ERROR(Step.SYNC_DIRECTORY, Fault.IO_ERROR),
    RENAME_ERROR(Step.MOVE, Fault.IO_ERROR),
    DELETE_ERROR(Step.DELETE, Fault.IO_ERROR),
    TRUNCATE_ERROR(Step.TRUNCATE, Fault.IO_ERROR),
    OPEN_ERROR(Step.READ, Fault.IO_ERROR),
    READ_ERROR(Step.READ_BYTES, Fault.IO_ERROR),
    SHORT_READS(Step.READ_BYTES, Fault.IO_ERROR);

    private final Step step;
    private final Fault fault;

    Kind(Step step, Fault fault) {
      this.step = step;
      this.fault = fault;
    }
  }

  private static final int MAX_FAULTS = 2;

  private final LossyDisk lossy = new LossyDisk();
  private final FaultyDisk disk;
  private final Random remainder;
  private final boolean partly;
  private final List<Kind> kinds = new ArrayList<>();
  private final StringBuilder description = new StringBuilder();

  /**
   * Draws a schedule.
   *
   * @param operations about how many operations of the disk a life has
   * @param layer put between the faults and the disk that forgets, for disks that break a promise
   */
  public FaultSchedule(Random random, int operations, UnaryOperator<Disk> layer) {
    disk = new FaultyDisk(layer.apply(lossy), random.nextLong());
    remainder = new Random(random.nextLong());
    partly = random.nextBoolean();
    int faults = random.nextInt(MAX_FAULTS + 1);
    for (int i = 0; i < faults; i++) {
      plan(Kind.values()[random.nextInt(Kind.values().length)], random, operations);
    }
    if (faults == 0 || random.nextBoolean()) {
      int at = 1 + random.nextInt(operations);
      disk.crashAt(at, this::crash);
      description.append("crash before operation ").append(at);
    } else {
      description.append("crash at the end");
    }
    description.append(partly ? ", a part of what is not synced arrives" : "");
  }

  /** Over a disk that keeps its promises. */
  public FaultSchedule(Random random, int operations) {
    this(random, operations, UnaryOperator.identity());
  }

  private void plan(Kind kind, Random random, int operations) {
    // Writes and syncs make up most of the operations, the others are few.
    boolean frequent = kind.step == Step.WRITE || kind.step == Step.SYNC;
    int at = 1 + random.nextInt(frequent ? Math.max(1, operations / 3) : 8);
    kinds.add(kind);
    description.append(kind.name().toLowerCase(Locale.ROOT).replace('_', ' '));
    if (kind == Kind.SHORT_READS) {
      disk.shortenReads();
      description.append(", ");
      return;
    }
    description.append(" at ").append(at).append(", ");
    if (kind == Kind.NO_SPACE) {
      disk.failFrom(kind.step, at, kind.fault);
    } else {
      disk.failAt(kind.step, at, kind.fault);
    }
  }

  /** The disk of this life. */
  public FaultyDisk disk() {
    return disk;
  }

  /** The faults that are planned. */
  public List<Kind> kinds() {
    return List.copyOf(kinds);
  }

  /** True if something planned has happened that an operation may have failed by. */
  public boolean happened() {
    return crashed() || disk.failures() > 0;
  }

  /** True if the faults of a kind have happened, or it is one that shows in no error. */
  public boolean happened(Kind kind) {
    return kinds.contains(kind) && (kind == Kind.SHORT_READS || disk.failures(kind.step) > 0);
  }

  /** True after the crash. */
  public boolean crashed() {
    return lossy.isDead();
  }

  /** Ends the life, unless that has happened: what is not synced is lost, or a part of it. */
  public void crash() throws IOException {
    if (lossy.isDead()) {
      return;
    }
    if (partly) {
      lossy.crash(remainder);
    } else {
      lossy.crash();
    }
  }

  @Override
  public String toString() {
    return description.toString();
  }
}
