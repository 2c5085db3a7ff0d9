package tickets.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.Yaml;

/**
 * The rules of {@code deploy/prometheus/alerts.yml}, judged as Prometheus would, but for how long
 * something has to last. Knows the part of PromQL that they use; all else is an error.
 */
final class AlertRules {

  private static final Pattern RULE = Pattern.compile("(.+?) ([<>]) (.+)");
  private static final Pattern NUMBER = Pattern.compile("[0-9.]+");
  private static final Pattern SCALAR = Pattern.compile("scalar\\((.+)\\)");
  private static final Pattern AGGREGATE =
      Pattern.compile("(max|min)(?: by \\((\\w+)\\) ?)?\\((.+)\\)");
  private static final Pattern SELECTOR = Pattern.compile("(\\w+)(?:\\{(\\w+)(=~?)\"([^\"]*)\"})?");
  private static final Pattern SAMPLE = Pattern.compile("(\\w+)(?:\\{(.*)})? (\\S+)");
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

  record Rule(String alert, String expression, Map<String, String> annotations) {}

  /** A series as it was scraped. */
  record Sample(String name, Map<String, String> labels, double value) {}

  private final List<Rule> rules = new ArrayList<>();

  @SuppressWarnings("unchecked")
  AlertRules(Path file) throws IOException {
    Map<String, Object> yaml = new Yaml().load(Files.readString(file));
    for (Map<String, Object> group : (List<Map<String, Object>>) yaml.get("groups")) {
      for (Map<String, Object> rule : (List<Map<String, Object>>) group.get("rules")) {
        rules.add(
            new Rule(
                (String) rule.get("alert"),
                (String) rule.get("expr"),
                (Map<String, String>) rule.get("annotations")));
      }
    }
  }

  List<Rule> all() {
    return rules;
  }

  /** What the expression's left side is about: no series there, and the rule can never fire. */
  static List<Sample> subject(Rule rule, List<Sample> scraped) {
    Matcher sides = match(RULE, rule.expression());
    Matcher aggregate = AGGREGATE.matcher(sides.group(1));
    return select(aggregate.matches() ? aggregate.group(3) : sides.group(1), scraped);
  }

  /** The labels of what fires, by the alert's name. */
  Map<String, List<Map<String, String>>> firing(List<Sample> scraped) {
    Map<String, List<Map<String, String>>> firing = new TreeMap<>();
    for (Rule rule : rules) {
      Matcher sides = match(RULE, rule.expression());
      Map<Map<String, String>, Double> limits = vector(sides.group(3), scraped);
      vector(sides.group(1), scraped)
          .forEach(
              (labels, value) -> {
                double limit =
                    limits.getOrDefault(labels, limits.getOrDefault(Map.of(), Double.NaN));
                if (sides.group(2).equals(">") ? value > limit : value < limit) {
                  firing.computeIfAbsent(rule.alert(), any -> new ArrayList<>()).add(labels);
                }
              });
    }
    return firing;
  }

  private static Map<Map<String, String>, Double> vector(String text, List<Sample> scraped) {
    if (NUMBER.matcher(text).matches()) {
      return Map.of(Map.of(), Double.parseDouble(text));
    }
    Matcher scalar = SCALAR.matcher(text);
    if (scalar.matches()) {
      return vector(scalar.group(1), scraped);
    }
    Matcher aggregate = AGGREGATE.matcher(text);
    Map<Map<String, String>, Double> vector = new LinkedHashMap<>();
    if (!aggregate.matches()) {
      select(text, scraped).forEach(sample -> vector.put(sample.labels(), sample.value()));
      return vector;
    }
    String by = aggregate.group(2);
    boolean max = aggregate.group(1).equals("max");
    for (Sample sample : select(aggregate.group(3), scraped)) {
      Map<String, String> labels = by == null ? Map.of() : Map.of(by, sample.labels().get(by));
      vector.merge(
          labels,
          sample.value(),
          // As Prometheus: a number wins over none.
          (a, b) -> a.isNaN() ? b : b.isNaN() ? a : max ? Math.max(a, b) : Math.min(a, b));
    }
    return vector;
  }

  private static List<Sample> select(String text, List<Sample> scraped) {
    Matcher selector = match(SELECTOR, text);
    return scraped.stream()
        .filter(sample -> sample.name().equals(selector.group(1)))
        .filter(
            sample ->
                selector.group(2) == null
                    || String.valueOf(sample.labels().get(selector.group(2)))
                        .matches(
                            selector.group(3).equals("=~")
                                ? selector.group(4)
                                : Pattern.quote(selector.group(4))))
        .toList();
  }

  /** Reads what {@code /actuator/prometheus} shows. */
  static List<Sample> samples(String job, String exposition) {
    List<Sample> samples = new ArrayList<>();
    for (String line : exposition.lines().filter(l -> !l.startsWith("#")).toList()) {
      Matcher sample = match(SAMPLE, line);
      Map<String, String> labels = new HashMap<>(Map.of("job", job));
      if (sample.group(2) != null) {
        LABEL
            .matcher(sample.group(2))
            .results()
            .forEach(label -> labels.put(label.group(1), label.group(2)));
      }
      samples.add(new Sample(sample.group(1), labels, number(sample.group(3))));
    }
    return samples;
  }

  private static double number(String text) {
    return text.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(text);
  }

  private static Matcher match(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    assertThat(matcher.matches()).as("\"%s\" is of the form %s", text, pattern).isTrue();
    return matcher;
  }
}
