package tickets.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.ClassPathResource;
import tickets.contract.Redaction;
import tickets.contract.access.KafkaAccess;
import tickets.contract.access.PostgresAccess;
import tickets.contract.access.RedisAccess;

class IngestPropertiesTest {

  private static final String FILE = "ingest-api.yml";

  private static StandardEnvironment environment(Map<String, Object> variables) throws IOException {
    StandardEnvironment environment = new StandardEnvironment();
    environment.getPropertySources().addFirst(new MapPropertySource("variables", variables));
    new YamlPropertySourceLoader()
        .load(FILE, new ClassPathResource(FILE))
        .forEach(environment.getPropertySources()::addLast);
    return environment;
  }

  @ParameterizedTest
  @CsvSource({
    "BIND, server.address, 10.0.0.1",
    "PORT, server.port, 1234",
    "MANAGEMENT_BIND, management.server.address, 10.0.0.2",
    "INGEST_MANAGEMENT_PORT, management.server.port, 1235",
    "HEADER_MAX_BYTES, server.max-http-request-header-size, 4KB",
    "IDLE_TIMEOUT, server.netty.idle-timeout, 5s",
    "AUTH, tickets.access.auth, none",
    "API_KEYS, tickets.access.api-keys, a:read:0",
    "PUBLISHED_ON, tickets.access.published-on, 10.0.0.3",
    "OIDC_ISSUER, tickets.access.oidc-issuer, https://issuer",
    "OIDC_AUDIENCE, tickets.access.oidc-audience, us",
    "OIDC_SCOPE_PREFIX, tickets.access.oidc-scope-prefix, tickets:",
    "OIDC_TENANT_CLAIM, tickets.access.oidc-tenant-claim, org",
    "TENANCY, tickets.access.tenancy, by-key",
    "RATE_LIMIT, tickets.access.rate-limit, 9/m",
    "CORS_ORIGINS, tickets.access.cors-origins, https://desk",
    "TLS_CERTIFICATE, tickets.access.tls-certificate, /c.pem",
    "TLS_PRIVATE_KEY, tickets.access.tls-private-key, /k.pem",
    "MAX_CONNECTIONS, tickets.access.max-connections, 12",
    "HEADER_TIMEOUT, tickets.access.header-timeout, 6s",
    "BODY_TIMEOUT, tickets.access.body-timeout, 7s",
    "BODY_MAX_BYTES, spring.http.codecs.max-in-memory-size, 1MB",
    "KAFKA_BOOTSTRAP_SERVERS, spring.kafka.bootstrap-servers, broker:1",
    "POSTGRES_URL, spring.r2dbc.url, r2dbc:postgresql://db/t",
    "POSTGRES_USER, spring.r2dbc.username, me",
    "POSTGRES_PASSWORD, spring.r2dbc.password, secret",
    "REPLICATION_FACTOR, tickets.ingest.replication-factor, 3",
    "TOPIC_RETENTION, tickets.ingest.topic-retention, 7d",
    "KAFKA_SECURITY_PROTOCOL, tickets.ingest.kafka.security-protocol, SASL_SSL",
    "KAFKA_SASL_MECHANISM, tickets.ingest.kafka.sasl-mechanism, PLAIN",
    "KAFKA_USER, tickets.ingest.kafka.user, me",
    "KAFKA_PASSWORD, tickets.ingest.kafka.password, secret",
    "KAFKA_TLS_CA, tickets.ingest.kafka.tls-ca, /ca.pem",
    "KAFKA_TLS_CERTIFICATE, tickets.ingest.kafka.tls-certificate, /me.pem",
    "KAFKA_TLS_PRIVATE_KEY, tickets.ingest.kafka.tls-private-key, /me.key",
    "POSTGRES_TLS, tickets.ingest.postgres.tls, verify-full",
    "POSTGRES_TLS_CA, tickets.ingest.postgres.tls-ca, /ca.pem",
    "REDIS_URL, tickets.ingest.redis.url, redis://cache",
    "REDIS_USER, tickets.ingest.redis.user, me",
    "REDIS_PASSWORD, tickets.ingest.redis.password, secret",
    "REDIS_TLS_CA, tickets.ingest.redis.tls-ca, /ca.pem",
    "SYNC_TIMEOUT, tickets.ingest.sync-timeout, 3s",
    "MAX_WAITING, tickets.ingest.max-waiting, 5",
    "TEXT_MAX_CHARS, tickets.ingest.text-max-chars, 7",
    "REDACT, tickets.ingest.redact, emails",
    "IDEMPOTENCY_TTL, tickets.ingest.idempotency-ttl, 2h",
    "RESULT_CACHE_TTL, tickets.ingest.text-cache-ttl, 9s",
    "MAX_LAG, tickets.ingest.max-lag, 11",
    "SLA_SECONDS, tickets.ingest.sla, 90",
    "SILENT_AFTER, tickets.ingest.silent-after, 15m",
    "LOG_LEVEL, logging.level.root, DEBUG",
  })
  void everyVariableArrives(String variable, String key, String value) throws IOException {
    assertThat(environment(Map.of(variable, value)).getProperty(key)).isEqualTo(value);
  }

