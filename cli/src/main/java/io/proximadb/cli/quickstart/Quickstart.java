package io.proximadb.cli.quickstart;

import com.fasterxml.jackson.databind.JsonNode;
import io.proximadb.bench.TextTable;
import io.proximadb.cli.CliException;
import io.proximadb.cli.Installation;
import io.proximadb.embed.MiniLmEmbedder;
import io.proximadb.embed.TextEmbedder;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The main job: text becomes vectors, Spark writes them, Flink changes them, Flight and SQL answer
 * questions about them. Every number shown is measured or computed in the run, and every door's
 * answers are checked against {@link Library}.
 */
public final class Quickstart {
  private static final String COLLECTION = "demo.glosses";
  private static final int ANSWERS = 5;
  private static final int STEPS = 6;
  private static final int TEXTS_PER_CALL = 64;

  private final Screen screen;
  private final Installation installation;
  private final WorkFolder work;
  private final Jobs jobs;
  private final Library library = new Library();
  private final List<EmbeddedGloss> changes = new ArrayList<>();
  private final TextTable summary = TextTable.of("step", ">rows", ">ms", "what happened");
  private int checks;

  private Quickstart(Screen screen, Installation installation, WorkFolder work) {
    this.screen = screen;
    this.installation = installation;
    this.work = work;
    this.jobs = new Jobs(installation, work, COLLECTION);
  }

  /**
   * Runs it.
   *
   * @param installation where the sample data and the class paths are
   * @param folder where to work; an earlier run's results there are removed
   * @throws CliException if a step fails or two doors disagree
   */
  public static void run(Installation installation, Path folder) throws IOException {
    Screen screen = Screen.standard(STEPS);
    WorkFolder work = WorkFolder.prepare(folder);
    screen.headline("ProximaDB quickstart, working in " + work.root());
    new Quickstart(screen, installation, work).run();
  }

  private void run() throws IOException {
    long started = System.nanoTime();
    try (TextEmbedder embedder = MiniLmEmbedder.load()) {
      List<EmbeddedGloss> glosses = embed(embedder);
      writeWithSpark(glosses);
      streamWithFlink();
      try (FlightDoor door = startServer()) {
        for (Question question : Question.SHOWN) {
          answerOverFlight(embedder, door, question);
        }
        askInSql(embedder, door);
        conclude(millisSince(started));
        if (screen.isInteractive()) {
          takeQuestions(embedder, door);
        }
      }
    }
  }

  private List<EmbeddedGloss> embed(TextEmbedder embedder) {
    List<Gloss> sample =
        Gloss.readSample(installation.sampleData().resolve("wordnet-glosses-sample.tsv"));
    List<Gloss> later =
        Gloss.readChanges(installation.sampleData().resolve("wordnet-glosses-changes.tsv"));
    screen.step(
        Text.format(
            "Embed %s WordNet glosses, and %s changes to come, with %s (%d dimensions)",
            Text.count(sample.size()),
            Text.count(later.size()),
            embedder.name(),
            embedder.dimension()));
    long started = System.nanoTime();
    List<EmbeddedGloss> glosses = new ArrayList<>();
    try (Screen.Bar bar = screen.bar("texts", sample.size() + later.size())) {
      embed(embedder, sample, glosses, bar, 0);
      embed(embedder, later, changes, bar, sample.size());
    }
    long millis = millisSince(started);
    int texts = sample.size() + later.size();
    screen.say(
        Text.format(
            "%s texts in %s, %s a second",
            Text.count(texts),
            Text.seconds(millis),
            Text.count(texts * 1_000L / Math.max(1, millis))));
    summary.row("embed", Text.count(texts), Text.count(millis), embedder.name());
    return glosses;
  }

  private static void embed(
      TextEmbedder embedder,
      List<Gloss> texts,
      List<EmbeddedGloss> into,
      Screen.Bar bar,
      int done) {
    for (int from = 0; from < texts.size(); from += TEXTS_PER_CALL) {
      List<Gloss> part = texts.subList(from, Math.min(from + TEXTS_PER_CALL, texts.size()));
      List<float[]> vectors =
          embedder.embed(part.stream().filter(one -> !one.isDelete()).map(Gloss::text).toList());
      int next = 0;
      for (Gloss one : part) {
        into.add(new EmbeddedGloss(one, one.isDelete() ? new float[0] : vectors.get(next++)));
      }
      bar.at(done + from + part.size());
    }
  }

  private void writeWithSpark(List<EmbeddedGloss> glosses) {
    screen.step("Write them from a Spark job: CREATE TABLE in SQL, append of a DataFrame");
    long started = System.nanoTime();
    Path file = work.exchange().resolve("glosses.ndjson");
    EmbeddedGloss.write(glosses, "spark", file);
    library.apply(glosses);

    JsonNode result = jobs.writeWithSpark(file, screen::say);
    check("rows that Spark reads back", (long) library.size(), result.get("rows").asLong());
    long millis = millisSince(started);
    TableState state = TableState.read(work, COLLECTION);
    screen.say(
        Text.format(
            "%s rows; %s; %s, of which writing took %s",
            Text.count(library.size()),
            state,
            Text.seconds(millis),
            Text.seconds(result.get("millis").asLong())));
    summary.row("Spark writes", Text.count(library.size()), Text.count(millis), state.toString());
  }

