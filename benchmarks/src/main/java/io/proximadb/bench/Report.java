package io.proximadb.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Figures as people and programs read them. */
public final class Report {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  /** How names of figures start that describe the machine rather than what runs on it. */
  public static final String MACHINE = "machine.";

  private Report() {}

  /** A table with a verdict on every figure that has a bar to reach. */
  public static String table(List<Figure> figures) {
    boolean spreads = figures.stream().anyMatch(figure -> figure.spread() != null);
    List<String> columns =
        new ArrayList<>(List.of("figure", ">value", "unit", "peer", "setting", "bar", "verdict"));
    if (spreads) {
      columns.add(2, ">min..max");
    }
    TextTable table = TextTable.of(columns.toArray(String[]::new));
    for (Figure figure : figures) {
      if (!isOfMachine(figure)) {
        table.row(cells(figure, spreads).toArray(String[]::new));
      }
    }
    return table.toString();
  }

  private static List<String> cells(Figure figure, boolean spreads) {
    Bar bar = figure.bar();
    List<String> cells = new ArrayList<>();
    cells.add(figure.name());
    cells.add(format(figure.value()));
    if (spreads) {
      cells.add(figure.spread() == null ? "" : figure.spread().toString());
    }
    cells.add(figure.unit());
    cells.add(figure.peer() == null ? "" : figure.peer());
    cells.add(figure.setting());
    cells.add(bar == null ? "" : bar.toString());
    cells.add(figure.reachesBar().map(reached -> reached ? "ok" : "MISSED").orElse(""));
    return cells;
  }

  /**
   * What stands above the table: the machine, and the figures that describe it (their names start
   * with {@value #MACHINE}), which the table leaves out.
   */
  public static String header(String machine, List<Figure> figures) {
    StringBuilder header = new StringBuilder(machine);
    for (Figure figure : figures) {
      if (isOfMachine(figure)) {
        header
            .append("; ")
            .append(figure.name().substring(MACHINE.length()))
            .append(' ')
            .append(format(figure.value()))
            .append(' ')
            .append(figure.unit())
            .append(" (")
            .append(figure.setting())
            .append(')');
      }
    }
    return header.toString();
  }

  private static boolean isOfMachine(Figure figure) {
    return figure.name().startsWith(MACHINE);
  }

  /**
   * A JSON array with one object for each figure: name, value, unit, setting, peer, and min and max
   * where there are several passes.
   */
  public static String json(List<Figure> figures) throws IOException {
    ArrayNode array = JSON.createArrayNode();
    for (Figure figure : figures) {
      ObjectNode object = array.addObject();
      object.put("name", figure.name());
      object.put("value", figure.value());
      object.put("unit", figure.unit());
      object.put("setting", figure.setting());
      object.put("peer", figure.peer());
      Figure.Spread spread = figure.spread();
      if (spread != null) {
        object.put("min", spread.min());
        object.put("max", spread.max());
      }
    }
    return JSON.writeValueAsString(array) + "\n";
  }

  /** Writes {@link #json(List)} to a file and makes its folder if there is none. */
  public static void writeJson(List<Figure> figures, Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    Files.writeString(file, json(figures));
  }

  /** True if no figure misses its bar. */
  public static boolean reachesAllBars(List<Figure> figures) {
    return figures.stream().allMatch(figure -> figure.reachesBar().orElse(true));
  }

  /** A number with three significant digits. */
  static String format(double value) {
    double size = Math.abs(value);
    if (size >= 100 || value == Math.rint(value)) {
      return String.format(Locale.ROOT, "%,.0f", value);
    }
    return String.format(Locale.ROOT, size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.3f", value);
  }
}
