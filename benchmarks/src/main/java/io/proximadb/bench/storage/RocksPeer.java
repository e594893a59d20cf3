package io.proximadb.bench.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.IntUnaryOperator;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** RocksDB with its default options: the key is a record's id, the value its vector's bytes. */
final class RocksPeer implements Closeable {
  static {
    RocksDB.loadLibrary();
  }

  private final Options options = new Options().setCreateIfMissing(true);
  private final WriteOptions synced = new WriteOptions().setSync(true);
  private final RocksDB db;

  private RocksPeer(Path folder) throws IOException {
    try {
      this.db = RocksDB.open(options, folder.toString());
    } catch (RocksDBException e) {
      throw new IOException("Cannot open RocksDB in " + folder, e);
    }
  }

  static RocksPeer open(Path folder) throws IOException {
    return new RocksPeer(folder);
  }

  /** Its name and version, as the peer of figures. */
  static String peer() {
    return "RocksDB " + RocksDB.rocksdbVersion();
  }

  private static byte[] key(int number) {
    return BenchCollection.id(number).getBytes(StandardCharsets.UTF_8);
  }

  /** The same as {@link BenchCollection#upsert}: batches of the same size, each synced. */
  void upsert(VectorSet set, int count, IntUnaryOperator numberOf) throws IOException {
    try {
      for (int from = 0; from < count; from += BenchCollection.BATCH) {
        try (WriteBatch batch = new WriteBatch()) {
          for (int i = from; i < Math.min(count, from + BenchCollection.BATCH); i++) {
            int number = numberOf.applyAsInt(i);
            float[] vector = set.row(number);
            ByteBuffer value =
                ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            value.asFloatBuffer().put(vector);
            batch.put(key(number), value.array());
          }
          db.write(synced, batch);
        }
      }
    } catch (RocksDBException e) {
      throw new IOException("Cannot write to RocksDB", e);
    }
  }

  /** Merges all there is into one run. */
  void compact() throws IOException {
    try {
      db.compactRange();
    } catch (RocksDBException e) {
      throw new IOException("Cannot compact RocksDB", e);
    }
  }

  /** Reads a record that is there; returns its vector. */
  float[] get(int number) throws IOException {
    try {
      byte[] value = db.get(key(number));
      float[] vector = new float[value.length / Float.BYTES];
      ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(vector);
      return vector;
    } catch (RocksDBException e) {
      throw new IOException("Cannot read from RocksDB", e);
    }
  }

  @Override
  public void close() {
    db.close();
    synced.close();
    options.close();
  }
}
