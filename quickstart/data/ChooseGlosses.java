import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.GZIPInputStream;

/**
 * Chooses the sample from all WordNet synsets, by the rule in README.md. Same input, same output.
 *
 * <pre>java ChooseGlosses.java wordnet-glosses.tsv.gz</pre>
 *
 * The input has the columns id, words, category, word_count, gloss.
 */
final class ChooseGlosses {
  private static final int MIN_GLOSS = 20;
  private static final int MAX_GLOSS = 160;

  /** How many synsets of each category the sample starts with. */
  private static final Map<String, Integer> SAMPLE = new LinkedHashMap<>();

  static {
    SAMPLE.put("noun.artifact", 1_000);
    SAMPLE.put("noun.animal", 600);
    SAMPLE.put("noun.food", 500);
    SAMPLE.put("noun.feeling", 350);
    SAMPLE.put("noun.plant", 300);
    SAMPLE.put("noun.phenomenon", 250);
    SAMPLE.put("noun.body", 250);
    SAMPLE.put("noun.event", 200);
  }

  /** Synsets with one of these words come first in their category, so that questions have answers. */
  private static final Set<String> WANTED =
      Set.of(
          "telescope", "microscope", "periscope", "magnifier", "compass", "thermometer",
          "stethoscope", "barometer", "umbrella", "violin", "penguin", "kiwi", "ostrich", "owl",
          "bat", "spider", "cheesecake", "sorbet", "ice cream", "bread", "homesickness",
          "nostalgia", "joy", "lightning", "rainbow", "hurricane", "cactus", "heart", "wedding");

  /** Synsets with one of these words arrive later, as new rows. */
  private static final Set<String> LATE =
      Set.of(
          "binoculars", "field glass", "theodolite", "radio telescope", "electron microscope",
          "camera", "emu", "rhea", "tiramisu", "wistfulness", "aurora", "tornado");

  private static final int NEW_ROWS_PER_CATEGORY = 8;
  private static final int CHANGED_ROWS_PER_CATEGORY = 8;
  private static final int DELETED_ROWS_PER_CATEGORY = 5;

  private record Synset(String id, String words, String category, String count, String gloss) {
    /** The gloss without its examples, which stand in quotes behind the definition. */
    String definition() {
      int quote = gloss.indexOf("; \"");
      return quote < 0 ? gloss : gloss.substring(0, quote);
    }

    boolean hasWordOf(Set<String> list) {
      return List.of(words.split(", ")).stream().anyMatch(list::contains);
    }

    long rank() {
      CRC32 crc = new CRC32();
      crc.update(id.getBytes(StandardCharsets.US_ASCII));
      return crc.getValue();
    }

    String line(String text) {
      return String.join("\t", id, words, category, count, text);
    }
  }

  public static void main(String[] arguments) throws IOException {
    Map<String, Synset> sample = new TreeMap<>();
    List<String> changes = new ArrayList<>();
    Map<String, List<Synset>> categories = read(Path.of(arguments[0]));
    SAMPLE.forEach((category, size) -> choose(categories.get(category), size, sample, changes));

    List<String> lines = new ArrayList<>(List.of("id\twords\tcategory\tword_count\tgloss"));
    sample.values().forEach(synset -> lines.add(synset.line(synset.definition())));
    Files.write(Path.of("wordnet-glosses-sample.tsv"), lines);
    changes.add(0, "change\tid\twords\tcategory\tword_count\tgloss");
    Files.write(Path.of("wordnet-glosses-changes.tsv"), changes);
  }

  private static void choose(
      List<Synset> all, int size, Map<String, Synset> sample, List<String> changes) {
    List<Synset> fitting =
        all.stream()
            .filter(s -> s.definition().length() >= MIN_GLOSS && s.gloss().length() <= MAX_GLOSS)
            .sorted(
                Comparator.comparing((Synset s) -> !s.hasWordOf(WANTED))
                    .thenComparingLong(Synset::rank))
            .toList();
    List<Synset> first =
        fitting.stream().filter(s -> !s.hasWordOf(LATE)).limit(size).toList();
    first.forEach(synset -> sample.put(synset.id(), synset));

    fitting.stream()
        .filter(s -> !sample.containsKey(s.id()))
        .sorted(Comparator.comparing((Synset s) -> !s.hasWordOf(LATE)))
        .limit(NEW_ROWS_PER_CATEGORY)
        .forEach(s -> changes.add("upsert\t" + s.line(s.gloss())));
    first.stream()
        .filter(s -> !s.gloss().equals(s.definition()))
        .limit(CHANGED_ROWS_PER_CATEGORY)
        .forEach(s -> changes.add("upsert\t" + s.line(s.gloss())));
    List<Synset> last = first.stream().filter(s -> s.gloss().equals(s.definition())).toList();
    last.subList(last.size() - DELETED_ROWS_PER_CATEGORY, last.size())
        .forEach(s -> changes.add("delete\t" + s.id() + "\t\t\t\t"));
  }

  private static Map<String, List<Synset>> read(Path file) throws IOException {
    Map<String, List<Synset>> categories = new TreeMap<>();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8))) {
      lines.readLine();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] f = line.split("\t");
        categories
            .computeIfAbsent(f[2], category -> new ArrayList<>())
            .add(new Synset(f[0], f[1], f[2], f[3], f[4]));
      }
    }
    return categories;
  }
}
