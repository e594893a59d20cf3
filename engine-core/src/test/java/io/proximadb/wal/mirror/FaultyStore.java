package io.proximadb.wal.mirror;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;

/**
 * A store as one engine sees it in a {@link Schedule}: requests fail, answers are lost, creations
 * arrive after they were given up, and the engine dies in the middle of any of it.
 */
final class FaultyStore implements ObjectStore {
  private final ObjectStore target;
  private final Schedule schedule;
  private final int faultPercent;
  private boolean crashed;

  /** The engine is dead: nothing it does from here on happens. */
  static final class Crash extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  @FunctionalInterface
  private interface Request<T> {
    T send() throws IOException;
  }

  FaultyStore(ObjectStore target, Schedule schedule, int faultPercent) {
    this.target = target;
    this.schedule = schedule;
    this.faultPercent = faultPercent;
  }

  @Override
  public void create(String name, ByteBuffer... content) throws IOException {
    take();
    Random random = schedule.random();
    if (random.nextInt(100) < faultPercent) {
      int fault = random.nextInt(9);
      if (fault < 3) {
        throw new IOException("injected: nothing was done");
      }
      if (fault < 5) {
        target.create(name, content);
        throw new IOException("injected: the answer was lost");
      }
      if (fault < 8) {
        schedule.later(() -> createLate(name, content));
        throw new IOException("injected: not there yet");
      }
      if (random.nextBoolean()) {
        createLate(name, content);
      } else if (random.nextBoolean()) {
        schedule.later(() -> createLate(name, content));
      }
      crash();
    }
    target.create(name, content);
  }

  private void createLate(String name, ByteBuffer... content) {
    try {
      target.create(name, content);
    } catch (IOException e) {
      // Nobody waits for the answer.
    }
  }

  @Override
  public byte[] read(String name, int maxBytes) throws IOException {
    return send(() -> target.read(name, maxBytes));
  }

  @Override
  public List<Entry> list(String folder) throws IOException {
    return send(() -> target.list(folder));
  }

  @Override
  public List<String> folders() throws IOException {
    return send(target::folders);
  }

  @Override
  public void delete(String name) throws IOException {
    send(
        () -> {
          target.delete(name);
          return name;
        });
  }

  private <T> T send(Request<T> request) throws IOException {
    take();
    Random random = schedule.random();
    if (random.nextInt(100) < faultPercent) {
      if (random.nextInt(12) == 0) {
        crash();
      }
      throw new IOException("injected: no answer");
    }
    return request.send();
  }

  private void take() {
    schedule.yieldTurn();
    if (crashed) {
      throw new Crash();
    }
  }

  /** Kills the engine. */
  void crash() {
    crashed = true;
    throw new Crash();
  }

  @Override
  public boolean isPermanent(IOException failure) {
    return target.isPermanent(failure);
  }

  @Override
  public String locationOf(String name) {
    return target.locationOf(name);
  }

  @Override
  public void close() {}
}
