package tickets.sink;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.apache.kafka.common.security.auth.SecurityProtocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.data.redis.autoconfigure.DataRedisProperties;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.boot.r2dbc.autoconfigure.R2dbcProperties;
import org.springframework.boot.test.context.ConfigDataApplicationContextInitializer;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.validation.autoconfigure.ValidationAutoConfiguration;
import tickets.contract.Redaction;
import tickets.contract.Tenancy;
import tickets.contract.access.KafkaAccess;
import tickets.contract.access.PostgresAccess;
import tickets.contract.access.RedisAccess;
import tickets.embedded.ServerTls;
import tickets.embedded.TestCertificates;

class SinkPropertiesTest {

  private final ApplicationContextRunner service =
      new ApplicationContextRunner()
          .withPropertyValues("spring.config.name=results-sink")
          .withInitializer(new ConfigDataApplicationContextInitializer())
          .withConfiguration(AutoConfigurations.of(ValidationAutoConfiguration.class))
          .withUserConfiguration(Bound.class);

  @EnableConfigurationProperties({
    SinkProperties.class,
    KafkaProperties.class,
    R2dbcProperties.class,
    DataRedisProperties.class
  })
  static class Bound {}

  @ParameterizedTest
  @CsvSource({
    "KAFKA_BOOTSTRAP_SERVERS, spring.kafka.bootstrap-servers,        kafka.example:19092",
    "SINK_BATCH_MAX,          spring.kafka.consumer.max-poll-records, 17",
    "REDIS_URL,               sink.redis.access.url,                 redis://redis.example:6380",
    "REDIS_TIMEOUT,           spring.data.redis.timeout,             750ms",
    "POSTGRES_URL,            spring.r2dbc.url,             r2dbc:postgresql://postgres.example/t",
    "POSTGRES_USER,           spring.r2dbc.username,                 writer",
    "POSTGRES_USER,           sink.postgres.user,                    writer",
    "POSTGRES_PASSWORD,       spring.r2dbc.password,                 secret",
    "POSTGRES_PASSWORD,       sink.postgres.password,                secret",
    "POSTGRES_JDBC_URL,       sink.postgres.jdbc-url,       jdbc:postgresql://postgres.example/t",
    "POSTGRES_TLS,            sink.postgres.access.tls,              verify-full",
    "POSTGRES_TIMEOUT,        sink.postgres.timeout,                 7s",
    "SINK_MANAGEMENT_PORT,    server.port,                           18083",
    "MANAGEMENT_BIND,         server.address,                        0.0.0.0",
    "REPLICATION_FACTOR,      sink.replication-factor,               3",
    "TOPIC_RETENTION,         sink.topic-retention,                  7d",
    "PREDICTION_RETENTION,    sink.prediction-retention,             365d",
    "TEXT_MAX_CHARS,          sink.text-max-chars,                   5000",
    "REDACT,                  sink.redact,                           emails",
    "RESULT_CACHE_TTL,        sink.text-cache-ttl,                   0s",
    "OUTCOME_CACHE_TTL,       sink.outcome-cache-ttl,                2h",
    "IDEMPOTENCY_TTL,         sink.idempotency-ttl,                  48h",
    "STORE_BEHIND_AFTER,      sink.behind-after,                     10m",
    "TENANCY,                 sink.tenancy,                          by-key",
    "SINK_RETRY_PAUSE,        sink.retry.pause,                      300ms",
    "SINK_RETRY_PAUSE_MAX,    sink.retry.pause-max,                  20s",
    "LOG_LEVEL,               logging.level.tickets,                 DEBUG",
  })
  void everyVariableArrivesInItsProperty(String variable, String property, String value) {
    service
        .withPropertyValues(variable + "=" + value)
        .run(
            context -> {
              assertThat(context).hasNotFailed();
              assertThat(context.getEnvironment().getProperty(property)).isEqualTo(value);
            });
  }

  /** Half of them is refused, so they come together. */
  @Test
  void everyVariableOfTheAccessArrives(@TempDir Path files) throws Exception {
    ServerTls made = TestCertificates.in(files).issue("sink");
    String ca = made.ca().toString();
    service
        .withPropertyValues(
            "KAFKA_SECURITY_PROTOCOL=SASL_SSL",
            "KAFKA_SASL_MECHANISM=PLAIN",
            "KAFKA_USER=sink",
            "KAFKA_PASSWORD=secret-1",
            "KAFKA_TLS_CA=" + ca,
            "KAFKA_TLS_CERTIFICATE=" + made.certificate(),
            "KAFKA_TLS_PRIVATE_KEY=" + made.privateKey(),
            "POSTGRES_MIGRATION_USER=owner",
            "POSTGRES_MIGRATION_PASSWORD=secret-2",
            "POSTGRES_TLS=verify-full",
            "POSTGRES_TLS_CA=" + ca,
            "REDIS_URL=rediss://redis.example",
            "REDIS_USER=sink",
            "REDIS_PASSWORD=secret-3",
            "REDIS_TLS_CA=" + ca)
        .run(
            context -> {
              SinkProperties bound = context.getBean(SinkProperties.class);
              assertThat(bound.kafka())
                  .isEqualTo(
                      new KafkaAccess(
                          SecurityProtocol.SASL_SSL,
                          KafkaAccess.Mechanism.PLAIN,
                          "sink",
                          "secret-1",
                          ca,
                          made.certificate().toString(),
                          made.privateKey().toString()));
              assertThat(bound.postgres().migrationUser()).isEqualTo("owner");
              assertThat(bound.postgres().migrationPassword()).isEqualTo("secret-2");
              assertThat(bound.postgres().access())
                  .isEqualTo(new PostgresAccess(PostgresAccess.Tls.VERIFY_FULL, ca));
              assertThat(bound.redis().access())
                  .isEqualTo(new RedisAccess("rediss://redis.example", "sink", "secret-3", ca));
              assertThat(bound.toString()).doesNotContain("secret");
            });
  }

