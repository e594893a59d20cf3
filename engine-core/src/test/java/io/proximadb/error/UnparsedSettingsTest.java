package io.proximadb.error;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.index.IndexTypes;
import io.proximadb.maintenance.MaintenanceOptions;
import io.proximadb.model.CollectionSchema;
import io.proximadb.model.IndexDefinition;
import io.proximadb.model.Metric;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Settings that are no numbers are told by name, with what the parser said. */
class UnparsedSettingsTest {
  @Test
  void ofMaintenance() {
    assertThatThrownBy(() -> MaintenanceOptions.of(Map.of(MaintenanceOptions.THREADS, "many")))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining(MaintenanceOptions.THREADS)
        .hasMessageContaining("'many'")
        .hasCauseInstanceOf(NumberFormatException.class);
  }

  @Test
  void ofAnIndex() {
    CollectionSchema schema = CollectionSchema.builder().vector(4, Metric.DOT).build();
    IndexDefinition index = IndexDefinition.of("near", "hnsw", "vector").with("degree", "many");
    assertThatThrownBy(() -> IndexTypes.named("hnsw").check(index, schema))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessageContaining("degree is 'many'")
        .hasCauseInstanceOf(NumberFormatException.class);
  }
}
