package tickets.standalone;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.yaml.snakeyaml.Yaml;
import tickets.contract.Sha256;
import tickets.ingest.access.SafeStart;

/** A setting stands in four files: its service's YAML rules, the others must say the same. */
class EnvExampleTest {
  private static final Path ROOT = Path.of("..");
  static final List<String> SERVICES = List.of("ingest-api", "scorer-stream", "results-sink");

  /** {@code ${NAME:default}} in a YAML, {@code ${NAME:-default}} in docker-compose.yml. */
  private static final Pattern IN_YAML = Pattern.compile("\\$\\{([A-Z][A-Z0-9_]*):([^}]*)}");

  private static final Pattern IN_COMPOSE = Pattern.compile("\\$\\{([A-Z][A-Z0-9_]*):-([^}]*)}");
  private static final Pattern IN_EXAMPLE = Pattern.compile("([A-Z][A-Z0-9_]*)=\"?([^\"]*)\"?");
  private static final String COMPOSE_ONLY = "# == Only docker-compose.yml reads these ";

  /**
   * The one value that differs on purpose: a container is reached by others than its own machine's,
   * so a service in one starts with a key or not at all, and this is the key to start with.
   */
  private static final String API_KEYS = "API_KEYS";

  @Test
  void exampleListsEveryVariableOfTheServicesInTheirOrderWithTheirDefaults() throws IOException {
    Map<String, String> expected = settingsOfAllServices();
    assertThat(expected.put(API_KEYS, sampleKey())).isEmpty();
    assertThat(assignments(beforeMarker())).containsExactlyElementsOf(expected.entrySet());
  }

  @Test
  void theSampleKeyIsShownWithItsHashAndOpensNothingThatOthersReach() throws IOException {
    List<String> lines = example();
    String key = lines.get(lines.indexOf(API_KEYS + "=" + sampleKey()) - 2).substring(1).strip();
    assertThat(sampleKey()).endsWith(":" + Sha256.hex(key));
    for (String published : List.of("127.0.0.1", "localhost")) {
      assertThatCode(
              () ->
                  SafeStart.from(
                          Map.of(
                              "BIND", "0.0.0.0", "PUBLISHED_ON", published, API_KEYS, sampleKey()))
                      .check())
          .doesNotThrowAnyException();
    }
    assertThatThrownBy(
            () ->
                SafeStart.from(
                        Map.of("BIND", "0.0.0.0", "PUBLISHED_ON", "0.0.0.0", API_KEYS, sampleKey()))
                    .check())
        .hasMessageContaining("sample key");
  }

  /**
   * What docker-compose.yml falls back to where .env does not name keys; empty ones are left so.
   */
  private static String sampleKey() throws IOException {
    return settings(Pattern.compile("\\$\\{(API_KEYS)-([^}]*)}"), withoutComments(compose()))
        .get(API_KEYS);
  }

  @Test
  void exampleListsEveryVariableThatOnlyComposeKnows() throws IOException {
    Map<String, String> expected = settingsOfCompose();
    expected.keySet().removeAll(settingsOfAllServices().keySet());
    assertThat(assignments(afterMarker())).containsExactlyElementsOf(expected.entrySet());
  }

  @Test
  void everyVariableOfTheExampleHasItsMeaningAboveIt() throws IOException {
    List<String> lines = example();
    assertThat(lines)
        .filteredOn(line -> IN_EXAMPLE.matcher(line).matches())
        .allSatisfy(line -> assertThat(lines.get(lines.indexOf(line) - 1)).startsWith("# "));
  }

  @Test
  void composeFallsBackToTheDefaultsOfTheServices() throws IOException {
    Map<String, String> shared = settingsOfCompose();
    Map<String, String> services = settingsOfAllServices();
    shared.keySet().retainAll(services.keySet());
    assertThat(services).containsAllEntriesOf(shared);
  }

  @ParameterizedTest
  @FieldSource("SERVICES")
  void composeHandsAServiceItsVariablesAndNoOthers(String service) throws IOException {
    assertThat(composeEnvironment(service)).containsExactlyElementsOf(settingsOf(service).keySet());
  }

  /** In the order of the YAML, each once; two defaults for one name are an error. */
  private static Map<String, String> settingsOf(String service) throws IOException {
    Path yaml = ROOT.resolve(service + "/src/main/resources/" + service + ".yml");
    return settings(IN_YAML, withoutComments(Files.readString(yaml)));
  }

  private static Map<String, String> settingsOfAllServices() throws IOException {
    Map<String, String> all = new LinkedHashMap<>();
    for (String service : SERVICES) {
      settingsOf(service).forEach((name, value) -> putAgreeing(all, name, value));
    }
    return all;
  }

  private static Map<String, String> settingsOfCompose() throws IOException {
    return settings(IN_COMPOSE, withoutComments(compose()));
  }

  private static Map<String, String> settings(Pattern pattern, String text) {
    Map<String, String> settings = new LinkedHashMap<>();
    pattern.matcher(text).results().forEach(m -> putAgreeing(settings, m.group(1), m.group(2)));
    return settings;
  }

  private static void putAgreeing(Map<String, String> settings, String name, String value) {
    String before = settings.putIfAbsent(name, value);
    if (before != null) {
      assertThat(value).as("%s has one default wherever it stands", name).isEqualTo(before);
    }
  }

  /** Names only; the flags of the JVM are no setting of the service. */
  @SuppressWarnings("unchecked")
  private static List<String> composeEnvironment(String service) throws IOException {
    Map<String, Object> file = new Yaml().load(compose());
    var services = (Map<String, Map<String, Object>>) file.get("services");
    var environment = (List<String>) services.get(service).get("environment");
    return environment.stream()
        .map(entry -> entry.split("=", 2)[0])
        .filter(name -> !name.equals("JAVA_TOOL_OPTIONS"))
        .toList();
  }

  private static String compose() throws IOException {
    return Files.readString(ROOT.resolve("docker-compose.yml"));
  }

  private static String withoutComments(String yaml) {
    return yaml.lines().filter(line -> !line.stripLeading().startsWith("#")).collect(joining("\n"));
  }

  private static List<String> example() throws IOException {
    return Files.readAllLines(ROOT.resolve(".env.example"));
  }

  private static Stream<String> beforeMarker() throws IOException {
    return example().stream().takeWhile(line -> !line.startsWith(COMPOSE_ONLY));
  }

  private static Stream<String> afterMarker() throws IOException {
    return example().stream().dropWhile(line -> !line.startsWith(COMPOSE_ONLY));
  }

  /** Not a map, so that a variable listed twice is seen. */
  private static List<Map.Entry<String, String>> assignments(Stream<String> lines) {
    List<Map.Entry<String, String>> assignments = new ArrayList<>();
    lines
        .map(IN_EXAMPLE::matcher)
        .filter(matcher -> matcher.matches())
        .forEach(m -> assignments.add(Map.entry(m.group(1), m.group(2))));
    return assignments;
  }
}
