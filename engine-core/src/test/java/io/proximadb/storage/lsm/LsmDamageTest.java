package io.proximadb.storage.lsm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.io.LocalFileIO;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.FieldType.Scalar;
import io.proximadb.model.Metric;
import io.proximadb.model.Row;
import io.proximadb.storage.SegmentReader;
import io.proximadb.storage.SegmentWriter;
import io.proximadb.storage.StagedSegment;
import io.proximadb.storage.Staging;
import io.proximadb.storage.TableContext;
import io.proximadb.testkit.RandomCollections;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is damaged is noticed, also where the side file is lost. */
class LsmDamageTest {
  private static final LsmSizes SMALL = new LsmSizes(256, 64 << 20, 1L << 30);
  private static final CollectionSchema SCHEMA =
      CollectionSchema.builder().vector(3, Metric.DOT).metadata("text", Scalar.STRING).build();

  @TempDir Path folder;
  private TableContext table;
  private StagedSegment segment;
  private Path file;
  private Path index;
  private byte[] whole;

  @BeforeEach
  void write() throws IOException {
    table = RandomCollections.table(SCHEMA, folder.toString(), new LocalFileIO());
    try (SegmentWriter writer = new LsmFormat(SMALL).newWriter(table, "test")) {
      RandomCollections.rows(SCHEMA, 12, new Random(1)).forEach(writer::append);
      segment = writer.finish().get(0);
      Staging.promote(table.io(), segment);
    }
    file = Path.of(segment.dataFile().location());
    index = Path.of(segment.idIndexLocation());
    whole = Files.readAllBytes(file);
  }

  private void readAll() {
    try (SegmentReader reader =
        new LsmFormat(SMALL).open(table, segment.dataFile()).orElseThrow()) {
      reader.column("text");
      reader.find("no such id");
    }
  }

  @Test
  void everyFlippedBitIsNoticed() throws IOException {
    everyFlippedByteIsNoticed(0x01);
    everyFlippedByteIsNoticed(0x80);
  }

  @Test
  void everyFlippedBitIsNoticedWithoutTheSideFile() throws IOException {
    Files.delete(index);
    everyFlippedByteIsNoticed(0x10);
  }

  private void everyFlippedByteIsNoticed(int bit) throws IOException {
    for (int at = 0; at < whole.length; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= (byte) bit;
      Files.write(file, damaged);
      assertThatThrownBy(this::readAll)
          .as("byte %s of %s", at, whole.length)
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContaining(file.toString())
          .hasMessageContaining("offset");
    }
    Files.write(file, whole);
    readAll();
  }

  /** A point read touches one block: damage in another one is not in its way. */
  @Test
  void rowsOfWholeBlocksAreReadBesideADamagedOne() throws IOException {
    byte[] damaged = whole.clone();
    damaged[whole.length - LsmFormat.SYNC_BYTES - 2] ^= 1;
    Files.write(file, damaged);
    try (SegmentReader reader =
        new LsmFormat(SMALL).open(table, segment.dataFile()).orElseThrow()) {
      assertThat(reader.find(reader.id(0))).isZero();
      assertThat(reader.rows(new int[] {0}, List.of("id")).rowCount()).isEqualTo(1);
      assertThatThrownBy(() -> reader.id(reader.rowCount() - 1))
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContaining("wrong checksum of a block");
    }
  }

  @Test
  void anIndexOfAnotherFileIsNotUsed() throws IOException {
    try (SegmentWriter writer = new LsmFormat(SMALL).newWriter(table, "test")) {
      List<Row> others = RandomCollections.rows(SCHEMA, 12, new Random(2));
      others.forEach(writer::append);
      StagedSegment other = writer.finish().get(0);
      Files.copy(
          Path.of(other.idIndexLocation()),
          index,
          java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }
    try (SegmentReader reader =
        new LsmFormat(SMALL).open(table, segment.dataFile()).orElseThrow()) {
      for (int row = 0; row < reader.rowCount(); row++) {
        assertThat(reader.find(reader.id(row))).isEqualTo(row);
      }
    }
  }

  @Test
  void aNewerVersionIsRefusedByName() throws IOException {
    byte[] newer = whole.clone();
    int at = indexOf(newer, "proximadb.lsm.version") + "proximadb.lsm.version".length() + 1;
    assertThat(newer[at]).isEqualTo((byte) '1');
    newer[at] = '2';
    repairChecksum(newer);
    Files.write(file, newer);
    assertThatThrownBy(this::readAll)
        .isInstanceOf(UnsupportedVersionException.class)
        .hasMessageContaining("lsm v2 (supported: v1)")
        .hasMessageContaining(file.toString());
  }

  private static void repairChecksum(byte[] bytes) {
    int at = indexOf(bytes, "proximadb.lsm.checksum") + "proximadb.lsm.checksum".length() + 1;
    CRC32C checksum = new CRC32C();
    checksum.update(bytes, 0, at);
    checksum.update(bytes, at + 4, 1 + LsmFormat.SYNC_BYTES);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(at, (int) checksum.getValue());
  }

  private static int indexOf(byte[] bytes, String text) {
    return new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
  }
}
