package io.proximadb.testkit;

import io.proximadb.io.LocalDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The disk below a folder, for engines with {@link RoutedDisk}, until it is ended: at one operation
 * it stops whatever runs, by an error, or by a crash that loses what was not synced.
 */
public final class StoppingDisk {
  private static final int NEVER = Integer.MAX_VALUE;

  private final Path folder;
  private final LossyDisk lossy = new LossyDisk();
  private final FaultyDisk disk;
  private boolean stopped;

  /**
   * Where it stops.
   *
   * @param operation the number of the operation, from 1 on
   * @param crash by a crash, or else by an error
   */
  public record Stop(int operation, boolean crash) {
    /** Lets everything pass. */
    public static final Stop NONE = new Stop(NEVER, false);

    /** Some of all the stops that so many operations give. */
    public static List<Stop> draw(int operations, int most, Random random) {
      List<Stop> all = new ArrayList<>();
      IntStream.rangeClosed(1, operations)
          .forEach(
              operation ->
                  all.addAll(List.of(new Stop(operation, true), new Stop(operation, false))));
      Collections.shuffle(all, random);
      return List.copyOf(all.subList(0, Math.min(most, all.size())));
    }

    @Override
    public String toString() {
      return operation == NEVER
          ? "not stopped"
          : "stopped at " + operation + (crash ? " by a crash" : " by an error");
    }
  }

  private StoppingDisk(Path folder, Stop stop) {
    this.folder = folder;
    this.disk = new FaultyDisk(lossy, 1).crashAt(stop.operation(), () -> stop(stop.crash()));
  }

  /** Routes a folder over a disk that stops. */
  public static StoppingDisk route(Path folder, Stop stop) {
    StoppingDisk disk = new StoppingDisk(folder, stop);
    RoutedDisk.route(folder, disk.disk);
    return disk;
  }

  private void stop(boolean crash) throws IOException {
    stopped = true;
    if (crash) {
      lossy.crash();
    }
    throw new IOException("stopped");
  }

  public boolean isStopped() {
    return stopped;
  }

  /** Operations until now. */
  public int operations() {
    return Arrays.stream(FaultyDisk.Step.values()).mapToInt(disk::count).sum();
  }

  /** A power cut now, if there was none. */
  public void crash() {
    if (!lossy.isDead()) {
      lossy.crash();
    }
  }

  /**
   * Routes the folder over the plain disk. What the process has done stays, synced or not, unless
   * there was a crash.
   */
  public void end() throws IOException {
    if (!lossy.isDead()) {
      try (Stream<Path> folders = Files.walk(folder)) {
        for (Path each : folders.filter(Files::isDirectory).toList()) {
          lossy.syncDirectory(each);
        }
      }
    }
    RoutedDisk.route(folder, new LocalDisk());
  }
}
