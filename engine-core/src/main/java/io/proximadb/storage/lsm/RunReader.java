package io.proximadb.storage.lsm;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.proximadb.error.CorruptFileException;
import io.proximadb.io.FileBytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.zip.CRC32C;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/**
 * The blocks of an open file. One is verified when it is touched first: of a mapped file never
 * again, and its row starts are kept; of a remote one as long as it is in the cache. Safe for use
 * by several threads.
 */
final class RunReader {
  /** Bytes of remote blocks kept for the next row. */
  private static final long REMOTE_CACHE_BYTES = 64L << 20;

  /** Bytes of remote blocks fetched at once by who reads on. */
  private static final int REMOTE_AHEAD_BYTES = 4 << 20;

  private final FileBytes file;
  private final RunHeader header;
  private final List<FieldReader> scalars = new ArrayList<>();
  private final int[] fromEnd;
  private final AtomicReferenceArray<RunBlock> mapped;
  private final @Nullable Cache<Integer, RunBlock> remote;
  private volatile int lastRemote = Integer.MIN_VALUE;

  RunReader(FileBytes file, RunHeader header) {
    this.file = file;
    this.header = header;
    List<NestedField> fields = header.schema().columns();
    int vectors = header.dimensions().length;
    for (NestedField field : fields.subList(0, fields.size() - vectors)) {
      scalars.add(FieldReader.of(field));
    }
    this.fromEnd = new int[vectors];
    int distance = 0;
    for (int i = vectors - 1; i >= 0; i--) {
      distance += header.dimensions()[i] * Float.BYTES + 1;
      fromEnd[i] = distance;
      distance += AvroOutput.longBytes(header.dimensions()[i]);
    }
    this.mapped = new AtomicReferenceArray<>(file.isMapped() ? header.blockCount() : 0);
    this.remote =
        file.isMapped()
            ? null
            : Caffeine.newBuilder()
                .maximumWeight(REMOTE_CACHE_BYTES)
                .weigher((Integer key, RunBlock block) -> block.weight())
                .build();
  }

  FileBytes file() {
    return file;
  }

  RunHeader header() {
    return header;
  }

  /** What reads or skips the scalar columns, in the order of the file. */
  List<FieldReader> scalars() {
    return scalars;
  }

  /** Distance of a vector field's floats from the end of the record, by its place in the file. */
  int fromEnd(int vector) {
    return fromEnd[vector];
  }

  /** A block; of a remote file with those behind it if the one before was asked for last. */
  RunBlock block(int block) {
    if (remote != null) {
      boolean reading = lastRemote == block - 1;
      lastRemote = block;
      RunBlock known = remote.getIfPresent(block);
      return known != null ? known : fetch(remote, block, reading ? REMOTE_AHEAD_BYTES : 0);
    }
    RunBlock known = mapped.getAcquire(block);
    if (known == null) {
      known = verified(block, read(block, block + 1));
      mapped.setRelease(block, known);
    }
    return known;
  }

  /** The same for who is going to read the blocks behind it. */
  RunBlock blockAndAhead(int block) {
    lastRemote = block - 1;
    return block(block);
  }

  /** Fetches a block and as many of those behind it as fit so many bytes. */
  private RunBlock fetch(Cache<Integer, RunBlock> cache, int block, int aheadBytes) {
    int[] offsets = header.offsets();
    int end = block + 1;
    while (end < header.blockCount() && offsets[end + 1] - offsets[block] <= aheadBytes) {
      end++;
    }
    ByteBuffer bytes = read(block, end);
    RunBlock first = null;
    for (int next = block; next < end; next++) {
      // Copies, so that a block in the cache does not hold all that was fetched with it.
      byte[] copy = new byte[offsets[next + 1] - offsets[next]];
      bytes.get(offsets[next] - offsets[block], copy);
      RunBlock fetched = verified(next, ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN));
      cache.put(next, fetched);
      first = first == null ? fetched : first;
    }
    assert first != null;
    return first;
  }

  /** Whole blocks with their frames. */
  private ByteBuffer read(int from, int to) {
    int offset = header.offsets()[from];
    return file.read(offset, header.offsets()[to] - offset);
  }

  private RunBlock verified(int block, ByteBuffer bytes) {
    int rows = header.rows(block);
    int size = header.sizes()[block];
    int head = RunHeader.headBytes(rows, size);
    ByteBuffer records = bytes.slice(head, size).order(ByteOrder.LITTLE_ENDIAN);
    CRC32C checksum = new CRC32C();
    checksum.update(records.duplicate());
    int expected = header.checksums()[block];
    if ((int) checksum.getValue() != expected) {
      throw corrupt(
          block,
          String.format(
              Locale.ROOT,
              "wrong checksum of a block (found=%x, expected=%x)",
              (int) checksum.getValue(),
              expected));
    }
    byte[] sync = new byte[LsmFormat.SYNC_BYTES];
    bytes.get(head + size, sync);
    try {
      AvroInput in = new AvroInput(bytes, 0);
      if (in.readLong() != rows
          || in.readLong() != size
          || in.position() != head
          || !Arrays.equals(sync, header.sync())) {
        throw corrupt(block, "damaged frame of a block");
      }
      return new RunBlock(header.firstRows()[block], records, starts(block, records, rows));
    } catch (IndexOutOfBoundsException e) {
      throw corrupt(block, "a block whose records do not parse: " + e.getMessage());
    }
  }

  private int[] starts(int block, ByteBuffer records, int rows) {
    int[] starts = new int[rows + 1];
    AvroInput in = new AvroInput(records, 0);
    for (int row = 0; row < rows; row++) {
      starts[row] = in.position();
      for (FieldReader scalar : scalars) {
        scalar.skip(in);
      }
      for (int dimension : header.dimensions()) {
        long count = in.readLong();
        if (count != dimension) {
          throw corrupt(block, "a vector of " + count + " floats (expected " + dimension + ")");
        }
        in.skip(dimension * Float.BYTES);
        if (in.readLong() != 0) {
          throw corrupt(block, "a vector that does not end");
        }
      }
    }
    starts[rows] = in.position();
    if (in.position() != records.limit()) {
      throw corrupt(block, "a block whose records end at " + in.position());
    }
    return starts;
  }

  private CorruptFileException corrupt(int block, String reason) {
    return RunHeader.corrupt(file, reason, header.offsets()[block], null);
  }
}
