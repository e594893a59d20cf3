package io.proximadb.wal;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The settings that users are told of are those that there are. */
class WalSettingsTest {
  @Test
  void theDocumentNamesEachSetting() throws Exception {
    String document = Files.readString(Path.of("../docs/write-ahead-log.md"));
    List<String> properties = new ArrayList<>();
    for (Field field : WalOptions.class.getFields()) {
      if (field.getName().endsWith("_PROPERTY")) {
        properties.add((String) field.get(null));
      }
    }
    assertThat(properties).hasSizeGreaterThan(9);
    assertThat(properties).allMatch(property -> document.contains("`" + property + "`"));
  }
}
