package io.proximadb.bench.ann;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class AnnPlotTest {
  @TempDir Path folder;

  @Test
  void everyLibraryHasALineOfItsPoints() throws Exception {
    Path file = folder.resolve("plot.svg");
    AnnPlot.write(
        file,
        "toys <1>",
        Map.of(
            "ours",
            List.of(new Curve.Point(1, 0.9, 30_000), new Curve.Point(2, 0.99, 9_000)),
            "theirs",
            List.of(new Curve.Point(1, 0.5, 90_000), new Curve.Point(2, 0.95, 5_000))));
    Document plot = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile());
    assertThat(plot.getDocumentElement().getTagName()).isEqualTo("svg");
    assertThat(plot.getElementsByTagName("text").item(0).getTextContent()).contains("toys <1>");
    assertThat(plot.getElementsByTagName("polyline").getLength()).isEqualTo(2);
    int points = 0;
    for (int i = 0; i < 2; i++) {
      Element line = (Element) plot.getElementsByTagName("polyline").item(i);
      for (String point : line.getAttribute("points").split(" ")) {
        String[] place = point.split(",");
        assertThat(Double.parseDouble(place[0])).isBetween(80.0, 640.0);
        assertThat(Double.parseDouble(place[1])).isBetween(50.0, 460.0);
        points++;
      }
    }
    // The one below a recall of 0.8 is not drawn.
    assertThat(points).isEqualTo(3);
  }
}