  @ParameterizedTest
  @CsvSource({
    "KAFKA_USER, me, 'KAFKA_USER is set, but KAFKA_PASSWORD is not. Set both, or none.'",
    "POSTGRES_MIGRATION_USER, me, 'POSTGRES_MIGRATION_USER and POSTGRES_MIGRATION_PASSWORD: set"
        + " both'",
    "REDIS_URL, 'http://me:secret@cache', REDIS_URL is not of the form redis://[[user]:password@]",
  })
  void halfAnAccessStopsTheStartWithOneLine(String variable, String value, String line) {
    service
        .withPropertyValues(variable + "=" + value)
        .run(
            context -> {
              assertThat(context).hasFailed();
              assertThat(context.getStartupFailure())
                  .rootCause()
                  .hasMessageContaining(line)
                  .hasMessageNotContaining("secret");
            });
  }

  @Test
  void theRecordHoldsWhatTheVariablesSay() {
    service
        .withPropertyValues(
            "REPLICATION_FACTOR=3",
            "TOPIC_RETENTION=7d",
            "PREDICTION_RETENTION=365d",
            "TEXT_MAX_CHARS=5000",
            "REDACT=emails",
            "RESULT_CACHE_TTL=1m",
            "OUTCOME_CACHE_TTL=2h",
            "IDEMPOTENCY_TTL=48h",
            "STORE_BEHIND_AFTER=10m",
            "TENANCY=by-key",
            "SINK_RETRY_PAUSE=300ms",
            "SINK_RETRY_PAUSE_MAX=20s",
            "POSTGRES_JDBC_URL=jdbc:postgresql://postgres.example/t",
            "POSTGRES_USER=writer",
            "POSTGRES_PASSWORD=secret",
            "POSTGRES_TIMEOUT=7s")
        .run(
            context ->
                assertThat(context.getBean(SinkProperties.class))
                    .isEqualTo(
                        new SinkProperties(
                            (short) 3,
                            Duration.ofDays(7),
                            Duration.ofDays(365),
                            5000,
                            Redaction.of("emails"),
                            Duration.ofMinutes(1),
                            Duration.ofHours(2),
                            Duration.ofHours(48),
                            Duration.ofMinutes(10),
                            Tenancy.BY_KEY,
                            new SinkProperties.Retry(
                                Duration.ofMillis(300), Duration.ofSeconds(20)),
                            new KafkaAccess(
                                SecurityProtocol.PLAINTEXT,
                                KafkaAccess.Mechanism.SCRAM_SHA_512,
                                "",
                                "",
                                "",
                                "",
                                ""),
                            new SinkProperties.Postgres(
                                "jdbc:postgresql://postgres.example/t",
                                "writer",
                                "secret",
                                "",
                                "",
                                new PostgresAccess(PostgresAccess.Tls.DISABLE, ""),
                                Duration.ofSeconds(7)),
                            new SinkProperties.Redis(
                                new RedisAccess("redis://localhost:6379", "", "", ""),
                                Duration.ofSeconds(3)))));
  }

  @ParameterizedTest
  @CsvSource({"text, ''", "json, ecs"})
  void theLogFormatIsBootsOwnOrJson(String format, String structured) {
    service
        .withPropertyValues("LOG_FORMAT=" + format)
        .run(
            context ->
                assertThat(
                        context.getEnvironment().getProperty("logging.structured.format.console"))
                    .isEqualTo(structured));
  }

  @Test
  void allThatIsWrongIsReportedAtOnce() {
    service
        .withPropertyValues(
            "REPLICATION_FACTOR=0",
            "TOPIC_RETENTION=59m",
            "TEXT_MAX_CHARS=0",
            "OUTCOME_CACHE_TTL=0s",
            "IDEMPOTENCY_TTL=1s",
            "POSTGRES_JDBC_URL=")
        .run(
            context -> {
              assertThat(context).hasFailed();
              assertThat(context.getStartupFailure())
                  .rootCause()
                  .hasMessageContaining("replicationFactor")
                  .hasMessageContaining("topicRetention")
                  .hasMessageContaining("textMaxChars")
                  .hasMessageContaining("outcomeCacheTtl")
                  .hasMessageContaining("idempotencyTtl")
                  .hasMessageContaining("jdbcUrl");
            });
  }
}
