package tickets.contract.access;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.common.config.SaslConfigs;
import org.apache.kafka.common.config.SslConfigs;
import org.apache.kafka.common.security.auth.SecurityProtocol;

/**
 * How every Kafka client of a service gets in. Half of a setting, and a file that is not what it
 * should be, are refused when this is made. Of the strings, empty means "not set".
 *
 * @param securityProtocol {@code KAFKA_SECURITY_PROTOCOL}
 * @param saslMechanism {@code KAFKA_SASL_MECHANISM}
 * @param user {@code KAFKA_USER}, with SASL
 * @param password {@code KAFKA_PASSWORD}, with SASL
 * @param tlsCa {@code KAFKA_TLS_CA}: PEM file of the authorities that may vouch for a broker;
 *     empty: those the JVM trusts
 * @param tlsCertificate {@code KAFKA_TLS_CERTIFICATE}: PEM file of the service's own certificate,
 *     where brokers ask for one
 * @param tlsPrivateKey {@code KAFKA_TLS_PRIVATE_KEY}: PEM file of its key, in PKCS #8
 */
public record KafkaAccess(
    SecurityProtocol securityProtocol,
    Mechanism saslMechanism,
    String user,
    String password,
    String tlsCa,
    String tlsCertificate,
    String tlsPrivateKey) {

  /** How a password is proved. */
  public enum Mechanism {
    /** The password never goes over the wire. */
    SCRAM_SHA_512("SCRAM-SHA-512", "org.apache.kafka.common.security.scram.ScramLoginModule"),
    /** It does: only with TLS. */
    PLAIN("PLAIN", "org.apache.kafka.common.security.plain.PlainLoginModule");

    private final String name;
    private final String loginModule;

    Mechanism(String name, String loginModule) {
      this.name = name;
      this.loginModule = loginModule;
    }
  }

  /**
   * Checks that the settings fit together.
   *
   * @throws IllegalArgumentException with one line that names what to set
   */
  public KafkaAccess {
    Objects.requireNonNull(securityProtocol, "KAFKA_SECURITY_PROTOCOL is empty");
    Objects.requireNonNull(saslMechanism, "KAFKA_SASL_MECHANISM is empty");
    String protocol = "KAFKA_SECURITY_PROTOCOL=" + securityProtocol;
    Pairs.requireBothOrNone("KAFKA_USER", user, "KAFKA_PASSWORD", password);
    Pairs.requireBothOrNone(
        "KAFKA_TLS_CERTIFICATE", tlsCertificate, "KAFKA_TLS_PRIVATE_KEY", tlsPrivateKey);
    if (sasl(securityProtocol) && user.isEmpty()) {
      throw new IllegalArgumentException(protocol + " needs KAFKA_USER and KAFKA_PASSWORD");
    }
    if (!sasl(securityProtocol) && !user.isEmpty()) {
      throw new IllegalArgumentException(
          "KAFKA_USER is set, but "
              + protocol
              + " asks for no user. Set SASL_SSL or SASL_PLAINTEXT, or unset it.");
    }
    if (!tls(securityProtocol) && !(tlsCa + tlsCertificate).isEmpty()) {
      throw new IllegalArgumentException(
          (tlsCa.isEmpty() ? "KAFKA_TLS_CERTIFICATE" : "KAFKA_TLS_CA")
              + " is set, but "
              + protocol
              + " is without TLS. Set SSL or SASL_SSL, or unset it.");
    }
    if (!tlsCa.isEmpty()) {
      PemFile.certificates("KAFKA_TLS_CA", tlsCa);
    }
    if (!tlsCertificate.isEmpty()) {
      PemFile.certificates("KAFKA_TLS_CERTIFICATE", tlsCertificate);
      PemFile.privateKey("KAFKA_TLS_PRIVATE_KEY", tlsPrivateKey);
    }
  }

  /**
   * What a producer, consumer, admin client or Kafka Streams is to be given; empty if nothing.
   * Files are read anew: a client made later gets the certificates of then.
   */
  public Map<String, String> clientSettings() {
    Map<String, String> settings = new HashMap<>();
    if (securityProtocol != SecurityProtocol.PLAINTEXT) {
      settings.put(CommonClientConfigs.SECURITY_PROTOCOL_CONFIG, securityProtocol.name);
    }
    if (sasl(securityProtocol)) {
      settings.put(SaslConfigs.SASL_MECHANISM, saslMechanism.name);
      settings.put(
          SaslConfigs.SASL_JAAS_CONFIG,
          saslMechanism.loginModule
              + " required username="
              + quoted(user)
              + " password="
              + quoted(password)
              + ";");
    }
    if (!tlsCa.isEmpty()) {
      settings.put(SslConfigs.SSL_TRUSTSTORE_TYPE_CONFIG, "PEM");
      settings.put(
          SslConfigs.SSL_TRUSTSTORE_CERTIFICATES_CONFIG,
          PemFile.certificates("KAFKA_TLS_CA", tlsCa));
    }
    if (!tlsCertificate.isEmpty()) {
      settings.put(SslConfigs.SSL_KEYSTORE_TYPE_CONFIG, "PEM");
      settings.put(
          SslConfigs.SSL_KEYSTORE_CERTIFICATE_CHAIN_CONFIG,
          PemFile.certificates("KAFKA_TLS_CERTIFICATE", tlsCertificate));
      settings.put(
          SslConfigs.SSL_KEYSTORE_KEY_CONFIG,
          PemFile.privateKey("KAFKA_TLS_PRIVATE_KEY", tlsPrivateKey));
    }
    return settings;
  }

  /** As Kafka's JAAS parser, a {@link java.io.StreamTokenizer}, reads it back. */
  private static String quoted(String value) {
    StringBuilder quoted = new StringBuilder("\"");
    for (char c : value.toCharArray()) {
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < ' ') {
        quoted.append(String.format("\\%03o", (int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }

  private static boolean sasl(SecurityProtocol protocol) {
    return protocol == SecurityProtocol.SASL_PLAINTEXT || protocol == SecurityProtocol.SASL_SSL;
  }

  private static boolean tls(SecurityProtocol protocol) {
    return protocol == SecurityProtocol.SSL || protocol == SecurityProtocol.SASL_SSL;
  }

  /** Without the password. */
  @Override
  public String toString() {
    return "KafkaAccess[" + securityProtocol + (user.isEmpty() ? "" : " as " + user) + "]";
  }
}
