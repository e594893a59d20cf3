package io.proximadb.cli.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.cli.CliException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkFolderTest {
  @TempDir private Path folder;

  @Test
  void secondRunStartsAfresh() throws IOException {
    Path demo = folder.resolve("new/demo");
    WorkFolder first = WorkFolder.prepare(demo);
    Files.createDirectories(first.warehouse());
    Files.writeString(first.warehouse().resolve("catalog.db"), "old");

    WorkFolder second = WorkFolder.prepare(demo);

    assertThat(second).isEqualTo(first);
    assertThat(second.warehouse()).doesNotExist();
    assertThat(second.exchange()).isEmptyDirectory();
  }

  @Test
  void leavesFoldersOfOthersAlone() throws IOException {
    Path file = Files.writeString(folder.resolve("thesis.txt"), "years of work");

    assertThatThrownBy(() -> WorkFolder.prepare(folder))
        .isInstanceOf(CliException.class)
        .hasMessageContaining("it is not empty and not from an earlier quickstart");
    assertThat(file).hasContent("years of work");
  }
}