  private void streamWithFlink() {
    long deletes = changes.stream().filter(one -> one.gloss().isDelete()).count();
    long changed = library.countKnown(changes);
    screen.step(
        Text.format(
            "Stream %d changes through a Flink job with checkpoints: %d new, %d changed, %d"
                + " deleted",
            changes.size(), changes.size() - changed - deletes, changed, deletes));
    long started = System.nanoTime();
    Path file = work.exchange().resolve("changes.ndjson");
    EmbeddedGloss.write(changes, "flink", file);
    library.apply(changes);

    JsonNode result = jobs.streamWithFlink(file, changes.size(), screen::say, this::showCommit);
    long millis = millisSince(started);
    screen.say(
        Text.format(
            "%d commits; %s; %s, of which the job ran %s",
            result.get("commits").asInt(),
            TableState.read(work, COLLECTION),
            Text.seconds(millis),
            Text.seconds(result.get("millis").asLong())));
    summary.row(
        "Flink changes",
        Text.count(changes.size()),
        Text.count(millis),
        result.get("commits").asInt() + " checkpoints, one commit each");
  }

  private void showCommit(JsonNode commit) {
    screen.say(
        Text.format(
            "checkpoint %s -> snapshot %s: %d rows written, %d old rows deleted",
            commit.get("checkpoint").asText(),
            commit.get("snapshot").asText(),
            commit.get("added").asLong(),
            commit.get("deleted").asLong()));
  }

  private FlightDoor startServer() {
    screen.step("Start the Flight server over the same warehouse");
    long started = System.nanoTime();
    FlightDoor door = FlightDoor.start(work, COLLECTION);
    long rows = door.count();
    long millis = millisSince(started);
    check("rows that Flight scans", (long) library.size(), rows);
    screen.say(
        Text.format(
            "%s answers after %s: %s live rows",
            door.address(), Text.seconds(millis), Text.count(rows)));
    summary.row("server starts", Text.count(rows), Text.count(millis), door.address());
    screen.step("Ask over Flight");
    return door;
  }

  private void answerOverFlight(TextEmbedder embedder, FlightDoor door, Question question) {
    float[] vector = embedder.embed(question.text());
    FlightDoor.Reply reply = door.search(vector, question.category(), ANSWERS);
    checkAnswers("over Flight", question, vector, reply.answers());
    show(question, reply);
    summary.row(
        "Flight search",
        Text.count(reply.answers().size()),
        Text.count(reply.millis()),
        question.toString());
  }

  private void show(Question question, FlightDoor.Reply reply) {
    screen.say("\n" + question);
    screen.say(Answer.table(reply.answers()));
    screen.say(
        Text.format(
            "%d ms; snapshot %s; %s rows compared; %s",
            reply.millis(), reply.snapshot(), Text.count(reply.rowsScanned()), reply.strategy()));
  }

  private void askInSql(TextEmbedder embedder, FlightDoor door) {
    Question question = Question.THROUGH_EVERY_DOOR;
    String category = String.valueOf(question.category());
    screen.step("Ask the same in SQL, in Spark: " + question);
    long started = System.nanoTime();
    float[] vector = embedder.embed(question.text());
    Path file = work.exchange().resolve("question.json");
    EmbeddedGloss.writeQuestion(vector, file);

    JsonNode result = jobs.askInSql(file, category, ANSWERS, screen::say);
    long millis = millisSince(started);
    List<Answer> answers = new ArrayList<>();
    result.get("answers").forEach(row -> answers.add(Answer.of(row)));
    screen.say("\n" + result.get("sql").asText());
    screen.say(Answer.table(answers));
    screen.say(
        Text.format(
            "%d ms; %s rows in the table; %s with the start of Spark",
            result.get("millis").asLong(),
            Text.count(result.get("rows").asLong()),
            Text.seconds(millis)));
    check("rows that Spark SQL counts", (long) library.size(), result.get("rows").asLong());
    checkAnswers("in SQL", question, vector, answers);
    check(
        "answers in SQL and over Flight",
        Answer.ids(door.search(vector, category, ANSWERS).answers()),
        Answer.ids(answers));
    summary.row(
        "Spark SQL search",
        Text.count(answers.size()),
        Text.count(result.get("millis").asLong()),
        question.toString());
  }

  private void conclude(long millis) {
    screen.headline("\nWhat happened");
    screen.say(summary.toString());
    screen.headline(
        Text.format(
            ("\n"
                + "All %d checks passed: Spark, Flink and Flight agree with each other and with a"
                + " plain loop over the vectors. %s in all."),
            checks,
            Text.seconds(millis)));
    screen.headline("The table is plain Apache Iceberg: " + work.warehouse());
  }

  private void takeQuestions(TextEmbedder embedder, FlightDoor door) throws IOException {
    screen.headline(
        "\nAsk something, with category=noun.food or another category if you like"
            + " (an empty line ends):");
    try (BufferedReader keyboard = Screen.keyboard()) {
      while (true) {
        Optional<String> typed = screen.ask("? ", keyboard);
        if (typed.isEmpty()) {
          return;
        }
        Question question = Question.parse(typed.get());
        if (question.text().isEmpty()) {
          screen.say("Say what to look for, beside the category.");
          continue;
        }
        float[] vector = embedder.embed(question.text());
        show(question, door.search(vector, question.category(), ANSWERS));
      }
    }
  }

  private void check(String what, Object expected, Object found) {
    checks++;
    if (!expected.equals(found)) {
      throw new CliException(
          "Quickstart failed its check of " + what + ": " + found + " (expected " + expected + ")");
    }
  }

  private void checkAnswers(String door, Question question, float[] vector, List<Answer> answers) {
    checks++;
    library
        .faultOf(Answer.ids(answers), vector, question.category(), ANSWERS)
        .ifPresent(
            fault -> {
              throw new CliException(
                  "Quickstart failed its check of the answer "
                      + door
                      + " to "
                      + question
                      + ": "
                      + fault);
            });
  }

  private static long millisSince(long nanoTime) {
    return (System.nanoTime() - nanoTime) / 1_000_000;
  }
}
