package io.proximadb.objectstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.io.Abortable;
import io.proximadb.io.hadoop.ObjectFileIO;
import io.proximadb.objectstore.FaultProxy.Fault;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.StreamSupport;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.FileInfo;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.PositionOutputStream;
import org.apache.iceberg.io.RangeReadable;
import org.apache.iceberg.io.SeekableInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Files on a server of the S3 protocol. */
class ObjectFileIOTest {
  private static S3Server server;
  private static FaultProxy proxy;

  private final String folder = "s3a://" + S3Server.BUCKET + "/" + UUID.randomUUID();

  @BeforeAll
  static void start() throws Exception {
    server = new S3Server();
    proxy = new FaultProxy(server.port());
  }

  @AfterAll
  static void stop() throws Exception {
    proxy.close();
    server.close();
  }

  private static ObjectFileIO io() {
    Map<String, String> properties = S3Server.properties(proxy.port());
    properties.put("fs.s3a.attempts.maximum", "1");
    properties.put("fs.s3a.retry.limit", "0");
    properties.put("fs.s3a.retry.throttle.limit", "0");
    ObjectFileIO io = new ObjectFileIO();
    io.initialize(properties);
    return io;
  }

  private static void write(PositionOutputStream stream, byte[] bytes) throws IOException {
    try (stream) {
      stream.write(bytes);
      assertThat(stream.getPos()).isEqualTo(bytes.length);
    }
  }

  private static byte[] read(InputFile file) throws IOException {
    try (SeekableInputStream in = file.newStream()) {
      return in.readAllBytes();
    }
  }

  private List<String> names(ObjectFileIO io) {
    return StreamSupport.stream(io.listPrefix(folder).spliterator(), false)
        .map(FileInfo::location)
        .map(location -> location.substring(folder.length() + 1))
        .sorted()
        .toList();
  }

  @Test
  void filesAreWrittenReadListedAndDeleted() throws Exception {
    try (ObjectFileIO io = io()) {
      write(io.newOutputFile(folder + "/a/b").create(), new byte[] {1, 2, 3, 4, 5});
      assertThatThrownBy(() -> io.newOutputFile(folder + "/a/b").create().close())
          .isInstanceOf(AlreadyExistsException.class);
      assertThat(read(io.newInputFile(folder + "/a/b"))).containsExactly(1, 2, 3, 4, 5);
      write(io.newOutputFile(folder + "/a/b").createOrOverwrite(), new byte[] {7, 8, 9});
      assertThat(io.newInputFile(folder + "/a/b").getLength()).isEqualTo(3);
      assertThat(read(io.newInputFile(folder + "/a/b", 3))).containsExactly(7, 8, 9);
      write(io.newOutputFile(folder + "/c").create(), new byte[0]);
      assertThat(names(io)).containsExactly("a/b", "c");
      io.deleteFile(folder + "/c");
      io.deleteFile(folder + "/c");
      assertThat(io.newInputFile(folder + "/c").exists()).isFalse();
      assertThatThrownBy(() -> io.newInputFile(folder + "/c").getLength())
          .isInstanceOf(NotFoundException.class);
      write(io.newOutputFile(folder + "/d").create(), new byte[1]);
      io.deleteFiles(List.of(folder + "/a/b", folder + "/none"));
      assertThat(names(io)).containsExactly("d");
      io.deletePrefix(folder);
      io.deletePrefix(folder);
      assertThat(names(io)).isEmpty();
    }
  }

  @Test
  void aRangeIsOneRequestOfAFileWhoseLengthIsKnown() throws Exception {
    byte[] content = new byte[300_000];
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) (i % 251);
    }
    try (ObjectFileIO io = io()) {
      write(io.newOutputFile(folder + "/f").create(), content);
      int before = proxy.requests();
      byte[] part = new byte[1_000];
      try (SeekableInputStream in = io.newInputFile(folder + "/f", content.length).newStream()) {
        ((RangeReadable) in).readFully(70_000, part, 10, 900);
      }
      assertThat(proxy.requests() - before).isEqualTo(1);
      for (int i = 0; i < 900; i++) {
        assertThat(part[10 + i]).isEqualTo((byte) ((70_000 + i) % 251));
      }
    }
  }

  @Test
  void whatWasNotWrittenWholeDoesNotAppear() throws Exception {
    try (ObjectFileIO io = io()) {
      PositionOutputStream givenUp = io.newOutputFile(folder + "/cut").create();
      givenUp.write(new byte[100]);
      ((Abortable) givenUp).abort();
      givenUp.close();
      PositionOutputStream failing = io.newOutputFile(folder + "/failed").create();
      failing.write(new byte[100]);
      proxy.set((method, path) -> method.equals("PUT") ? Fault.ERROR : Fault.NONE);
      assertThatThrownBy(failing::close).isInstanceOf(IOException.class);
      failing.close();
      proxy.set((method, path) -> Fault.NONE);
      assertThat(names(io)).isEmpty();
    } finally {
      proxy.set((method, path) -> Fault.NONE);
    }
  }

  @Test
  void aCopyInAnotherProcessReachesTheStoreToo() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectFileIO io = io();
        ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      write(io.newOutputFile(folder + "/f").create(), new byte[] {1});
      out.writeObject(io);
    }
    try (ObjectInputStream in =
            new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()));
        ObjectFileIO copy = (ObjectFileIO) in.readObject()) {
      assertThat(read(copy.newInputFile(folder + "/f"))).containsExactly(1);
    }
  }
}
