package io.proximadb.wal;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.UnavailableException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.io.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * The folder that makes an engine the engine it is: its id, its sessions, and a lock so that it is
 * open once.
 *
 * <p>The id stays as long as the folder does; table properties name it. The lock is freed by {@link
 * #close()} or by the death of the process, however it dies.
 */
public final class EngineHome implements AutoCloseable {
  static final String IDENTITY_FILE = EngineIdentity.FILE;
  static final String LOCK_FILE = "engine.lock";

  static final String WAL_FOLDER = "wal";

  private final Path folder;
  private final EngineIdentity identity;
  private final HomeLock lock;

  private EngineHome(Path folder, EngineIdentity identity, HomeLock lock) {
    this.folder = folder;
    this.identity = identity;
    this.lock = lock;
  }

  /** Opens a home that has no copies of its log elsewhere, see the other method of this name. */
  public static EngineHome open(Disk disk, Path folder, String address) {
    return open(disk, folder, address, Optional::empty);
  }

  /**
   * Locks a home, making it if there is none, counts its incarnation up and begins a session,
   * durably.
   *
   * @param address where this engine can be reached, for the error message of another one; any text
   * @param surviving asked if the home has no identity: whose log there are copies of. The home
   *     then goes on as that engine, one incarnation higher; what that engine had in tables up to
   *     the incarnation given counts as its own
   * @throws UnavailableException if another process, or this one, has it open, naming the folder
   *     and who it is; or if the disk fails
   * @throws CorruptFileException if the identity is damaged
   * @throws UnsupportedVersionException if a newer release wrote it
   */
  public static EngineHome open(
      Disk disk, Path folder, String address, Supplier<Optional<LogIdentity>> surviving) {
    try {
      disk.createDirectories(folder);
      HomeLock lock = HomeLock.acquire(folder, LOCK_FILE, address);
      try {
        EngineIdentity identity = last(disk, folder, surviving).next();
        identity.write(disk, folder);
        return new EngineHome(folder, identity, lock);
      } catch (IOException | RuntimeException e) {
        lock.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UnavailableException(
          "Cannot open engine home: the disk failed (folder="
              + folder
              + ", cause="
              + e.getMessage()
              + ")",
          e);
    }
  }

  private static EngineIdentity last(
      Disk disk, Path folder, Supplier<Optional<LogIdentity>> surviving) throws IOException {
    Path file = folder.resolve(IDENTITY_FILE);
    if (disk.exists(file)) {
      return EngineIdentity.read(disk, file);
    }
    LogIdentity found = surviving.get().orElseGet(() -> new LogIdentity(UUID.randomUUID(), 0));
    return new EngineIdentity(found.engineId(), found.incarnation(), EngineSessions.none());
  }

  public Path folder() {
    return folder;
  }

  /** Where this engine's log is. */
  public Path walFolder() {
    return folder.resolve(WAL_FOLDER);
  }

  public UUID engineId() {
    return identity.engineId();
  }

  /** How often the home was opened, this time included. */
  public long incarnation() {
    return identity.incarnation();
  }

  /** The sessions of this home; the current one is of this incarnation. */
  public EngineSessions sessions() {
    return identity.sessions();
  }

  /** Frees the lock. */
  @Override
  public void close() {
    try {
      lock.close();
    } catch (IOException e) {
      throw new UnavailableException(
          "Cannot close engine home: its lock is not freed before this process ends (folder="
              + folder
              + ")",
          e);
    }
  }
}
