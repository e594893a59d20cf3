package io.proximadb.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.proximadb.model.IndexDefinition;
import io.proximadb.testkit.ChildJvm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What builds of indexes may take of memory is kept: a process of a small heap builds them all. */
class IndexHeapTest {
  /** Little more than a build may take. */
  private static final int HEAP_MIB = 64;

  @TempDir Path folder;

  @Test
  void indexesAreBuiltInAHeapThatDoesNotHoldTheirVectorsBesides()
      throws IOException, InterruptedException {
    long vectorBytes = (long) SmallHeapIndexes.ROWS * SmallHeapIndexes.DIMENSION * Float.BYTES;
    // With what a build is seen to take, not even half of the vectors would fit.
    assertThat(vectorBytes / 2 + SmallHeapIndexes.BUILD_BYTES).isGreaterThan(HEAP_MIB << 20);
    SmallHeapIndexes.fill(folder);
    List<String> lines = new ArrayList<>();
    try (ChildJvm child =
        ChildJvm.start(
            List.of(
                "-Xmx" + HEAP_MIB + "m",
                "-XX:TieredStopAtLevel=4",
                "-XX:+UseSerialGC",
                "-XX:+ExitOnOutOfMemoryError",
                "--add-modules=jdk.incubator.vector"),
            Map.of(),
            SmallHeapIndexes.class,
            folder.toString())) {
      for (String line = child.readLine(); line != null; line = child.readLine()) {
        lines.add(line);
      }
    }
    for (IndexDefinition index : SmallHeapIndexes.indexes()) {
      assertThat(lines)
          .contains(index.name() + " complete=true covered=" + SmallHeapIndexes.ROWS + " hits=10");
    }
    assertThat(lines).endsWith("end");
  }
}
