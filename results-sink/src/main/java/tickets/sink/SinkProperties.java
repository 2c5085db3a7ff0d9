package tickets.sink;

import jakarta.validation.Valid;
import jakarta.validation.constraints.AssertTrue;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;
import tickets.contract.Redaction;
import tickets.contract.Tenancy;
import tickets.contract.TopicRetention;
import tickets.contract.access.KafkaAccess;
import tickets.contract.access.PostgresAccess;
import tickets.contract.access.RedisAccess;

/**
 * What results-sink can be told. Defaults, environment variables and units stand in {@code
 * results-sink.yml}; Kafka's and PostgreSQL's addresses are Spring Boot's own keys there.
 *
 * @param replicationFactor copies of each topic when this service is the one that creates it. 1: a
 *     single broker; 3 survives the loss of one
 * @param topicRetention how long the topics keep records, one hour or more. 30 days, as in the
 *     other services; erasures stay longer, see {@link TopicRetention}
 * @param predictionRetention how long PostgreSQL keeps a ticket and its score. 0: for ever, as the
 *     service replaced did
 * @param textMaxChars the most code points a ticket's text may have. 10,000, as in the other
 *     services: a longer one is known only by its rejection
 * @param redact what is masked in texts, as in the other services: so that all agree on their
 *     hashes. Nothing by default
 * @param textCacheTtl how long the same text is answered from Redis under the same model. 300 s, as
 *     the service replaced did; 0: never
 * @param outcomeCacheTtl how long Redis keeps a ticket's outcome. 1 h: long enough for who polls,
 *     short enough for memory; PostgreSQL has it for good
 * @param idempotencyTtl how long an id stays bound to its text, as in ingest-api, which binds those
 *     that callers choose. 24 h cover a client that retries
 * @param kafka how this service gets into Kafka
 * @param behindAfter how old the oldest record may be that a store has still to take, before
 *     somebody should look. 5 min: a store that restarts is back and has caught up; 0: never
 * @param tenancy whether the answer to a text is for its tenant only. The same as in ingest-api
 */
@Validated
@ConfigurationProperties("sink")
record SinkProperties(
    @DefaultValue("1") @Min(1) @Max(32767) short replicationFactor,
    @DefaultValue("30d") @DurationMin(hours = 1) @DurationMax(days = 36_500)
        Duration topicRetention,
    @DefaultValue("0s") @DurationMin(millis = 0) @DurationMax(days = 36_500)
        Duration predictionRetention,
    @DefaultValue("10000") @Min(1) @Max(1_000_000) int textMaxChars,
    @DefaultValue("") @NotNull Redaction redact,
    @DefaultValue("300s") @DurationMin(millis = 0) @DurationMax(days = 365) Duration textCacheTtl,
    @DefaultValue("1h") @DurationMin(millis = 1) @DurationMax(days = 365) Duration outcomeCacheTtl,
    @DefaultValue("24h") @DurationMin(seconds = 10) Duration idempotencyTtl,
    @DefaultValue("5m") @DurationMin @DurationMax(days = 30) Duration behindAfter,
    @DefaultValue("none") Tenancy tenancy,
    @DefaultValue @Valid Retry retry,
    @NotNull KafkaAccess kafka,
    @Valid @NotNull(message = "is missing: set sink.postgres.jdbc-url, user and password")
        Postgres postgres,
    @Valid @NotNull Redis redis) {

  /** As the contract speaks of it. */
  TopicRetention retention() {
    return new TopicRetention(topicRetention);
  }

  /**
   * How long Redis keeps a correction: while any score of its ticket may be read again, but no
   * longer than PostgreSQL knows it.
   */
  Duration correctionCacheTtl() {
    Duration longest = retention().erasures();
    return predictionRetention.isZero() || predictionRetention.compareTo(longest) > 0
        ? longest
        : predictionRetention;
  }

  /**
   * How a store that is down is tried again: for ever, the pause doubling from one to the other.
   *
   * @param pause before the second try. 200 ms: a store that restarts is back within seconds
   * @param pauseMax the longest. 10 s: well under the 5 min after which Kafka would take the
   *     partitions away, and how long a recovered store waits at worst
   */
  record Retry(
      @DefaultValue("200ms") @DurationMin(millis = 1) @DurationMax(minutes = 1) Duration pause,
      @DefaultValue("10s") @DurationMin(millis = 1) @DurationMax(minutes = 1) Duration pauseMax) {}

  /**
   * PostgreSQL beside its R2DBC address.
   *
   * @param jdbcUrl the same database for Flyway, which knows only JDBC
   * @param user who reads and writes rows
   * @param migrationUser who owns the tables and changes them; empty: {@code user}. With one of its
   *     own, whoever takes over this service can drop no table
   * @param access how connections are encrypted, Flyway's too
   * @param timeout the longest a batch may take. 5 s: some hundred times what 500 rows need, and
   *     short enough to stop within 10 s
   */
  record Postgres(
      @NotBlank String jdbcUrl,
      @NotBlank String user,
      @DefaultValue("") String password,
      @DefaultValue("") String migrationUser,
      @DefaultValue("") String migrationPassword,
      @NotNull PostgresAccess access,
      @DefaultValue("5s") @DurationMin(millis = 100) @DurationMax(minutes = 1) Duration timeout) {

    @AssertTrue(
        message = "POSTGRES_MIGRATION_USER and POSTGRES_MIGRATION_PASSWORD: set both or none")
    boolean isMigrationLoginWhole() {
      return migrationUser.isEmpty() == migrationPassword.isEmpty();
    }

    /** Without the passwords. */
    @Override
    public String toString() {
      return "Postgres[" + user + "]";
    }
  }

  /**
   * Redis.
   *
   * @param access where it is and how this service gets in
   * @param batchTimeout the longest a batch may take, all its commands together. 3 s: a single
   *     command has 1 s ({@code spring.data.redis.timeout})
   */
  record Redis(
      @NotNull RedisAccess access,
      @DefaultValue("3s") @DurationMin(millis = 100) @DurationMax(minutes = 1)
          Duration batchTimeout) {}
}
