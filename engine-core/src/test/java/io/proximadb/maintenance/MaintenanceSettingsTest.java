package io.proximadb.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.InvalidArgumentException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MaintenanceSettingsTest {
  @Test
  void defaults() {
    MaintenanceSettings settings = MaintenanceSettings.of(Map.of());
    assertThat(settings.defaultTtlMs()).isEmpty();
    assertThat(settings.sweepIntervalMs()).isEqualTo(300_000);
    assertThat(settings.snapshotMinAgeMs()).isEqualTo(3_600_000);
    assertThat(settings.orphanMinAgeMs()).isEqualTo(86_400_000);
    assertThat(settings.stagingMinAgeMs()).isEqualTo(21_600_000);
    assertThat(settings.manifestMinCount()).isEqualTo(20);
    assertThat(settings.collectsGarbage()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "proximadb.ttl.default-ms, 0",
    "proximadb.ttl.default-ms, a day",
    "proximadb.ttl.sweep-interval-ms, 999",
    "proximadb.snapshots.min-age-ms, 59999",
    "proximadb.snapshots.expiry-interval-ms, -1",
    "proximadb.orphans.min-age-ms, 1000",
    "proximadb.orphans.staging-min-age-ms, 1000",
    "proximadb.orphans.interval-ms, 1.5",
    "proximadb.manifests.min-count, 1",
    "history.expire.min-snapshots-to-keep, 0",
    "history.expire.max-snapshot-age-ms, long",
  })
  void wrongValuesAreNamed(String key, String value) {
    assertThatThrownBy(() -> MaintenanceSettings.of(Map.of(key, value)))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining(key + ": '" + value + "' (expected a whole number from ");
  }

  /** The document names every property with its default. */
  @Test
  void theDocumentListsThem() throws IOException {
    String document = Files.readString(Path.of("..", "docs", "maintenance.md"));
    for (String key :
        List.of(
            MaintenanceSettings.DEFAULT_TTL,
            MaintenanceSettings.SWEEP_INTERVAL,
            MaintenanceSettings.SNAPSHOT_MIN_AGE,
            MaintenanceSettings.EXPIRY_INTERVAL,
            MaintenanceSettings.ORPHAN_MIN_AGE,
            MaintenanceSettings.STAGING_MIN_AGE,
            MaintenanceSettings.ORPHAN_INTERVAL,
            MaintenanceSettings.MANIFEST_MIN_COUNT)) {
      assertThat(document).contains("| `" + key + "` |");
    }
  }

  @Test
  void namesWithAnySchemeAndFolderAreTheSame() {
    NameSet names = new NameSet();
    for (int i = 0; i < 5_000; i++) {
      assertThat(names.add("s3://bucket/table/data/f" + i + ".parquet")).isTrue();
    }
    assertThat(names.add("f7.parquet")).isFalse();
    assertThat(names.size()).isEqualTo(5_000);
    for (int i = 0; i < 5_000; i++) {
      assertThat(names.contains("file:/x/f" + i + ".parquet")).isTrue();
    }
    assertThat(names.contains("f5000.parquet")).isFalse();
    assertThat(SideFiles.belongsToAny("/i/f7.parquet.ids-v1", names::contains)).isTrue();
    assertThat(SideFiles.belongsToAny("/i/f7.parque.ids-v1", names::contains)).isFalse();
  }
}
