package io.proximadb.cli.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.proximadb.cli.CliException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildJvmTest {
  private static final Duration LONG_ENOUGH = Duration.ofSeconds(60);

  @TempDir private Path folder;

  private final List<String> messages = new CopyOnWriteArrayList<>();

  /** What the child processes of these tests run. */
  static final class Program {
    private Program() {}

    public static void main(String[] arguments) throws Exception {
      System.out.println("@ hello");
      System.out.println("chatter");
      System.err.println("complaint");
      switch (arguments[0]) {
        case "fail" -> throw new IllegalArgumentException("no luck");
        case "hang" -> Thread.currentThread().join();
        default -> System.out.println("@ bye");
      }
    }
  }

  private ChildJvm start(String mode) {
    return ChildJvm.start(
        "the child",
        List.of("-cp", System.getProperty("java.class.path"), Program.class.getName(), mode),
        folder.resolve("child.log"),
        messages::add);
  }

  @Test
  void messagesAreTakenOutOfTheLog() {
    try (ChildJvm child = start("end")) {
      child.await(LONG_ENOUGH);
    }

    assertThat(messages).containsExactly("hello", "bye");
    assertThat(folder.resolve("child.log")).hasContent("chatter");
    assertThat(folder.resolve("child.log.err")).content().contains("complaint");
  }

  @Test
  void failureShowsTheEndOfTheLog() {
    try (ChildJvm child = start("fail")) {
      assertThatThrownBy(() -> child.await(LONG_ENOUGH))
          .isInstanceOf(CliException.class)
          .hasMessageStartingWith("Cannot finish the child: its process ended with exit code 1")
          .hasMessageContaining("no luck")
          .hasMessageContaining("chatter");
    }
  }

  @Test
  void closingStopsAProcessThatHangs() {
    ChildJvm child = start("hang");
    assertThat(child.isAlive()).isTrue();
    child.close();
    assertThat(child.isAlive()).isFalse();
  }

  @Test
  void waitingEndsWithTheTimeout() {
    try (ChildJvm child = start("hang")) {
      assertThatThrownBy(() -> child.await(Duration.ofMillis(50)))
          .isInstanceOf(CliException.class)
          .hasMessageContaining("it did not end in 0 s");
      assertThat(child.isAlive()).isFalse();
    }
  }
}
