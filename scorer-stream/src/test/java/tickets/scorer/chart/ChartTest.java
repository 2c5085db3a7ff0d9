package tickets.scorer.chart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class ChartTest {

  @Test
  void barsAreAsLongAsTheirFigures() throws Exception {
    Document svg =
        parsed(Chart.bars("Rates", "/s", List.of(Chart.Bar.of("a", 50), Chart.Bar.of("b", 100))));

    NodeList bars = svg.getElementsByTagName("rect");
    assertThat(width(bars, 1)).isEqualTo(2 * width(bars, 0));
    assertThat(svg.getDocumentElement().getTextContent()).contains("50 /s", "100 /s");
  }

  @Test
  void partsLieOneAfterAnotherAndAreNamed() throws Exception {
    Map<String, Double> parts = new LinkedHashMap<>();
    parts.put("scorer", 2.0);
    parts.put("broker", 1.0);

    Document svg = parsed(Chart.bars("CPU", "s", List.of(new Chart.Bar("all", parts))));

    NodeList rects = svg.getElementsByTagName("rect");
    // The first two are the legend's.
    assertThat(x(rects, 3)).isEqualTo(x(rects, 2) + width(rects, 2));
    assertThat(svg.getDocumentElement().getTextContent()).contains("scorer", "broker", "3 s");
  }

  @Test
  void whatIsWrittenIntoItCanNotBreakIt() throws Exception {
    Document svg = parsed(Chart.bars("a < b & c", "ms", List.of(Chart.Bar.of("<x>", 1))));

    assertThat(svg.getDocumentElement().getTextContent()).contains("a < b & c", "<x>");
  }

  @Test
  void curvesGoThroughAllTheirPoints() throws Exception {
    Document svg =
        parsed(
            Chart.lines(
                "t", "windows", "/s", List.of(new Chart.Line("l", List.of(1.0, 2.0, 3.0)))));

    Element curve = (Element) svg.getElementsByTagName("polyline").item(0);
    assertThat(curve.getAttribute("points").split(" ")).hasSize(3);
  }

  private static double width(NodeList nodes, int index) {
    return Double.parseDouble(((Element) nodes.item(index)).getAttribute("width"));
  }

  private static double x(NodeList nodes, int index) {
    return Double.parseDouble(((Element) nodes.item(index)).getAttribute("x"));
  }

  private static Document parsed(String svg) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(svg)));
  }
}
