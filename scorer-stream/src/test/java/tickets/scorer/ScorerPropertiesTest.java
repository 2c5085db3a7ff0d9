package tickets.scorer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
import tickets.contract.Lane;
import tickets.contract.Redaction;
import tickets.contract.access.KafkaAccess;
import tickets.embedded.ServerTls;
import tickets.embedded.TestCertificates;
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

  @TempDir static Path files;
  private static ServerTls certificate;

  @BeforeAll
  static void makeCertificate() throws IOException {
    certificate = TestCertificates.in(files).issue("scorer");
  }

  static Stream<Row> rows() {
    return Stream.of(
        row(
            "KAFKA_BOOTSTRAP_SERVERS",
            "k1:1,k2:2",
            ScorerProperties::kafkaBootstrapServers,
            "k1:1,k2:2"),
        row(
            "KAFKA_SECURITY_PROTOCOL",
            "SASL_PLAINTEXT",
            properties -> properties.kafka().securityProtocol(),
            SecurityProtocol.SASL_PLAINTEXT),
        row(
            "KAFKA_SASL_MECHANISM",
            "PLAIN",
            properties -> properties.kafka().saslMechanism(),
            KafkaAccess.Mechanism.PLAIN),
        row("KAFKA_USER", "scorer", properties -> properties.kafka().user(), "scorer"),
        row("KAFKA_PASSWORD", "secret", properties -> properties.kafka().password(), "secret"),
        file("KAFKA_TLS_CA", certificate.ca(), KafkaAccess::tlsCa),
        file("KAFKA_TLS_CERTIFICATE", certificate.certificate(), KafkaAccess::tlsCertificate),
        file("KAFKA_TLS_PRIVATE_KEY", certificate.privateKey(), KafkaAccess::tlsPrivateKey),
        row("REPLICATION_FACTOR", "3", ScorerProperties::replicationFactor, 3),
        row("TOPIC_RETENTION", "7d", ScorerProperties::topicRetention, Duration.ofDays(7)),
        row("MODEL_PATH", "/models/other", ScorerProperties::modelPath, Path.of("/models/other")),
        row("MODELS_DIR", "/models", ScorerProperties::modelsDir, Path.of("/models")),
        row("SHADOW_MODEL_PATH", "/models/next", ScorerProperties::shadowModelPath, "/models/next"),
        row("SHADOW_MAX_LAG", "50", ScorerProperties::shadowMaxLag, 50),
        row("MODEL_PRECISION", "bf16", ScorerProperties::modelPrecision, Precision.BF16),
        row("STREAM_THREADS", "3", ScorerProperties::streamThreads, 3),
        row("BATCH_MAX_TICKETS", "16", ScorerProperties::batchMaxTickets, 16),
        row("BATCH_MAX_TOKENS", "1000", ScorerProperties::batchMaxTokens, 1000),
        row(
            "BATCH_LATENCY_TARGET",
            "1s",
            ScorerProperties::batchLatencyTarget,
            Duration.ofSeconds(1)),
        row("BATCH_LINGER", "20ms", ScorerProperties::batchLinger, Duration.ofMillis(20)),
        row("REDACT", "emails,ips", ScorerProperties::redact, Redaction.of("ips,emails")),
        row("STORE_TEXT", "false", ScorerProperties::storeText, false),
        row("TEXT_MAX_CHARS", "500", ScorerProperties::textMaxChars, 500),
        row("SLA_SECONDS", "90", ScorerProperties::sla, Duration.ofSeconds(90)),
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
    try (ConfigurableApplicationContext context = start(whole(row))) {
      assertThat(row.read().apply(context)).isEqualTo(row.expected());
    }
  }

  /** Kafka's access is refused by halves. */
  private static Map<String, String> whole(Row row) {
    Map<String, String> variables = new HashMap<>();
    if (row.variable().matches("KAFKA_(SECURITY|SASL|USER|PASSWORD).*")) {
      variables.put("KAFKA_SECURITY_PROTOCOL", "SASL_SSL");
      variables.put("KAFKA_USER", "anybody");
      variables.put("KAFKA_PASSWORD", "anything");
    } else if (row.variable().startsWith("KAFKA_TLS")) {
      variables.put("KAFKA_SECURITY_PROTOCOL", "SSL");
      variables.put("KAFKA_TLS_CERTIFICATE", certificate.certificate().toString());
      variables.put("KAFKA_TLS_PRIVATE_KEY", certificate.privateKey().toString());
    }
    variables.put(row.variable(), row.value());
    return variables;
  }

  @Test
  void everyKafkaClientOfTheScorerIsGivenTheAccess() {
    Row user = row("KAFKA_USER", "scorer", properties -> properties.kafka().user(), "scorer");
    try (ConfigurableApplicationContext context = start(whole(user))) {
      StreamsConfig settings =
          new StreamsConfig(
              StreamsSettings.of(Lane.TICKETS, context.getBean(ScorerProperties.class), 1));

      assertThat(
              List.of(
                  settings.getMainConsumerConfigs("group", "client", 0),
                  settings.getRestoreConsumerConfigs("client"),
                  settings.getGlobalConsumerConfigs("client"),
                  settings.getProducerConfigs("client"),
                  settings.getAdminConfigs("client")))
          .allSatisfy(
              client ->
                  assertThat(client)
                      .containsEntry("security.protocol", "SASL_SSL")
                      .containsEntry("sasl.mechanism", "SCRAM-SHA-512")
                      .containsKey("sasl.jaas.config"));
    }
  }

  @Test
  void halfAnAccessStopsTheStartWithOneLine() {
    assertThatThrownBy(() -> start(Map.of("KAFKA_USER", "me")))
        .rootCause()
        .hasMessage("KAFKA_USER is set, but KAFKA_PASSWORD is not. Set both, or none.");
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
                        "BATCH_LATENCY_TARGET", "1ms",
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
  void whatCannotBeMaskedIsRefusedAndSaidWhatCan() {
    assertThatThrownBy(() -> start(Map.of("REDACT", "emails,names")))
        .isInstanceOf(ConfigurationPropertiesBindException.class)
        .rootCause()
        .hasMessageContaining("REDACT can't mask \"names\". Name any of emails, phones");
  }

  @Test
  void zeroThreadsFollowTheCoresButAreNoMoreThanPartitions() {
    try (ConfigurableApplicationContext context = start(Map.of())) {
      ScorerProperties properties = context.getBean(ScorerProperties.class);

      assertThat(properties.threads(Lane.TICKETS, 1)).isEqualTo(1);
      assertThat(properties.threads(Lane.TICKETS, 2)).isEqualTo(2);
      assertThat(properties.threads(Lane.TICKETS, 64)).isEqualTo(4);
      assertThat(properties.threads(Lane.INTERACTIVE, 1)).isEqualTo(1);
      assertThat(properties.threads(Lane.INTERACTIVE, 2)).isEqualTo(1);
      assertThat(properties.threads(Lane.INTERACTIVE, 64)).isEqualTo(4);
    }
    try (ConfigurableApplicationContext context = start(Map.of("STREAM_THREADS", "3"))) {
      ScorerProperties properties = context.getBean(ScorerProperties.class);

      assertThat(properties.threads(Lane.TICKETS, 2)).isEqualTo(3);
      assertThat(properties.threads(Lane.INTERACTIVE, 2)).isEqualTo(3);
    }
  }

  private static Row file(String variable, Path path, Function<KafkaAccess, String> read) {
    return row(
        variable, path.toString(), properties -> read.apply(properties.kafka()), path.toString());
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
