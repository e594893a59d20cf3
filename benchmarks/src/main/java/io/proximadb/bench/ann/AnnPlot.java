package io.proximadb.bench.ann;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/**
 * Draws recall against speed as an SVG image: one line for each library, speed in powers of ten.
 */
final class AnnPlot {
  private static final int WIDTH = 860;
  private static final int HEIGHT = 520;
  private static final int LEFT = 80;
  private static final int RIGHT = 220;
  private static final int TOP = 50;
  private static final int BOTTOM = 60;
  private static final double LEAST_RECALL = 0.8;
  private static final String SVG = "http://www.w3.org/2000/svg";

  /** Told apart with any sight (Okabe and Ito, 2008). */
  private static final List<String> COLOURS =
      List.of("#0072b2", "#56b4e9", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#000000");

  private final Map<String, List<Curve.Point>> lines;
  private final double leastSpeed;
  private final double mostSpeed;

  private AnnPlot(Map<String, List<Curve.Point>> lines) {
    this.lines = lines;
    double[] speeds =
        lines.values().stream()
            .flatMap(List::stream)
            .filter(point -> point.recall() >= LEAST_RECALL)
            .mapToDouble(Curve.Point::speed)
            .sorted()
            .toArray();
    // Whole powers of two around what was measured.
    this.leastSpeed = speeds.length == 0 ? 1 : Math.pow(2, Math.floor(log2(speeds[0])));
    this.mostSpeed =
        speeds.length == 0 ? 2 : Math.pow(2, Math.ceil(log2(speeds[speeds.length - 1]) + 0.01));
  }

  private static double log2(double value) {
    return Math.log(value) / Math.log(2);
  }

  /**
   * Writes an image.
   *
   * @param title of the set
   * @param lines the points of each library by its name
   */
  static void write(Path file, String title, Map<String, List<Curve.Point>> lines)
      throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      XMLStreamWriter xml = XMLOutputFactory.newFactory().createXMLStreamWriter(out, "UTF-8");
      new AnnPlot(lines).draw(xml, title);
      xml.close();
    } catch (XMLStreamException e) {
      throw new IOException("Cannot write plot " + file + ": " + e.getMessage(), e);
    }
  }

  private void draw(XMLStreamWriter xml, String title) throws XMLStreamException {
    xml.writeStartDocument("UTF-8", "1.0");
    xml.writeStartElement("svg");
    xml.writeDefaultNamespace(SVG);
    xml.writeAttribute("viewBox", "0 0 " + WIDTH + " " + HEIGHT);
    xml.writeAttribute("font-family", "sans-serif");
    xml.writeAttribute("font-size", "13");
    xml.writeEmptyElement("rect");
    xml.writeAttribute("width", "" + WIDTH);
    xml.writeAttribute("height", "" + HEIGHT);
    xml.writeAttribute("fill", "white");
    text(xml, LEFT, TOP / 2.0, "start", title + ": queries a processor second by recall@10");
    axes(xml);
    int i = 0;
    for (Map.Entry<String, List<Curve.Point>> line : lines.entrySet()) {
      String colour = COLOURS.get(i % COLOURS.size());
      line(xml, line.getValue(), colour);
      double y = TOP + 20.0 * i + 10;
      xml.writeEmptyElement("rect");
      xml.writeAttribute("x", "" + (WIDTH - RIGHT + 20));
      xml.writeAttribute("y", number(y - 9));
      xml.writeAttribute("width", "14");
      xml.writeAttribute("height", "10");
      xml.writeAttribute("fill", colour);
      text(xml, WIDTH - RIGHT + 40, y, "start", line.getKey());
      i++;
    }
    xml.writeEndElement();
    xml.writeEndDocument();
  }

  private void axes(XMLStreamWriter xml) throws XMLStreamException {
    for (int percent = 80; percent <= 100; percent += 5) {
      double x = x(percent / 100.0);
      rule(xml, x, TOP, x, HEIGHT - BOTTOM);
      text(
          xml,
          x,
          HEIGHT - BOTTOM + 20,
          "middle",
          String.format(Locale.ROOT, "%.2f", percent / 1e2));
    }
    for (double speed = leastSpeed; speed <= mostSpeed * 1.01; speed *= 2) {
      rule(xml, LEFT, y(speed), WIDTH - RIGHT, y(speed));
      text(xml, LEFT - 8, y(speed) + 4, "end", String.format(Locale.ROOT, "%,.0f", speed));
    }
    text(xml, (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 15, "middle", "recall@10");
  }

  private void line(XMLStreamWriter xml, List<Curve.Point> points, String colour)
      throws XMLStreamException {
    StringBuilder path = new StringBuilder();
    for (Curve.Point point : points) {
      if (point.recall() >= LEAST_RECALL) {
        path.append(number(x(point.recall()))).append(',').append(number(y(point.speed())));
        path.append(' ');
      }
    }
    xml.writeEmptyElement("polyline");
    xml.writeAttribute("points", path.toString().strip());
    xml.writeAttribute("fill", "none");
    xml.writeAttribute("stroke", colour);
    xml.writeAttribute("stroke-width", "2");
  }

  private static void rule(XMLStreamWriter xml, double x1, double y1, double x2, double y2)
      throws XMLStreamException {
    xml.writeEmptyElement("line");
    xml.writeAttribute("x1", number(x1));
    xml.writeAttribute("y1", number(y1));
    xml.writeAttribute("x2", number(x2));
    xml.writeAttribute("y2", number(y2));
    xml.writeAttribute("stroke", "#dddddd");
  }

  private static void text(XMLStreamWriter xml, double x, double y, String anchor, String text)
      throws XMLStreamException {
    xml.writeStartElement("text");
    xml.writeAttribute("x", number(x));
    xml.writeAttribute("y", number(y));
    xml.writeAttribute("text-anchor", anchor);
    xml.writeCharacters(text);
    xml.writeEndElement();
  }

  private static double x(double recall) {
    double share = (recall - LEAST_RECALL) / (1 - LEAST_RECALL);
    return LEFT + share * (WIDTH - RIGHT - LEFT);
  }

  private double y(double speed) {
    double share = log2(speed / leastSpeed) / log2(mostSpeed / leastSpeed);
    return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }
}
