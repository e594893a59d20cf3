package io.proximadb.index.sparse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.CorruptFileException;
import io.proximadb.index.form.DamagedFiles;
import io.proximadb.index.form.FormWriter;
import io.proximadb.index.form.IndexForm;
import io.proximadb.model.Metric;
import io.proximadb.model.SparseVector;
import io.proximadb.testkit.RandomCollections;
import io.proximadb.testkit.Seed;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SparseFormatTest {
  private final Random random = Seed.random("SparseFormatTest");

  @ParameterizedTest
  @EnumSource(names = {"COSINE", "DOT"})
  void whatIsReadIsWhatWasWritten(Metric metric) throws IOException {
    SparseIndex index = index(metric, 700);
    byte[] bytes = bytes(index);
    SparseIndex read = (SparseIndex) DamagedFiles.read(bytes, SparseFormat::read);
    assertThat(read.metric()).isEqualTo(metric);
    assertThat(read.rowCount()).isEqualTo(700);
    assertThat(read.memoryBytes()).isEqualTo(index.memoryBytes());
    assertThat(bytes(read)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @EnumSource(names = {"COSINE", "DOT"})
  void damagedFilesAreRefused(Metric metric) throws IOException {
    DamagedFiles.check(bytes(index(metric, 20)), SparseFormat::read, random);
  }

  @Test
  void whatMakesNoSenseIsRefusedThoughItsChecksumIsRight() throws IOException {
    IndexForm form = new IndexForm("SPARSIX\0", 1, "sparse index", "PXSE");
    // One list of two components, in a block of one bit a difference, for rows 0 and 5 of 4.
    assertThat(refused(form, 4, 1, 5)).contains("row 5 of 4 behind 0");
    assertThat(refused(form, 8, 0, 5)).contains("a list of 0 components");
    assertThat(refused(form, 8, 1, 5)).contains("ends with row 5, not 0");
  }

  private static String refused(IndexForm form, int rows, int lists, int second)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FormWriter writer =
        new FormWriter(form, 2, DamagedFiles.SOURCE, new long[] {rows, 1, 1, 2, 1}, out);
    writer.longs(new long[] {0xff});
    writer.ints(new int[] {3});
    writer.ints(new int[] {lists * 2});
    writer.ints(new int[] {0});
    writer.floats(new float[] {1});
    writer.floats(new float[] {1});
    writer.bytes(new byte[] {3}, 0, 1);
    writer.bytes(new byte[] {(byte) (second - 1 << 3)}, 0, 1);
    writer.floats(new float[] {1, 1});
    writer.finish();
    Throwable[] thrown = new Throwable[1];
    assertThatThrownBy(() -> DamagedFiles.read(out.toByteArray(), SparseFormat::read))
        .isInstanceOf(CorruptFileException.class)
        .satisfies(e -> thrown[0] = e);
    return String.valueOf(thrown[0].getMessage());
  }

  /** The same index from its file. */
  static SparseIndex written(SparseIndex index) throws IOException {
    return (SparseIndex) DamagedFiles.read(bytes(index), SparseFormat::read);
  }

  private static byte[] bytes(SparseIndex index) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    SparseFormat.write(index, DamagedFiles.SOURCE, out);
    return out.toByteArray();
  }

  private SparseIndex index(Metric metric, int rows) {
    SparseVector[] vectors = new SparseVector[rows];
    for (int row = 0; row < rows; row++) {
      vectors[row] = random.nextInt(5) == 0 ? null : RandomCollections.sparse(40, random);
    }
    return SparseIndexTest.build(vectors, metric);
  }
}
