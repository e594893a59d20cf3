package io.proximadb.server.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.error.CorruptFileException;
import io.proximadb.error.UnavailableException;
import io.proximadb.error.UnsupportedVersionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApiKeysTest {
  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void inAFolderThatIsNotThereYet() {
    file = folder.resolve("server/keys.json");
  }

  @Test
  void theFirstOpeningMakesAnAdminKeyAndLaterOnesDoNot() {
    String key = ApiKeys.open(file).newAdminKey().orElseThrow();
    ApiKeys.Opened again = ApiKeys.open(file);

    assertThat(key).startsWith(ApiKeys.KEY_PREFIX).hasSize(4 + 43);
    assertThat(again.newAdminKey()).isEmpty();
    assertThat(again.keys().authenticate(key)).contains(ApiKeys.ADMIN);
  }

  @Test
  void everyKeyIsAnother() {
    assertThat(ApiKeys.open(file).newAdminKey())
        .isNotEqualTo(ApiKeys.open(folder.resolve("other.json")).newAdminKey());
  }

  @Test
  void otherTextOpensNothing() {
    ApiKeys.Opened opened = ApiKeys.open(file);
    String key = opened.newAdminKey().orElseThrow();
    char last = key.charAt(key.length() - 1);
    String other = key.substring(0, key.length() - 1) + (last == 'A' ? 'B' : 'A');

    for (String wrong : new String[] {"", other, key + "A", key.substring(4), "admin"}) {
      assertThat(opened.keys().authenticate(wrong)).as(wrong).isEmpty();
    }
  }

  @Test
  void theFileHoldsNoKeyAndIsItsOwnersAlone() throws IOException {
    ApiKeys.Opened opened = ApiKeys.open(file);
    String key = opened.newAdminKey().orElseThrow();

    assertThat(Files.readString(file)).contains("sha256").doesNotContain(key.substring(4));
    assertThat(Files.getPosixFilePermissions(file))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(file.getParent()).isDirectoryContaining(path -> path.equals(file));
    try (var files = Files.list(file.getParent())) {
      assertThat(files).containsExactly(file);
    }
    assertThat(opened.toString()).doesNotContain(key.substring(4));
  }

  @Test
  void damagedFilesAreRefusedAndLeftAlone() throws IOException {
    ApiKeys.open(file);
    for (String text :
        new String[] {
          "",
          "{",
          "[]",
          "{\"version\":1,\"keys\":[]}",
          "{\"version\":1,\"keys\":[{\"sha256\":\"xy\"}]}"
        }) {
      Files.writeString(file, text);
      assertThatThrownBy(() -> ApiKeys.open(file))
          .as(text)
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContaining("Invalid key file '" + file + "'");
      assertThat(file).hasContent(text);
    }
  }

  @Test
  void damageIsToldWithoutWhatTheFileHolds() throws IOException {
    ApiKeys.open(file);
    Files.writeString(file, "{\"keys\": pxk_secret}");

    assertThatThrownBy(() -> ApiKeys.open(file))
        .hasMessageNotContaining("secret")
        .hasMessageContaining("not JSON");
  }

  @Test
  void newerFilesAreRefused() throws IOException {
    ApiKeys.open(file);
    Files.writeString(file, "{\"version\":2,\"keys\":[]}");

    assertThatThrownBy(() -> ApiKeys.open(file))
        .isInstanceOf(UnsupportedVersionException.class)
        .hasMessageEndingWith("v2 (supported: v1)");
  }

  @Test
  void aPlaceThatCannotBeWrittenIsTold() throws IOException {
    Files.writeString(folder.resolve("server"), "a file where the folder should be");

    assertThatThrownBy(() -> ApiKeys.open(file))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("Cannot open key file");
  }
}
