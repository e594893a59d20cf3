package io.proximadb.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Figures as people and programs read them. */
public final class Report {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private Report() {}

  /** A table with a verdict on every figure that has a bar to reach. */
  public static String table(List<Figure> figures) {
    TextTable table = TextTable.of("figure", ">value", "unit", "peer", "setting", "bar", "verdict");
    for (Figure figure : figures) {
      Bar bar = figure.bar();
      table.row(
          figure.name(),
          format(figure.value()),
          figure.unit(),
          figure.peer() == null ? "" : figure.peer(),
          figure.setting(),
          bar == null ? "" : bar.toString(),
          figure.reachesBar().map(reached -> reached ? "ok" : "MISSED").orElse(""));
    }
    return table.toString();
  }

  /** A JSON array with one object for each figure: name, value, unit, setting, peer. */
  public static String json(List<Figure> figures) throws IOException {
    ArrayNode array = JSON.createArrayNode();
    for (Figure figure : figures) {
      ObjectNode object = array.addObject();
      object.put("name", figure.name());
      object.put("value", figure.value());
      object.put("unit", figure.unit());
      object.put("setting", figure.setting());
      object.put("peer", figure.peer());
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