  @Test
  void everyVariableOfTheFileIsTriedAbove() throws Exception {
    String yaml = new ClassPathResource(FILE).getContentAsString(StandardCharsets.UTF_8);
    Matcher variables = Pattern.compile("\\$\\{([A-Z_]+)").matcher(yaml);
    String[] rows =
        IngestPropertiesTest.class
            .getDeclaredMethod("everyVariableArrives", String.class, String.class, String.class)
            .getAnnotation(CsvSource.class)
            .value();

    assertThat(variables.results().map(match -> match.group(1)))
        .hasSizeGreaterThan(10)
        .isSubsetOf(
            Stream.concat(
                    Stream.of(rows).map(row -> row.split(",")[0]),
                    // Chooses among formats: see logFormatIsTextOrJson.
                    Stream.of("LOG_FORMAT"))
                .toList());
  }

  @Test
  void logFormatIsTextOrJson() throws IOException {
    String key = "logging.structured.format.console";

    assertThat(environment(Map.of()).getProperty(key)).isEmpty();
    assertThat(environment(Map.of("LOG_FORMAT", "json")).getProperty(key)).isEqualTo("ecs");
  }

  @Test
  void defaultsAreThoseOfTheContract() throws IOException {
    IngestProperties bound =
        Binder.get(environment(new HashMap<>()))
            .bind("tickets.ingest", IngestProperties.class)
            .get();

    assertThat(bound)
        .isEqualTo(
            new IngestProperties(
                (short) 1,
                Duration.ofDays(30),
                new KafkaAccess(
                    SecurityProtocol.PLAINTEXT,
                    KafkaAccess.Mechanism.SCRAM_SHA_512,
                    "",
                    "",
                    "",
                    "",
                    ""),
                new PostgresAccess(PostgresAccess.Tls.DISABLE, ""),
                new RedisAccess("redis://localhost:6379", "", "", ""),
                Duration.ofSeconds(10),
                1000,
                10_000,
                Redaction.NONE,
                Duration.ofHours(24),
                Duration.ofSeconds(300),
                100_000,
                Duration.ofSeconds(60),
                Duration.ZERO));
  }

  @Test
  void everyWrongSettingIsReportedAtOnce() {
    new ApplicationContextRunner()
        .withUserConfiguration(Bound.class)
        .withPropertyValues(
            "tickets.ingest.replication-factor=0",
            "tickets.ingest.topic-retention=59m",
            "tickets.ingest.redis-url= ",
            "tickets.ingest.sync-timeout=1ms",
            "tickets.ingest.max-waiting=0",
            "tickets.ingest.text-max-chars=1",
            "tickets.ingest.redact=",
            "tickets.ingest.idempotency-ttl=24h",
            "tickets.ingest.text-cache-ttl=0s",
            "tickets.ingest.max-lag=-1",
            "tickets.ingest.sla=-1",
            "tickets.ingest.silent-after=-1s")
        .run(
            context ->
                assertThatThrownBy(context::getEnvironment)
                    .rootCause()
                    .hasMessageContainingAll(
                        "replicationFactor",
                        "topicRetention",
                        "kafka",
                        "postgres",
                        "redis",
                        "syncTimeout",
                        "maxWaiting",
                        "maxLag",
                        "sla",
                        "silentAfter"));
  }

  @ParameterizedTest
  @CsvSource({
    "KAFKA_USER, me, 'KAFKA_USER is set, but KAFKA_PASSWORD is not. Set both, or none.'",
    "KAFKA_TLS_CA, /missing.pem, 'KAFKA_TLS_CA is set, but KAFKA_SECURITY_PROTOCOL=PLAINTEXT is'",
    "POSTGRES_TLS_CA, /missing.pem, 'POSTGRES_TLS_CA is set, but POSTGRES_TLS=disable looks at no'",
    "REDIS_URL, 'http://me:secret@cache', REDIS_URL is not of the form redis://[[user]:password@]",
  })
  void halfAnAccessStopsTheStartWithOneLine(String variable, String value, String line)
      throws IOException {
    Binder binder = Binder.get(environment(Map.of(variable, value)));
    assertThatThrownBy(() -> binder.bind("tickets.ingest", IngestProperties.class))
        .rootCause()
        .hasMessageStartingWith(line)
        .hasMessageNotContaining("secret");
  }

  @EnableConfigurationProperties(IngestProperties.class)
  static class Bound {}
}
