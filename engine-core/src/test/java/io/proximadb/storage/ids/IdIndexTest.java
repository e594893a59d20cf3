package io.proximadb.storage.ids;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.NotFoundException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.io.LocalFileIO;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Metric;
import io.proximadb.storage.HashOrder;
import io.proximadb.storage.IdHash;
import io.proximadb.storage.TableContext;
import io.proximadb.testkit.RandomCollections;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdIndexTest {
  private static final String DATA_FILE = "data.parquet";

  @TempDir Path folder;
  private TableContext table;

  @BeforeEach
  void makeTable() {
    table =
        RandomCollections.table(
            CollectionSchema.builder().vector(1, Metric.DOT).build(),
            folder.toString(),
            new LocalFileIO());
  }

  private Path write(long... hashes) throws IOException {
    IdIndexWriter writer = new IdIndexWriter(table, DATA_FILE);
    for (long hash : hashes) {
      writer.add(hash);
    }
    return Path.of(writer.write());
  }

  /** The vector of the paper "SipHash: a fast short-input PRF" for the message 00 01 .. 0e. */
  @Test
  void theHashIsSipHash() {
    byte[] message = new byte[15];
    for (int i = 0; i < message.length; i++) {
      message[i] = (byte) i;
    }
    UUID key = new UUID(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);
    assertThat(IdHash.of(key).of(message)).isEqualTo(0xa129ca6149be45e5L);
    String text = new String(message, StandardCharsets.UTF_8);
    assertThat(IdHash.of(key).of(text)).isEqualTo(0xa129ca6149be45e5L);
  }

  @Test
  void findsWhatAMapFindsEvenIfHashesCollideOrCluster() throws IOException {
    for (int seed = 1; seed <= 40; seed++) {
      Random random = new Random(seed);
      int rows = new int[] {0, 1, 2, 10, 1_000, 30_000}[seed % 6];
      long[] hashes = new long[rows];
      for (int i = 0; i < rows; i++) {
        hashes[i] = seed % 3 == 0 ? random.nextInt(rows) - rows / 2 : random.nextLong();
      }
      Map<Long, Integer> expected = new HashMap<>();
      for (int i = 0; i < rows; i++) {
        expected.putIfAbsent(hashes[i], i);
      }
      write(hashes);
      try (IdIndex index = IdIndex.open(table, DATA_FILE, rows)) {
        IdIndex inMemory = IdIndex.of(hashes);
        assertThat(index.size()).isEqualTo(rows);
        for (int i = 0; i < 500; i++) {
          long hash =
              rows > 0 && random.nextBoolean() ? hashes[random.nextInt(rows)] : random.nextLong();
          int position = expected.getOrDefault(hash, -1);
          assertThat(index.find(hash, at -> true)).as("seed %s", seed).isEqualTo(position);
          assertThat(inMemory.find(hash, at -> true)).as("seed %s", seed).isEqualTo(position);
          assertThat(index.find(hash, at -> false)).as("no id agrees").isEqualTo(-1);
        }
        for (long edge : new long[] {0, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
          assertThat(index.find(edge, at -> true)).isEqualTo(expected.getOrDefault(edge, -1));
        }
      }
    }
  }

  @Test
  void sortsHashesAsUnsignedNumbersAndKeepsTheOrderOfEquals() {
    for (int seed = 1; seed <= 30; seed++) {
      Random random = new Random(seed);
      int count = random.nextInt(3_000);
      long[] hashes = new long[count + 5];
      for (int i = 0; i < hashes.length; i++) {
        hashes[i] = seed % 2 == 0 ? random.nextInt(50) : random.nextLong();
      }
      Integer[] expected = new Integer[count];
      Arrays.setAll(expected, i -> i);
      Arrays.sort(expected, (a, b) -> Long.compareUnsigned(hashes[a], hashes[b]));
      assertThat(HashOrder.of(hashes, count))
          .as("seed %s", seed)
          .containsExactly(Arrays.stream(expected).mapToInt(i -> i).toArray());
    }
  }

  @Test
  void aChangedByteOrAnotherOwnerIsNoticed() throws IOException {
    Path file = write(5, -7, 9);
    byte[] whole = Files.readAllBytes(file);
    for (int at = 0; at < whole.length; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 1;
      Files.write(file, damaged);
      assertThatThrownBy(() -> IdIndex.open(table, DATA_FILE, 3))
          .as("byte %s", at)
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContaining(file.toString())
          .hasMessageContaining("offset");
    }
    Files.write(file, whole);
    assertThatThrownBy(() -> IdIndex.open(table, DATA_FILE, 2))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("wrong size");
    TableContext other =
        new TableContext(
            new UUID(1, 2),
            table.location(),
            table.icebergSchema(),
            table.schema(),
            table.io(),
            table.properties());
    assertThatThrownBy(() -> IdIndex.open(other, DATA_FILE, 3))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("wrong table");
    Files.copy(file, Path.of(table.idIndexLocation("datb.parquet")));
    assertThatThrownBy(() -> IdIndex.open(table, "datb.parquet", 3))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("wrong data file");
    assertThatThrownBy(() -> IdIndex.open(table, "none.parquet", 3))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void aNewerVersionIsRefusedAsSuch() throws IOException {
    Path file = write(5);
    byte[] bytes = Files.readAllBytes(file);
    ByteBuffer view = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    view.putInt(IdIndexFormat.VERSION_OFFSET, 2);
    CRC32C checksum = new CRC32C();
    checksum.update(bytes, 0, bytes.length - IdIndexFormat.FOOTER_BYTES);
    view.putInt(bytes.length - IdIndexFormat.FOOTER_BYTES, (int) checksum.getValue());
    Files.write(file, bytes);
    assertThatThrownBy(() -> IdIndex.open(table, DATA_FILE, 1))
        .isInstanceOf(UnsupportedVersionException.class)
        .hasMessageEndingWith("v2 (supported: v1)");
  }
}
