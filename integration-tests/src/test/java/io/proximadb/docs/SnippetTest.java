package io.proximadb.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class SnippetTest {
  @Test
  void outputBelongsToTheBlockThatItFollowsAtOnce() {
    String markdown =
        """
        # Title
        ```bash
        ls
        ```
        ```java engine
        one();
        ```
        ```text
        1
        ```
        ```sql spark
        SELECT 2
        ```

        ```text
        not its output
        ```
        """;

    assertThat(Snippet.parse(markdown.lines().toList()))
        .containsExactly(
            new Snippet(5, "java", "engine", "one();\n", "1\n"),
            new Snippet(11, "sql", "spark", "SELECT 2\n", null));
  }

  @Test
  void openFenceIsAnError() {
    assertThatThrownBy(() -> Snippet.parse(List.of("text", "```java engine", "one();")))
        .hasMessage("The fence opened in line 2 never ends");
  }
}
