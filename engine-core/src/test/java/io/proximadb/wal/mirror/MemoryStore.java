package io.proximadb.wal.mirror;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;

/** A store that does what it must, in memory; or, on demand, one that does not. */
class MemoryStore implements ObjectStore {
  final ConcurrentSkipListMap<String, byte[]> objects = new ConcurrentSkipListMap<>();
  private final boolean replaces;

  MemoryStore() {
    this(false);
  }

  /** With {@code replaces}, one that creates also what is there. */
  MemoryStore(boolean replaces) {
    this.replaces = replaces;
  }

  @Override
  public void create(String name, ByteBuffer... content) throws IOException {
    int length = Arrays.stream(content).mapToInt(ByteBuffer::remaining).sum();
    ByteBuffer bytes = ByteBuffer.allocate(length);
    for (ByteBuffer part : content) {
      bytes.put(part.duplicate());
    }
    if (replaces) {
      objects.put(name, bytes.array());
    } else if (objects.putIfAbsent(name, bytes.array()) != null) {
      throw new FileAlreadyExistsException(name);
    }
  }

  @Override
  public byte[] read(String name, int maxBytes) {
    byte[] bytes = objects.get(name);
    return bytes == null ? null : Arrays.copyOf(bytes, Math.min(bytes.length, maxBytes));
  }

  @Override
  public List<Entry> list(String folder) {
    return objects.entrySet().stream()
        .filter(object -> object.getKey().startsWith(folder + "/"))
        .map(object -> new Entry(object.getKey(), object.getValue().length))
        .toList();
  }

  @Override
  public List<String> folders() {
    return objects.keySet().stream()
        .map(name -> name.substring(0, name.indexOf('/')))
        .distinct()
        .toList();
  }

  @Override
  public void delete(String name) {
    objects.remove(name);
  }

  @Override
  public boolean isPermanent(IOException failure) {
    return false;
  }

  @Override
  public String locationOf(String name) {
    return "memory:" + name;
  }

  @Override
  public void close() {}
}
