package io.proximadb.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.model.Metric;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VectorFilesTest {
  private static final float[] ROWS = {1, 2, 3, -4, 5.5f, 6, 7, 8, 9};
  private static final String LIST = "(LIST) { repeated group list { required %s element; } }";

  @TempDir private Path folder;

  private void fvecs(String name, int dimension, float... values) throws IOException {
    ByteBuffer bytes = buffer(values.length + values.length / dimension);
    for (int i = 0; i < values.length; i++) {
      if (i % dimension == 0) {
        bytes.putInt(dimension);
      }
      bytes.putFloat(values[i]);
    }
    Files.write(folder.resolve(name), bytes.array());
  }

  private void fbin(String name, int rows, int dimension, float... values) throws IOException {
    ByteBuffer bytes = buffer(2 + values.length).putInt(rows).putInt(dimension);
    for (float value : values) {
      bytes.putFloat(value);
    }
    Files.write(folder.resolve(name), bytes.array());
  }

  private static ByteBuffer buffer(int words) {
    return ByteBuffer.allocate(words * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Rows of an id, and of one list each in columns of these names. */
  private void parquet(String name, boolean doubles, int dimension, String... columns)
      throws IOException {
    StringBuilder schema = new StringBuilder("message row { required int64 id;");
    for (String column : columns) {
      schema.append(" optional group ").append(column).append(' ');
      schema.append(String.format(java.util.Locale.ROOT, LIST, doubles ? "double" : "float"));
    }
    MessageType type = MessageTypeParser.parseMessageType(schema.append(" }").toString());
    SimpleGroupFactory rows = new SimpleGroupFactory(type);
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(new org.apache.hadoop.fs.Path(folder.resolve(name).toUri()))
            .withType(type)
            .build()) {
      for (int from = 0; from < ROWS.length; from += dimension) {
        Group row = rows.newGroup().append("id", (long) from);
        for (String column : columns) {
          Group list = row.addGroup(column);
          for (int i = from; i < Math.min(ROWS.length, from + dimension); i++) {
            Group item = list.addGroup("list");
            if (doubles) {
              item.append("element", (double) ROWS[i]);
            } else {
              item.append("element", ROWS[i]);
            }
          }
        }
        writer.write(row);
      }
    }
  }

  @Test
  void allKindsOfFilesGiveTheSameVectors() throws IOException {
    fvecs("words-angular-base.fvecs", 3, ROWS);
    fbin("words-angular-query.fbin", 3, 3, ROWS);
    parquet("images-base.parquet", false, 3, "emb", "other");
    parquet("images-query.parquet", true, 3, "anything");
    Files.write(folder.resolve("images-base.txt"), new byte[3]);

    List<VectorFiles.Pair> sets =
        VectorFiles.read(List.of(folder, folder.resolve("none")), 2, Integer.MAX_VALUE);

    assertThat(sets.stream().map(VectorFiles.Pair::name))
        .containsExactly("images", "words-angular");
    assertThat(sets.stream().map(VectorFiles.Pair::metric))
        .containsExactly(Metric.EUCLIDEAN, Metric.COSINE);
    for (VectorFiles.Pair set : sets) {
      assertThat(set.base().dimension()).isEqualTo(3);
      assertThat(set.base().count()).isEqualTo(2);
      assertThat(set.base().values()).containsExactly(1, 2, 3, -4, 5.5f, 6);
      assertThat(set.queries().values()).containsExactly(ROWS);
    }
  }

  @Test
  void damagedFilesAreRefusedByName() throws IOException {
    Files.write(folder.resolve("a.fvecs"), new byte[17]);
    fvecs("b.fvecs", 3, 1, 2, 3, 4, 5, 6);
    byte[] other = Files.readAllBytes(folder.resolve("b.fvecs"));
    other[16] = 2;
    Files.write(folder.resolve("b.fvecs"), other);
    fbin("c.fbin", 3, 3, 1, 2, 3);
    Files.write(folder.resolve("d.fbin"), new byte[5]);
    parquet("e.parquet", false, 2, "vector");
    parquet("f.parquet", false, 3, "one", "two");

    assertRefused("a.fvecs", "17 bytes, rows of 0 dimensions");
    assertRefused("b.fvecs", "rows of 2 dimensions (expected all rows of 3");
    assertRefused("c.fbin", "20 bytes, rows of 3 dimensions (expected 3 rows");
    assertRefused("d.fbin", "5 bytes, rows of 0 dimensions");
    assertRefused("e.parquet", "row 4 has 1 components (expected 2 as in the first row");
    assertRefused("f.parquet", "2 columns are lists of floats or doubles");
    assertRefused("g.txt", "expected [.fvecs, .fbin, .parquet]");
  }

  private void assertRefused(String name, String why) {
    assertThatThrownBy(() -> VectorFiles.read(folder.resolve(name), 10))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(why)
        .hasMessageContaining(name);
  }

  @Test
  void aSetHasBothItsFilesOfOneDimension() throws IOException {
    fbin("x-base.fbin", 3, 3, ROWS);
    assertThatThrownBy(() -> VectorFiles.read(List.of(folder), 10, 10))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Invalid set x: no queries beside");
    fbin("x-query.fbin", 9, 1, ROWS);
    assertThatThrownBy(() -> VectorFiles.read(List.of(folder), 10, 10))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("rows of 3, queries of 1 dimensions");
  }
}
