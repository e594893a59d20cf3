package io.proximadb.storage.foreign;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.proximadb.storage.AttachedFiles;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** Decoded columns of pieces of foreign files, up to a bound of bytes for the whole process. */
final class DecodedPieces {
  /** Something decoded that knows what it takes. */
  interface Decoded {
    /** Bytes of heap, roughly. */
    long bytes();
  }

  private record Key(long reader, String column, int piece) {}

  private static final AtomicLong READERS = new AtomicLong();

  private static final Cache<Key, Decoded> PIECES =
      Caffeine.newBuilder()
          .maximumWeight(AttachedFiles.MAX_DECODED_BYTES)
          .<Key, Decoded>weigher(
              (key, decoded) -> (int) Math.min(Integer.MAX_VALUE, 64 + decoded.bytes()))
          .executor(Runnable::run)
          .build();

  private final long reader = READERS.incrementAndGet();

  /** A piece of a column; decoded at most once while it stays. */
  <T extends Decoded> T get(String column, int piece, Class<T> type, Supplier<T> decode) {
    return type.cast(PIECES.get(new Key(reader, column, piece), key -> decode.get()));
  }

  /** Forgets the pieces of a reader that is closed. */
  void clear() {
    PIECES.asMap().keySet().removeIf(key -> key.reader() == reader);
  }
}
