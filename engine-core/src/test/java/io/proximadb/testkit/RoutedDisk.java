package io.proximadb.testkit;

import io.proximadb.io.Disk;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The disk that was put under a folder, for engines that make their disk by its class name: a test
 * puts a new one there for each life of an engine.
 */
public final class RoutedDisk implements Disk {
  private static final Map<Path, Disk> ROUTES = new ConcurrentHashMap<>();

  /** Made by the engine. */
  public RoutedDisk() {}

  /** Puts a disk under a folder. */
  public static void route(Path folder, Disk disk) {
    ROUTES.put(folder.toAbsolutePath().normalize(), disk);
  }

  /** Takes it away. */
  public static void unroute(Path folder) {
    ROUTES.remove(folder.toAbsolutePath().normalize());
  }

  private static Disk of(Path file) {
    for (Path at = file.toAbsolutePath().normalize(); at != null; at = at.getParent()) {
      Disk disk = ROUTES.get(at);
      if (disk != null) {
        return disk;
      }
    }
    throw new IllegalStateException("No disk under " + file);
  }

  @Override
  public Output create(Path file) throws IOException {
    return of(file).create(file);
  }

  @Override
  public Output append(Path file) throws IOException {
    return of(file).append(file);
  }

  /** On a disk that has crashed there is no file, which Iceberg does not try to read again. */
  @Override
  public SeekableByteChannel read(Path file) throws IOException {
    try {
      return of(file).read(file);
    } catch (FileNotFoundException e) {
      throw new NoSuchFileException(file.toString(), null, e.getMessage());
    }
  }

  @Override
  public void move(Path from, Path to) throws IOException {
    of(from).move(from, to);
  }

  @Override
  public boolean delete(Path file) throws IOException {
    return of(file).delete(file);
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    of(directory).syncDirectory(directory);
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    of(directory).createDirectories(directory);
  }

  @Override
  public boolean exists(Path file) {
    return of(file).exists(file);
  }

  @Override
  public long size(Path file) throws IOException {
    return of(file).size(file);
  }

  @Override
  public List<Path> list(Path directory) throws IOException {
    return of(directory).list(directory);
  }
}
