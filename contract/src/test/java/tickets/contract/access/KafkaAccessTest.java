package tickets.contract.access;

import static org.apache.kafka.common.security.auth.SecurityProtocol.PLAINTEXT;
import static org.apache.kafka.common.security.auth.SecurityProtocol.SASL_PLAINTEXT;
import static org.apache.kafka.common.security.auth.SecurityProtocol.SASL_SSL;
import static org.apache.kafka.common.security.auth.SecurityProtocol.SSL;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static tickets.contract.access.KafkaAccess.Mechanism.PLAIN;
import static tickets.contract.access.KafkaAccess.Mechanism.SCRAM_SHA_512;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.common.config.SaslConfigs;
import org.apache.kafka.common.config.types.Password;
import org.apache.kafka.common.security.JaasContext;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KafkaAccessTest {

  @TempDir static Path files;
  private static String certificate;
  private static String key;

  @BeforeAll
  static void makeFiles() throws Exception {
    X509Bundle made =
        new CertificateBuilder()
            .subject("CN=me")
            .ecp256()
            .setIsCertificateAuthority(true)
            .buildSelfSigned();
    certificate = file("certificate.pem", "# made by a test\n" + made.getCertificatePEM());
    key = file("key.pem", made.getPrivateKeyPEM());
  }

  private static String file(String name, String content) throws Exception {
    return Files.writeString(files.resolve(name), content).toString();
  }

  @Test
  void plaintextAsksNothingOfAClient() {
    assertThat(access(PLAINTEXT, "", "", "", "", "").clientSettings()).isEmpty();
  }

  @Test
  void tlsAloneTrustsWhatTheJvmTrusts() {
    assertThat(access(SSL, "", "", "", "", "").clientSettings())
        .containsExactly(Map.entry("security.protocol", "SSL"));
  }

  @Test
  void everythingTogetherReachesTheClient() {
    assertThat(access(SASL_SSL, "me", "secret", certificate, certificate, key).clientSettings())
        .containsEntry("security.protocol", "SASL_SSL")
        .containsEntry("sasl.mechanism", "SCRAM-SHA-512")
        .containsEntry("ssl.truststore.type", "PEM")
        .containsEntry("ssl.keystore.type", "PEM")
        .hasEntrySatisfying(
            "ssl.truststore.certificates",
            pem -> assertThat(pem).startsWith("-----BEGIN CERTIFICATE-----"))
        .hasEntrySatisfying(
            "ssl.keystore.key", pem -> assertThat(pem).startsWith("-----BEGIN PRIVATE KEY-----"))
        .containsKey("ssl.keystore.certificate.chain")
        .containsKey("sasl.jaas.config")
        .hasSize(8);
  }

  @Test
  void plainHasItsOwnLoginModule() {
    KafkaAccess access = new KafkaAccess(SASL_SSL, PLAIN, "me", "secret", "", "", "");
    assertThat(access.clientSettings())
        .containsEntry("sasl.mechanism", "PLAIN")
        .hasEntrySatisfying(
            "sasl.jaas.config", line -> assertThat(line).contains(".plain.PlainLoginModule "));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "plain",
        "a \"quoted\" one",
        "back\\slash\\",
        "\\\"",
        "semi; required admin=true;",
        "line\nbreak\ttab\u0001",
        "пароль 密码",
        "=,{}$%'`"
      })
  void kafkaReadsUserAndPasswordAsTheyWereGiven(String secret) {
    Map<String, String> settings =
        access(SASL_PLAINTEXT, "user" + secret, secret, "", "", "").clientSettings();

    var read =
        JaasContext.loadClientContext(
            Map.of(
                SaslConfigs.SASL_JAAS_CONFIG,
                new Password(settings.get(SaslConfigs.SASL_JAAS_CONFIG))));
    assertThat(read.configurationEntries())
        .singleElement()
        .satisfies(
            entry ->
                assertThat(entry.getOptions())
                    .isEqualTo(Map.of("username", "user" + secret, "password", secret)));
  }

  @ParameterizedTest
  @CsvSource({
    "SASL_SSL,  '', '', KAFKA_SECURITY_PROTOCOL=SASL_SSL needs KAFKA_USER and KAFKA_PASSWORD",
    "SASL_SSL,  me, '', 'KAFKA_USER is set, but KAFKA_PASSWORD is not'",
    "SASL_SSL,  '', pw, 'KAFKA_PASSWORD is set, but KAFKA_USER is not'",
    "SSL,       me, pw, 'KAFKA_USER is set, but KAFKA_SECURITY_PROTOCOL=SSL asks for no user'",
    "PLAINTEXT, me, pw, 'KAFKA_USER is set, but KAFKA_SECURITY_PROTOCOL=PLAINTEXT asks for no user'",
  })
  void halfALoginIsRefused(
      SecurityProtocol protocol, String user, String password, String complaint) {
    assertThatThrownBy(() -> access(protocol, user, password, "", "", ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(complaint);
  }

  @Test
  void filesThatNobodyWouldReadAreRefused() {
    assertThatThrownBy(() -> access(PLAINTEXT, "", "", certificate, "", ""))
        .hasMessageStartingWith(
            "KAFKA_TLS_CA is set, but KAFKA_SECURITY_PROTOCOL=PLAINTEXT is without TLS");
    assertThatThrownBy(() -> access(SASL_PLAINTEXT, "me", "pw", "", certificate, key))
        .hasMessageStartingWith(
            "KAFKA_TLS_CERTIFICATE is set, but KAFKA_SECURITY_PROTOCOL=SASL_PLAINTEXT is without");
    assertThatThrownBy(() -> access(SSL, "", "", "", certificate, ""))
        .hasMessage(
            "KAFKA_TLS_CERTIFICATE is set, but KAFKA_TLS_PRIVATE_KEY is not. Set both, or none.");
  }

  @Test
  void filesThatAreNotWhatTheyShouldBeAreNamed() throws Exception {
    String missing = files.resolve("missing.pem").toString();
    assertThatThrownBy(() -> access(SSL, "", "", missing, "", ""))
        .hasMessage("KAFKA_TLS_CA=" + missing + ": there is no such file");
    assertThatThrownBy(() -> access(SSL, "", "", files.toString(), "", ""))
        .hasMessageStartingWith("KAFKA_TLS_CA=" + files + " can't be read");
    assertThatThrownBy(() -> access(SSL, "", "", key, "", ""))
        .hasMessageStartingWith("KAFKA_TLS_CA=" + key + " holds no certificate");
    String damaged =
        file("damaged.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    assertThatThrownBy(() -> access(SSL, "", "", damaged, "", ""))
        .hasMessageStartingWith("KAFKA_TLS_CA=" + damaged + " holds a damaged certificate");
    String old =
        file("old.pem", "-----BEGIN EC PRIVATE KEY-----\nsecret\n-----END EC PRIVATE KEY-----\n");
    assertThatThrownBy(() -> access(SSL, "", "", "", certificate, old))
        .hasMessageStartingWith("KAFKA_TLS_PRIVATE_KEY=" + old + " holds no private key in PKCS #8")
        .hasMessageNotContaining("secret");
  }

  @Test
  void aPasswordIsNotPrinted() {
    assertThat(access(SASL_SSL, "me", "secret", "", "", "").toString())
        .isEqualTo("KafkaAccess[SASL_SSL as me]");
  }

  private static KafkaAccess access(
      SecurityProtocol protocol,
      String user,
      String password,
      String ca,
      String certificate,
      String key) {
    return new KafkaAccess(protocol, SCRAM_SHA_512, user, password, ca, certificate, key);
  }
}
