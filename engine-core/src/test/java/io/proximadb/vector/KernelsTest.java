package io.proximadb.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class KernelsTest {
  @Test
  void aJvmWithoutTheModuleFallsBackAndSaysHowToStartIt() throws Exception {
    assertThat(outputOf())
        .contains("chosen: scalar")
        .containsOnlyOnce("SIMD is off")
        .contains("--add-modules=jdk.incubator.vector");
  }

  @Test
  void aJvmWithoutTheOptimizingCompilerFallsBack() throws Exception {
    assertThat(outputOf("--add-modules=jdk.incubator.vector", "-XX:TieredStopAtLevel=1"))
        .contains("chosen: scalar")
        .contains("C2 is off");
  }

  /** What the child JVMs run. */
  static final class Child {
    private Child() {}

    public static void main(String[] arguments) {
      System.out.println("chosen: " + Kernels.best().name());
      Kernels.best();
    }
  }

  private static String outputOf(String... options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Child.class.getName()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
