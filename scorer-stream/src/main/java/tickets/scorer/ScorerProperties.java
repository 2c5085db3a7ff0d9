package tickets.scorer;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.NotNull;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.convert.DurationUnit;
import org.springframework.validation.annotation.Validated;
import tickets.contract.Lane;
import tickets.contract.Redaction;
import tickets.contract.TopicRetention;
import tickets.contract.Topics;
import tickets.contract.access.KafkaAccess;
import tickets.scorer.batch.BatchLimits;
import tickets.scorer.model.Precision;
import tickets.scorer.model.TicketScorer;

/**
 * All settings of the scorer. Defaults stand in {@code scorer-stream.yml}, beside the environment
 * variable of each.
 *
 * @param kafkaBootstrapServers {@code HOST:PORT}, several separated by commas; localhost:9092
 * @param kafka how this service gets into Kafka; PLAINTEXT, without user
 * @param replicationFactor copies of each topic that has to be created, the batch store's changelog
 *     included; 1, as fits a single broker
 * @param topicRetention how long the topics keep records, one hour or more; 30 days. Also how long
 *     erasures have to be remembered
 * @param modelPath the model's directory in Hugging Face layout; ./models/ticket-priority-ru-en
 * @param modelsDir where models have to lie that scorers are commanded to load; ./models
 * @param modelPrecision number format of the model's products; auto, which is bf16 where the
 *     processor has it
 * @param shadowModelPath directory of a second model whose scores go into ticket-priorities-shadow
 *     and nowhere else; empty: none
 * @param shadowMaxLag tickets of a partition that the second model may be behind, 1 or more; with
 *     more it goes on with the newest and counts those that it skipped; 1,000
 * @param streamThreads threads that score; 0 means as many as there are cores, but no more than
 *     partitions
 * @param batchMaxTickets the most tickets scored together; 128: larger batches have less padding,
 *     and score no more a second than rounds differ (docs/decisions/0012)
 * @param batchMaxTokens the most tokens scored together, estimated; 16,384, which is 128 tickets of
 *     128 tokens
 * @param batchLatencyTarget how long scoring a batch shall take while callers wait, 10 ms to 5 s;
 *     then batches have as many tokens as are scored in that time, batchMaxTokens at most; 200 ms
 * @param batchLinger how long a ticket waits for another to share its batch, 1 ms to 1 s; 5 ms
 * @param redact what is masked in texts, as in the other services; nothing
 * @param storeText whether results and rejections carry the ticket's text; true
 * @param textMaxChars code points a ticket's text may have, 1 to 100,000; 10,000. The bound keeps
 *     results below Kafka's 1 MB
 * @param sla how long after the broker's receipt a ticket of the most urgent priority may be
 *     scored, in seconds; 60: people look at a queue about once a minute. 0 watches nothing
 * @param stateDir where the scorer keeps its id, and what it measured of the model, across
 *     restarts; one directory for each scorer
 */
@Validated
@ConfigurationProperties("scorer")
record ScorerProperties(
    @NotBlank String kafkaBootstrapServers,
    @NotNull KafkaAccess kafka,
    @Min(1) @Max(Short.MAX_VALUE) int replicationFactor,
    @NotNull @DurationMin(hours = 1) @DurationMax(days = 36_500) Duration topicRetention,
    @NotNull Path modelPath,
    @NotNull Path modelsDir,
    @NotNull Precision modelPrecision,
    @NotNull String shadowModelPath,
    @Min(1) int shadowMaxLag,
    @Min(0) @Max(Topics.PARTITIONS) int streamThreads,
    @Min(1) @Max(4096) int batchMaxTickets,
    @Min(1) @Max(1_000_000) int batchMaxTokens,
    @NotNull @DurationMin(millis = 10) @DurationMax(seconds = 5) Duration batchLatencyTarget,
    @NotNull @DurationMin(millis = 1) @DurationMax(seconds = 1) Duration batchLinger,
    @NotNull Redaction redact,
    boolean storeText,
    @Min(1) @Max(100_000) int textMaxChars,
    @NotNull @DurationUnit(ChronoUnit.SECONDS) @DurationMin @DurationMax(days = 1) Duration sla,
    @NotNull Path stateDir) {

  /**
   * The number of threads that 0 stands for, or the one that is set.
   *
   * @param cores of this machine. Callers' tickets get half as many threads as cores: one batch on
   *     two cores is answered in half the time of two batches side by side, and is twice as large
   */
  int threads(Lane lane, int cores) {
    if (streamThreads > 0) {
      return streamThreads;
    }
    int wanted = lane == Lane.INTERACTIVE ? cores / 2 : cores;
    return Math.max(1, Math.min(wanted, Topics.PARTITIONS));
  }

  /** How a client reaches Kafka. */
  Map<String, Object> kafkaClient() {
    Map<String, Object> settings = new HashMap<>(kafka.clientSettings());
    settings.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, kafkaBootstrapServers);
    return settings;
  }

  /**
   * Loads a model as that of the start is loaded, and warms it up.
   *
   * @throws tickets.scorer.model.UnusableModel if the directory holds none that can be run
   */
  TicketScorer loadModel(Path directory) {
    TicketScorer scorer = TicketScorer.load(directory, modelPrecision, stateDir);
    try {
      scorer.warmUp();
      return scorer;
    } catch (RuntimeException e) {
      scorer.close();
      throw e;
    }
  }

  /** As the contract speaks of it. */
  TopicRetention retention() {
    return new TopicRetention(topicRetention);
  }

  /** The limits as set, whatever the model's speed. */
  BatchLimits batchLimits(int ticketMaxTokens) {
    return new BatchLimits(batchMaxTickets, batchMaxTokens, batchLinger, ticketMaxTokens);
  }
}
