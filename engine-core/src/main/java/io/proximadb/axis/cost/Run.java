package io.proximadb.axis.cost;

import io.proximadb.error.CorruptFileException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * A measured run: a strategy on a set of rows, beside what it did on a sample of them. One line of
 * {@code runs.csv}, whose first line names the columns; {@code ./proximadb bench axis-train} writes
 * it.
 *
 * @param set of vectors; what stands before its first dash is the source that it was made of
 * @param strategy by name
 * @param at what searches met and asked for
 * @param probe on the sample
 * @param recall measured
 * @param micros of a search, processor time
 * @param p99Micros of searches, processor time
 * @param bytes of the index; 0 without one
 * @param buildMicros of the index, processor time; 0 without one
 */
public record Run(
    String set,
    String strategy,
    Situation at,
    Probe probe,
    double recall,
    double micros,
    double p99Micros,
    long bytes,
    double buildMicros) {
  /** The first line of a file. */
  public static final String HEADER =
      "set,strategy,rows,dimension,intrinsic_dimension,k,recall_asked,passing,"
          + "probe_rows,probe_us,probe_build_us,probe_bytes,probe_answered,probe_recall,"
          + "recall,us,p99_us,bytes,build_us";

  private static final int COLUMNS = HEADER.split(",").length;

  /** What the set was made of: sets of one source are not strangers to each other. */
  public String source() {
    int dash = set.indexOf('-');
    return dash < 0 ? set : set.substring(0, dash);
  }

  /** The line of the file. */
  public String line() {
    return String.format(
        Locale.ROOT,
        "%s,%s,%d,%d,%.2f,%d,%s,%s,%d,%.2f,%.0f,%d,%.3f,%.4f,%.4f,%.2f,%.2f,%d,%.0f",
        set,
        strategy,
        at.rows(),
        at.dimension(),
        at.intrinsicDimension(),
        at.k(),
        at.recall(),
        at.passing(),
        probe.rows(),
        probe.micros(),
        probe.buildMicros(),
        probe.bytes(),
        probe.answered(),
        probe.recall(),
        recall,
        micros,
        p99Micros,
        bytes,
        buildMicros);
  }

  /**
   * Reads a line.
   *
   * @throws CorruptFileException if it is none
   */
  static Run parse(String line) {
    String[] parts = line.split(",", -1);
    try {
      if (parts.length != COLUMNS) {
        throw new NumberFormatException(parts.length + " columns");
      }
      Situation at =
          new Situation(
              Long.parseLong(parts[2]),
              1,
              Integer.parseInt(parts[3]),
              Double.parseDouble(parts[4]),
              Integer.parseInt(parts[5]),
              Double.parseDouble(parts[6]),
              Double.parseDouble(parts[7]),
              0);
      Probe probe =
          new Probe(
              Integer.parseInt(parts[8]),
              Double.parseDouble(parts[9]),
              Double.parseDouble(parts[10]),
              Long.parseLong(parts[11]),
              Double.parseDouble(parts[12]),
              Double.parseDouble(parts[13]));
      return new Run(
          parts[0],
          parts[1],
          at,
          probe,
          Double.parseDouble(parts[14]),
          Double.parseDouble(parts[15]),
          Double.parseDouble(parts[16]),
          Long.parseLong(parts[17]),
          Double.parseDouble(parts[18]));
    } catch (NumberFormatException e) {
      throw new CorruptFileException(
          "Invalid line of runs: '" + line + "' (expected " + HEADER + ")", e);
    }
  }

  /** Reads a file. */
  public static List<Run> read(InputStream file) throws IOException {
    List<Run> runs = new ArrayList<>();
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(file, StandardCharsets.UTF_8))) {
      String header = lines.readLine();
      if (!HEADER.equals(header)) {
        throw new CorruptFileException(
            "Invalid runs: they begin with '" + header + "' (expected '" + HEADER + "')");
      }
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        runs.add(parse(line));
      }
    }
    return runs;
  }

  /** Those that ship. */
  public static List<Run> shipped() {
    try (InputStream file = Run.class.getResourceAsStream("runs.csv")) {
      return read(Objects.requireNonNull(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
