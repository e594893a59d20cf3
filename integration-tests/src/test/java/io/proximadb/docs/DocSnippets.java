package io.proximadb.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** The blocks of a page of the documentation that other tests run. */
public final class DocSnippets {
  private DocSnippets() {}

  /** The text of the page's blocks of a language for a door, one behind the other. */
  public static String text(Path page, String language, String door) throws IOException {
    List<Snippet> snippets = Snippet.parse(Files.readAllLines(page));
    return snippets.stream()
        .filter(one -> one.language().equals(language) && one.door().equals(door))
        .map(Snippet::text)
        .collect(Collectors.joining());
  }
}
