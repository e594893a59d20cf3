package io.proximadb.wal;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.InvalidArgumentException;
import io.proximadb.io.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where a log is that is looked at from outside of its engine.
 *
 * @param folder of the log
 * @param home of the engine, if there is one
 * @param named all directories, if the caller named some
 */
record WalLocation(Path folder, @Nullable Path home, List<Path> named) {

  /**
   * Finds a log.
   *
   * @param location an engine's home or a log's folder; null if directories are named
   * @param directories of a log whose list of them is lost
   */
  static WalLocation of(Disk disk, @Nullable Path location, List<Path> directories)
      throws IOException {
    Set<Path> named = new LinkedHashSet<>();
    directories.forEach(path -> named.add(path.toAbsolutePath().normalize()));
    if (location == null && named.isEmpty()) {
      throw new InvalidArgumentException(
          "Missing location (expected an engine's home, a log's folder, or directories)");
    }
    for (Path path : named) {
      check(disk, path);
    }
    Path given = location == null ? named.iterator().next() : location.toAbsolutePath().normalize();
    check(disk, given);
    Path inside = given.resolve(EngineHome.WAL_FOLDER);
    Path parent = given.getParent();
    Path home = null;
    Path folder = given;
    if (isHome(disk, given) || disk.exists(inside)) {
      home = given;
      folder = inside;
    } else if (location != null && parent != null && isHome(disk, parent)) {
      home = parent;
    }
    List<Path> all = new ArrayList<>();
    if (!named.isEmpty()) {
      Path own = folder;
      boolean holds =
          disk.list(own).stream().anyMatch(file -> LogFormat.firstSequence(file).isPresent());
      if (holds && !named.contains(own)) {
        all.add(own);
      }
      all.addAll(named);
    }
    return new WalLocation(folder, home, List.copyOf(all));
  }

  private static void check(Disk disk, Path path) {
    if (!disk.exists(path)) {
      throw new InvalidArgumentException(
          "Invalid location: '"
              + path
              + "' does not exist (expected an engine's home, or a folder"
              + " of its log)");
    }
  }

  private static boolean isHome(Disk disk, Path path) {
    return disk.exists(path.resolve(EngineHome.IDENTITY_FILE))
        || disk.exists(path.resolve(EngineHome.LOCK_FILE));
  }

  /** Who has the engine's home open, or null if nobody has. */
  @Nullable String holder() throws IOException {
    return home == null ? null : HomeLock.holder(home, EngineHome.LOCK_FILE);
  }

  /** What the home says about the engine, or null if there is none. */
  @Nullable EngineIdentity identity(Disk disk) throws IOException {
    if (home == null) {
      return null;
    }
    Path file = home.resolve(EngineHome.IDENTITY_FILE);
    return disk.exists(file) ? EngineIdentity.read(disk, file) : null;
  }

  /** The log's directories: those listed, or else those named. */
  LogDirectories directories(Disk disk) throws IOException {
    return LogDirectories.view(disk, folder, layout(disk), named);
  }

  /** Named directories are a mirror if two have the same segment. */
  private DirectoryLayout layout(Disk disk) throws IOException {
    List<SegmentSource> seen = new ArrayList<>();
    for (Path directory : named) {
      for (Path file : disk.list(directory)) {
        LogHeader header = LogFormat.firstSequence(file).isEmpty() ? null : header(disk, file);
        if (header != null) {
          if (seen.stream().anyMatch(source -> source.isCopy(header))) {
            return DirectoryLayout.MIRROR;
          }
          seen.add(new SegmentSource(header, file));
        }
      }
    }
    return DirectoryLayout.STRIPE;
  }

  private static @Nullable LogHeader header(Disk disk, Path file) throws IOException {
    try (LogReader reader = LogReader.open(disk, file)) {
      return reader.header();
    } catch (CorruptFileException e) {
      return null;
    }
  }
}
