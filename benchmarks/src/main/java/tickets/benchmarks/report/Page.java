package tickets.benchmarks.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/**
 * What one run has to say on docs/performance.md: between two marks, with charts beside the page.
 * The words round them are people's.
 */
final class Page {
  private final Path document;
  private final Path charts;
  private final String begin;
  private final String end;
  private final StringBuilder text = new StringBuilder();

  /**
   * @param document where it stands
   * @param what the marks' name for it
   */
  Page(Path document, String what) {
    this.document = document;
    charts = document.resolveSibling("performance");
    begin = "<!-- " + what + ": written by benchmarks/report -->";
    end = "<!-- end of " + what + " -->";
  }

  void line(String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  void chart(String name, String svg) throws IOException {
    Files.createDirectories(charts);
    Files.writeString(charts.resolve(name + ".svg"), svg);
    String title = svg.substring(svg.indexOf("<title>") + 7, svg.indexOf("</title>"));
    line("![%s](performance/%s.svg)", title, name);
    line("");
  }

  /**
   * What was measured, where, and what is to be minded about it.
   *
   * @param option by which it was measured, "" if by none
   * @param precision of the model, "" where the run does not tell
   */
  void machine(JsonNode result, String option, String precision) {
    JsonNode machine = result.path("machine");
    List<String> flags = new ArrayList<>();
    machine.path("flags").forEach(flag -> flags.add(flag.asString()));
    line(
        "Measured %s%s on %s (%s), %s cores, %s MiB, %s; commit %s%s%s.",
        result.path("began").asString().substring(0, 10),
        option,
        machine.path("cpu").asString(),
        String.join(", ", flags),
        machine.path("cores").asString(),
        machine.path("memory_mib").asString(),
        machine.path("java").asString(),
        shortened(result.path("commit").asString(), 10),
        result.hasNonNull("model_digest")
            ? ", model " + shortened(result.path("model_digest").asString(), 10)
            : "",
        precision);
    result.path("doubts").forEach(doubt -> line("Mind that %s.", doubt.asString()));
    line("");
  }

  /** Puts it between its marks, in place of what stood there. */
  void write() throws IOException {
    String page = Files.readString(document);
    int from = page.indexOf(begin);
    int to = page.indexOf(end);
    if (from < 0 || to < from) {
      throw new IOException(document + " lacks its marks: " + begin + " and " + end);
    }
    Files.writeString(
        document, page.substring(0, from) + begin + "\n\n" + text + "\n" + page.substring(to));
  }

  /** A figure of a result; there is no figure of a result that lacks it. */
  static double number(JsonNode node, String field) {
    JsonNode value = node.path(field);
    if (!value.isNumber()) {
      throw new IllegalArgumentException(
          "The result lacks " + field + " in " + shortened(node.toString(), 80));
    }
    return value.doubleValue();
  }

  static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }

  private static String shortened(String text, int most) {
    return text.length() <= most ? text : text.substring(0, most);
  }
}
