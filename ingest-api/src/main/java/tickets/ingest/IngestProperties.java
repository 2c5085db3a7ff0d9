package tickets.ingest;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.convert.DurationUnit;
import org.springframework.validation.annotation.Validated;
import tickets.contract.Redaction;
import tickets.contract.TopicRetention;
import tickets.contract.access.KafkaAccess;
import tickets.contract.access.PostgresAccess;
import tickets.contract.access.RedisAccess;

/**
 * What can be set, beside the addresses of Kafka and PostgreSQL. Defaults and environment variables
 * stand in {@code ingest-api.yml}.
 *
 * @param replicationFactor copies of each topic this service creates; 1 suits one broker, power
 *     loss needs 3
 * @param topicRetention how long the topics keep records, one hour or more; 30 days, as in the
 *     other services. The answer to an erasure says by when they have forgotten
 * @param kafka how this service gets into Kafka
 * @param postgres how its connections to PostgreSQL are encrypted
 * @param redis where Redis is and how this service gets in
 * @param syncTimeout how long a synchronous call waits for its priority, from its arrival; 10 s is
 *     below the 30 s and more that HTTP clients commonly wait
 * @param maxWaiting synchronous calls that may wait at once; 1,000 cost some 10 MB. A slow scorer
 *     bounds them further, so that each is answered in time
 * @param textMaxChars the most code points a text may have after it was stripped; the scorer and
 *     the sink hold events to the same number
 * @param redact what is masked in texts before anything else is done with them, as in the other
 *     services; nothing
 * @param idempotencyTtl how long an id stays bound to its text; 24 h cover a client that retries
 *     over night
 * @param textCacheTtl how long the same text is answered from Redis. The sink writes with it; here
 *     0 switches asking off
 * @param maxLag unscored tickets on the topic above which new ones are refused, whoever published
 *     them; 0 never refuses for that
 * @param sla how long a ticket of the most urgent priority may wait for its score, in seconds; 60,
 *     as in the scorer. Alerts compare with it: a ticket that is not scored yet may be one. 0: no
 *     limit
 * @param silentAfter how long the topic {@code tickets} may go without a record before somebody
 *     should look; 0, never: only who knows the desk knows its quiet hours
 */
@Validated
@ConfigurationProperties("tickets.ingest")
public record IngestProperties(
    @Min(1) @Max(Short.MAX_VALUE) short replicationFactor,
    @NotNull @DurationMin(hours = 1) @DurationMax(days = 36_500) Duration topicRetention,
    @NotNull KafkaAccess kafka,
    @NotNull PostgresAccess postgres,
    @NotNull RedisAccess redis,
    @NotNull @DurationMin(millis = 100) @DurationMax(minutes = 5) Duration syncTimeout,
    @Min(1) @Max(100_000) int maxWaiting,
    @Min(1) @Max(1_000_000) int textMaxChars,
    @NotNull Redaction redact,
    @NotNull @DurationMin(seconds = 10) Duration idempotencyTtl,
    @NotNull @DurationMin Duration textCacheTtl,
    @Min(0) long maxLag,
    @NotNull @DurationUnit(ChronoUnit.SECONDS) @DurationMin @DurationMax(days = 1) Duration sla,
    @NotNull @DurationMin @DurationMax(days = 30) Duration silentAfter) {

  /** As the contract speaks of it. */
  public TopicRetention retention() {
    return new TopicRetention(topicRetention);
  }
}
