package tickets.scorer;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import tickets.contract.Redaction;
import tickets.contract.access.KafkaAccess;

/**
 * The services' environment variables, for commands beside them: with the same names, meanings and
 * defaults, so that a command reaches what the services reach.
 *
 * @param variables that are set; an empty one counts as not set
 */
public record ServiceEnvironment(Map<String, String> variables) {
  private static final Map<String, String> DEFAULTS =
      Map.of(
          "KAFKA_BOOTSTRAP_SERVERS", "localhost:9092",
          "KAFKA_SECURITY_PROTOCOL", "PLAINTEXT",
          "KAFKA_SASL_MECHANISM", "SCRAM-SHA-512",
          "TEXT_MAX_CHARS", "10000");

  private String get(String name) {
    String value = variables.getOrDefault(name, "");
    return value.isEmpty() ? DEFAULTS.getOrDefault(name, "") : value;
  }

  public String kafkaBootstrapServers() {
    return get("KAFKA_BOOTSTRAP_SERVERS");
  }

  /**
   * What a client of Kafka needs to get in.
   *
   * @throws IllegalArgumentException if the variables contradict each other; the message says how
   */
  public Map<String, Object> kafkaSettings() {
    KafkaAccess access =
        new KafkaAccess(
            SecurityProtocol.forName(get("KAFKA_SECURITY_PROTOCOL")),
            KafkaAccess.Mechanism.valueOf(
                get("KAFKA_SASL_MECHANISM").replace('-', '_').toUpperCase(Locale.ROOT)),
            get("KAFKA_USER"),
            get("KAFKA_PASSWORD"),
            get("KAFKA_TLS_CA"),
            get("KAFKA_TLS_CERTIFICATE"),
            get("KAFKA_TLS_PRIVATE_KEY"));
    Map<String, Object> settings = new HashMap<>(access.clientSettings());
    settings.put("bootstrap.servers", kafkaBootstrapServers());
    return settings;
  }

  /**
   * The most code points of a text.
   *
   * @throws IllegalArgumentException if it is no number
   */
  public int textMaxChars() {
    return Integer.parseInt(get("TEXT_MAX_CHARS"));
  }

  /** What is masked in texts. */
  public Redaction redact() {
    return Redaction.of(get("REDACT"));
  }
}
