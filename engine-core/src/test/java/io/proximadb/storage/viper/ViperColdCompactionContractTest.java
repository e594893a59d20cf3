package io.proximadb.storage.viper;

import io.proximadb.model.CollectionSchema;
import io.proximadb.storage.StorageFormat;
import io.proximadb.testkit.CompactionContract;
import java.util.HashMap;
import java.util.Map;

class ViperColdCompactionContractTest extends CompactionContract {
  @Override
  protected StorageFormat format() {
    return new ViperFormat(new ViperSizes(16, 1_024, 8_192, 20_000));
  }

  @Override
  protected Map<String, String> properties(CollectionSchema schema) {
    Map<String, String> properties = new HashMap<>();
    schema
        .vectorFields()
        .forEach(field -> properties.put("proximadb.vector." + field.name() + ".profile", "cold"));
    return properties;
  }
}
