package io.proximadb.storage.viper;

import io.proximadb.objectstore.TestStore;
import io.proximadb.storage.StorageFormat;
import io.proximadb.testkit.StorageFormatContract;
import java.io.IOException;
import java.util.List;
import java.util.stream.StreamSupport;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.IOUtil;
import org.apache.iceberg.io.PositionOutputStream;
import org.apache.iceberg.io.SeekableInputStream;
import org.apache.iceberg.io.SupportsPrefixOperations;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

/** The contract of a layout on an object store. */
class ViperOnObjectStoreTest extends StorageFormatContract {
  private static TestStore store;
  private static FileIO io;

  private final String location = store.newLocation();

  @BeforeAll
  static void open() throws Exception {
    store = TestStore.open();
    io = store.io();
  }

  @AfterAll
  static void close() throws Exception {
    io.close();
    store.close();
  }

  @AfterEach
  void clean() {
    ((SupportsPrefixOperations) io).deletePrefix(location);
  }

  @Override
  protected StorageFormat format() {
    return new ViperFormat(new ViperSizes(16, 1_024, 8_192, 1L << 30));
  }

  @Override
  protected StorageFormat formatWithFilesOf(long bytes) {
    return new ViperFormat(new ViperSizes(16, 1_024, 8_192, bytes));
  }

  @Override
  protected String location() {
    return location;
  }

  @Override
  protected FileIO io() {
    return io;
  }

  @Override
  protected int damages() {
    return 25;
  }

  @Override
  protected void overwrite(String file, byte[] bytes) throws IOException {
    try (PositionOutputStream out = io.newOutputFile(file).createOrOverwrite()) {
      out.write(bytes);
    }
  }

  @Override
  protected byte[] contentOf(String file) throws IOException {
    byte[] bytes = new byte[(int) io.newInputFile(file).getLength()];
    try (SeekableInputStream in = io.newInputFile(file).newStream()) {
      IOUtil.readFully(in, bytes, 0, bytes.length);
    }
    return bytes;
  }

  @Override
  protected List<String> files() {
    Iterable<FileInfo> found = ((SupportsPrefixOperations) io).listPrefix(location);
    return StreamSupport.stream(found.spliterator(), false).map(FileInfo::location).toList();
  }
}
