package io.proximadb.cli.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.cli.CliException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GlossTest {
  private static final Path DATA = Path.of("..", "quickstart", "data");

  private final List<Gloss> sample = Gloss.readSample(DATA.resolve("wordnet-glosses-sample.tsv"));
  private final List<Gloss> changes =
      Gloss.readChanges(DATA.resolve("wordnet-glosses-changes.tsv"));

  @Test
  void sampleHasThousandsOfGlossesWithDistinctIds() {
    Set<String> ids = sample.stream().map(Gloss::id).collect(Collectors.toSet());

    assertThat(sample).hasSizeBetween(3_000, 4_000);
    assertThat(ids).hasSameSizeAs(sample);
    assertThat(sample.stream().map(Gloss::category).distinct())
        .contains("noun.artifact", "noun.animal", "noun.food", "noun.feeling");
    assertThat(sample)
        .allSatisfy(
            one -> {
              assertThat(one.wordCount()).isEqualTo(one.words().split(", ").length);
              assertThat(one.gloss()).isNotBlank();
            });
  }

  @Test
  void changesAddChangeAndDelete() {
    Set<String> ids = sample.stream().map(Gloss::id).collect(Collectors.toSet());
    List<Gloss> deletes = changes.stream().filter(Gloss::isDelete).toList();
    List<Gloss> upserts = changes.stream().filter(one -> !one.isDelete()).toList();

    assertThat(changes.stream().map(Gloss::id)).doesNotHaveDuplicates();
    assertThat(deletes).isNotEmpty().allMatch(one -> ids.contains(one.id()));
    assertThat(upserts).anyMatch(one -> ids.contains(one.id()));
    assertThat(upserts).anyMatch(one -> !ids.contains(one.id()));
    assertThat(upserts).anyMatch(one -> one.words().startsWith("binoculars"));
  }

  @Test
  void lineWithAColumnTooFewIsNamed(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("broken.tsv");
    Files.writeString(file, "header\na\tb\tc\t1\td\na\tb\n");

    assertThatThrownBy(() -> Gloss.readSample(file))
        .isInstanceOf(CliException.class)
        .hasMessage("Invalid sample data: 2 columns (expected 5, file=" + file + ", line=3)");
  }
}
