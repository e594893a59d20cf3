package io.proximadb.bench.wal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * What the disk itself takes for a record: writing its bytes one after the other over a file that
 * has its size and all its blocks, each followed by a sync of the data. For one thread.
 */
final class DiskFloor implements DurableStore {
  /** More than a second of small writes; when it is full, it is written over again. */
  private static final int FILE_BYTES = 16 << 20;

  private static final int FILL_BYTES = 1 << 20;

  private final RecordPool records;
  private final FileChannel file;
  private final ByteBuffer buffer;
  private long position;

  private DiskFloor(FileChannel file, RecordPool records) {
    this.file = file;
    this.records = records;
    this.buffer = ByteBuffer.allocateDirect(2 * records.recordBytes());
  }

  /** Makes the file, filled with zeros and synced. */
  static DiskFloor create(Path folder, RecordPool records) throws IOException {
    FileChannel file =
        FileChannel.open(
            folder.resolve("floor"), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    ByteBuffer zeros = ByteBuffer.allocateDirect(FILL_BYTES);
    for (long at = 0; at < FILE_BYTES; at += FILL_BYTES) {
      file.write(zeros.clear(), at);
    }
    file.force(true);
    return new DiskFloor(file, records);
  }

  @Override
  public void put(int record) throws IOException {
    buffer.clear().put(records.encoded(record)).flip();
    if (position + buffer.remaining() > FILE_BYTES) {
      position = 0;
    }
    while (buffer.hasRemaining()) {
      position += file.write(buffer, position);
    }
    file.force(false);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
