package tickets.scorer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.context.ConfigurationPropertiesAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.ConfigurationPropertiesBindException;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.validation.BindValidationException;
import org.springframework.boot.validation.autoconfigure.ValidationAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.Environment;
import tickets.scorer.model.Precision;

/** Every environment variable arrives where it is used. */
class ScorerPropertiesTest {

  record Row(
      String variable,
      String value,
      Function<ConfigurableApplicationContext, ?> read,
      Object expected) {
    @Override
    public String toString() {
      return variable;
    }
  }

  static Stream<Row> rows() {
    return Stream.of(
        row(
            "KAFKA_BOOTSTRAP_SERVERS",
            "k1:1,k2:2",
            ScorerProperties::kafkaBootstrapServers,
            "k1:1,k2:2"),
        row("REPLICATION_FACTOR", "3", ScorerProperties::replicationFactor, 3),
        row("MODEL_PATH", "/models/other", ScorerProperties::modelPath, Path.of("/models/other")),
        row("MODEL_PRECISION", "bf16", ScorerProperties::modelPrecision, Precision.BF16),
        row("STREAM_THREADS", "3", ScorerProperties::streamThreads, 3),
        row("BATCH_MAX_TICKETS", "16", ScorerProperties::batchMaxTickets, 16),
        row("BATCH_MAX_TOKENS", "1000", ScorerProperties::batchMaxTokens, 1000),
        row("BATCH_LINGER", "20ms", ScorerProperties::batchLinger, Duration.ofMillis(20)),
        row("STORE_TEXT", "false", ScorerProperties::storeText, false),
        row("TEXT_MAX_CHARS", "500", ScorerProperties::textMaxChars, 500),
        row("STATE_DIR", "/var/scorer", ScorerProperties::stateDir, Path.of("/var/scorer")),
        setting("MANAGEMENT_BIND", "0.0.0.0", "server.address", "0.0.0.0"),
        setting("SCORER_MANAGEMENT_PORT", "9999", "server.port", "9999"),
        setting("LOG_LEVEL", "WARN", "logging.level.root", "WARN"),
        setting("LOG_FORMAT", "json", "logging.structured.format.console", "ecs"),
        setting("LOG_FORMAT", "text", "logging.structured.format.console", ""));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void theVariableArrives(Row row) {
    try (ConfigurableApplicationContext context = start(Map.of(row.variable(), row.value()))) {
      assertThat(row.read().apply(context)).isEqualTo(row.expected());
    }
  }

  @Test
  void everyVariableOfTheFileIsTried() throws IOException {
    Set<String> variables = new TreeSet<>();
    Matcher variable =
        Pattern.compile("\\$\\{([A-Z_]+):")
            .matcher(Files.readString(Path.of("src/main/resources/scorer-stream.yml")));
    while (variable.find()) {
      variables.add(variable.group(1));
    }

    assertThat(rows().map(Row::variable).collect(Collectors.toSet())).isEqualTo(variables);
  }

  @Test
  void allThatIsWrongIsReportedAtOnce() {
    assertThatThrownBy(
            () ->
                start(
                    Map.of(
                        "BATCH_MAX_TICKETS", "0",
                        "BATCH_LINGER", "1m",
                        "TEXT_MAX_CHARS", "1000000")))
        .isInstanceOf(ConfigurationPropertiesBindException.class)
        .rootCause()
        .isInstanceOf(BindValidationException.class)
        .hasMessageContaining("batchMaxTickets")
        .hasMessageContaining("batchLinger")
        .hasMessageContaining("textMaxChars");
  }

  @Test
  void zeroThreadsMeansOneForEachCoreButNoMoreThanPartitions() {
    try (ConfigurableApplicationContext context = start(Map.of())) {
      ScorerProperties properties = context.getBean(ScorerProperties.class);

      assertThat(properties.threads(2)).isEqualTo(2);
      assertThat(properties.threads(64)).isEqualTo(4);
    }
  }

  @Test
  void aPollOfAnIdleTopicNeverOutlastsTheLinger() {
    try (ConfigurableApplicationContext context = start(Map.of())) {
      ScorerProperties properties = context.getBean(ScorerProperties.class);

      assertThat(StreamsSettings.of(properties, 1).get(StreamsConfig.POLL_MS_CONFIG))
          .isEqualTo(properties.batchLinger().toMillis());
    }
  }

  private static Row row(
      String variable, String value, Function<ScorerProperties, ?> read, Object expected) {
    return new Row(
        variable, value, context -> read.apply(context.getBean(ScorerProperties.class)), expected);
  }

  private static Row setting(String variable, String value, String key, String expected) {
    return new Row(
        variable, value, context -> context.getBean(Environment.class).getProperty(key), expected);
  }

  /** With nothing but the properties, and the variables as if they came from the environment. */
  private static ConfigurableApplicationContext start(Map<String, String> environment) {
    return new SpringApplicationBuilder(PropertiesOnly.class)
        .web(WebApplicationType.NONE)
        .properties("spring.config.name=scorer-stream")
        .run(
            environment.entrySet().stream()
                .map(variable -> "--" + variable.getKey() + "=" + variable.getValue())
                .toArray(String[]::new));
  }

  @EnableConfigurationProperties(ScorerProperties.class)
  @ImportAutoConfiguration({
    ConfigurationPropertiesAutoConfiguration.class,
    ValidationAutoConfiguration.class
  })
  static class PropertiesOnly {}
}
