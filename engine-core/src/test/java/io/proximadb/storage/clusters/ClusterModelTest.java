package io.proximadb.storage.clusters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.AlreadyExistsException;
import io.proximadb.error.CorruptFileException;
import io.proximadb.error.NotFoundException;
import io.proximadb.error.UnsupportedVersionException;
import io.proximadb.io.LocalFileIO;
import io.proximadb.model.ClusterId;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.Metric;
import io.proximadb.storage.TableContext;
import io.proximadb.testkit.RandomCollections;
import io.proximadb.testkit.Seed;
import io.proximadb.vector.cluster.KMeans;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterModelTest {
  @TempDir Path folder;

  private TableContext table(Metric metric, int dimension, Map<String, String> properties) {
    TableContext plain =
        RandomCollections.table(
            CollectionSchema.builder().vector(dimension, metric).build(),
            folder.toString(),
            new LocalFileIO());
    return new TableContext(
        plain.tableUuid(),
        plain.location(),
        plain.icebergSchema(),
        plain.schema(),
        plain.io(),
        properties);
  }

  private static ClusterModel model(
      TableContext table, int generation, int clusters, Random random) {
    var field = ClusterModels.field(table);
    float[] rows = new float[500 * field.dimension()];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = random.nextFloat() - 0.5f;
    }
    KMeans.Result trained = KMeans.train(field.metric(), field.dimension(), rows, 500, clusters, 1);
    return new ClusterModel(
        generation,
        ClusterModels.fieldId(table, field),
        trained.centroids(),
        trained.sizes(),
        new ClusterModel.Training(1_000, 500, 7, 1, 123_456, trained.distortion()));
  }

  @Test
  void aModelComesBackAsItWas() {
    Random random = Seed.random("ClusterModelTest.roundTrip");
    for (Metric metric : Metric.values()) {
      int generation = 1 + metric.ordinal();
      TableContext table = table(metric, 1 + random.nextInt(20), Map.of());
      ClusterModel written = model(table, generation, 1 + random.nextInt(100), random);
      ClusterModels.write(table, written);
      ClusterModel read = ClusterModels.read(table, written.fieldId(), generation);
      assertThat(read.training()).isEqualTo(written.training());
      assertThat(read.sizes()).isEqualTo(written.sizes());
      assertThat(read.imbalance()).isEqualTo(written.imbalance());
      assertThat(read.centroids().metric()).isEqualTo(metric);
      assertThat(read.centroids().groupStarts()).isEqualTo(written.centroids().groupStarts());
      for (int c = 0; c < read.centroids().count(); c++) {
        assertThat(read.centroids().centroid(c)).isEqualTo(written.centroids().centroid(c));
      }
    }
  }

  @Test
  void everyDamagedByteIsFound() throws IOException {
    Random random = Seed.random("ClusterModelTest.damage");
    TableContext table = table(Metric.COSINE, 3, Map.of());
    ClusterModel model = model(table, 1, 40, random);
    ClusterModels.write(table, model);
    Path file = Path.of(ClusterModels.location(table, model.fieldId(), 1));
    byte[] whole = Files.readAllBytes(file);
    // The end mark is a courtesy to people.
    for (int i = 0; i < whole.length - 4; i++) {
      byte[] damaged = whole.clone();
      damaged[i] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, damaged);
      assertThatThrownBy(() -> ClusterModels.read(table, model.fieldId(), 1))
          .as("byte %s", i)
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContaining(file.toString());
    }
    for (int length = 0; length < whole.length; length += 1 + random.nextInt(20)) {
      Files.write(file, java.util.Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> ClusterModels.read(table, model.fieldId(), 1))
          .isInstanceOf(CorruptFileException.class);
    }
    Files.write(file, whole);
    assertThat(ClusterModels.read(table, model.fieldId(), 1).sizes()).isEqualTo(model.sizes());
  }

  @Test
  void modelsOfOthersAreRefused() throws IOException {
    Random random = Seed.random("ClusterModelTest.others");
    TableContext table = table(Metric.EUCLIDEAN, 4, Map.of());
    ClusterModel model = model(table, 1, 5, random);
    int field = model.fieldId();
    assertThatThrownBy(() -> ClusterModels.read(table, field, 1))
        .isInstanceOf(NotFoundException.class);
    ClusterModels.write(table, model);
    assertThatThrownBy(() -> ClusterModels.write(table, model))
        .isInstanceOf(AlreadyExistsException.class)
        .hasMessageContaining(field + "-1.model-v1");
    TableContext other =
        new TableContext(
            UUID.randomUUID(),
            table.location(),
            table.icebergSchema(),
            table.schema(),
            table.io(),
            Map.of());
    assertThatThrownBy(() -> ClusterModels.read(other, field, 1))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("table");
    Path file = Path.of(ClusterModels.location(table, field, 1));
    byte[] bytes = Files.readAllBytes(file);
    Files.write(Path.of(ClusterModels.location(table, field, 2)), bytes);
    assertThatThrownBy(() -> ClusterModels.read(table, field, 2))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("generation");
    ByteBuffer newer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(16, 2);
    CRC32C checksum = new CRC32C();
    checksum.update(bytes, 0, bytes.length - 8);
    newer.putInt(bytes.length - 8, (int) checksum.getValue());
    Files.write(file, bytes);
    assertThatThrownBy(() -> ClusterModels.read(table, field, 1))
        .isInstanceOf(UnsupportedVersionException.class)
        .hasMessageContaining("v2 (supported: v1)");
  }

  @Test
  void theCurrentModelIsWhatThePropertyNames() {
    Random random = Seed.random("ClusterModelTest.current");
    TableContext table = table(Metric.DOT, 4, Map.of());
    assertThat(ClusterModels.current(table)).isNull();
    ClusterModel model = model(table, 3, 5, random);
    ClusterModels.write(table, model);
    assertThat(ClusterModels.current(table)).isNull();
    String key = ClusterModels.property(model.fieldId());
    ClusterModel current = ClusterModels.current(table(Metric.DOT, 4, Map.of(key, "3")));
    assertThat(current).isNotNull();
    assertThat(current.id(4)).isEqualTo(3L << 32 | 4);
    assertThat(ClusterModels.current(table(Metric.DOT, 4, Map.of(key, "4")))).isNull();
    assertThat(ClusterModels.current(table(Metric.DOT, 4, Map.of(key, "no")))).isNull();
    // Metric and dimension are those of the field, or the model is of no use.
    assertThat(ClusterModels.find(table(Metric.COSINE, 4, Map.of()), 4)).isNull();
  }

  @Test
  void idsHoldGenerationAndCluster() {
    Random random = Seed.random("ClusterModelTest.ids");
    for (int i = 0; i < 1_000; i++) {
      int generation = 1 + random.nextInt(Integer.MAX_VALUE);
      int cluster = random.nextInt(Integer.MAX_VALUE);
      long id = ClusterId.of(generation, cluster);
      assertThat(ClusterId.generation(id)).isEqualTo(generation);
      assertThat(ClusterId.cluster(id)).isEqualTo(cluster);
      assertThat(ClusterId.isValid(id)).isTrue();
    }
    assertThat(ClusterId.isValid(ClusterId.NONE)).isFalse();
    assertThat(ClusterId.isValid(17)).isFalse();
    assertThat(ClusterId.isValid(Long.MIN_VALUE)).isFalse();
    assertThat(ClusterId.isValid(1L << 32 | 0x8000_0000L)).isFalse();
  }
}
