package tickets.ingest.status;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.kafka.autoconfigure.KafkaProperties;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.r2dbc.core.DatabaseClient;
import org.springframework.scheduling.concurrent.CustomizableThreadFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import tickets.contract.CacheKeys;
import tickets.contract.ConsumerGroups;
import tickets.contract.EventJson;
import tickets.contract.Lane;
import tickets.contract.ScoredTicket;
import tickets.ingest.IngestMeters;
import tickets.ingest.IngestProperties;
import tickets.ingest.RedisLink;

/**
 * What the components of the pipeline looked like a moment ago: each is asked every second in the
 * background, with a limit on every wait, so that whoever asks here has the answer at once.
 */
@Component
public final class ServiceStatus implements SmartLifecycle {

  private static final Logger log = LoggerFactory.getLogger(ServiceStatus.class);

  static final String KAFKA = "kafka";
  static final String POSTGRES = "postgres";
  static final String REDIS = "redis";

  /** The servers that are asked. */
  static final List<String> COMPONENTS = List.of(KAFKA, POSTGRES, REDIS);

  private static final Duration PERIOD = Duration.ofSeconds(1);
  private static final String NOT_ASKED = "not asked yet";
  private static final Duration LIMIT = Duration.ofSeconds(2);

  /** Five questions in a row, each of which may take 400 ms to a broker that is far away. */
  private static final Duration KAFKA_LIMIT = Duration.ofSeconds(5);

  private final KafkaProperties kafka;
  private final RedisLink redis;
  private final DatabaseClient postgres;
  private final ScheduledExecutorService sampling;
  private final List<Consumer<ScorerSeen>> listeners = new CopyOnWriteArrayList<>();
  private final Map<String, String> failures = new ConcurrentHashMap<>();
  private final KafkaGroups kafkaGroups;
  private volatile Map<String, KafkaGroups.Group> groups = Map.of();
  private volatile @Nullable Instant lastTicket;
  private volatile ScoredTicket.@Nullable Model model;
  private @Nullable Admin admin;
  private volatile boolean running;

  ServiceStatus(
      KafkaProperties kafka,
      RedisLink redis,
      DatabaseClient postgres,
      IngestProperties properties,
      IngestMeters meters) {
    this.kafka = kafka;
    kafkaGroups = new KafkaGroups(InstantSource.system(), properties.retention());
    this.redis = redis;
    this.postgres = postgres;
    CustomizableThreadFactory threads = new CustomizableThreadFactory("status-");
    threads.setDaemon(true);
    sampling = Executors.newScheduledThreadPool(3, threads);
    for (String component : COMPONENTS) {
      failures.put(component, NOT_ASKED);
    }
    watch(meters, properties);
  }

  private void watch(IngestMeters meters, IngestProperties properties) {
    for (String component : COMPONENTS) {
      meters.up(component, () -> failure(component) == null ? 1 : 0);
    }
    for (String group : ConsumerGroups.TOPICS.keySet()) {
      meters.lag(group, () -> lag(group));
      meters.members(group, () -> known(group, KafkaGroups.Group::members));
      meters.lagAge(group, () -> known(group, state -> state.age().toMillis() / 1000.0));
      meters.lagOfRetention(group, () -> known(group, KafkaGroups.Group::ofRetention));
    }
    meters.silence(this::silence);
    meters.limits(properties.sla(), properties.silentAfter());
  }

  /** No number, and so no alarm, while Kafka does not answer: that is an alarm of its own. */
  private double known(String group, ToDoubleFunction<KafkaGroups.Group> of) {
    KafkaGroups.Group state = groups.get(group);
    return state == null ? Double.NaN : of.applyAsDouble(state);
  }

  private double silence() {
    Instant last = lastTicket;
    return last == null
        ? Double.NaN
        : Math.max(0, Duration.between(last, Instant.now()).toMillis() / 1000.0);
  }

  /**
   * What a lane's scorers had done when they were last looked at.
   *
   * @param committed the next offset of each partition of the lane's topic to be scored
   * @param unscored tickets on the topic that are not scored yet
   * @param works whether a scorer is there, and not being rebalanced
   */
  public record ScorerSeen(Lane lane, Map<Integer, Long> committed, long unscored, boolean works) {}

  /** Tells what the scorer has done, about once a second while Kafka answers; must not block. */
  public void onScorerSeen(Consumer<ScorerSeen> listener) {
    listeners.add(listener);
  }

  private void tellOfScorer(Lane lane) {
    KafkaGroups.Group scorer = groups.get(lane.scorerGroup());
    if (scorer != null) {
      Map<Integer, Long> committed = new HashMap<>();
      scorer
          .committed()
          .forEach(
              (partition, done) -> {
                // Null for a partition of which the group has finished nothing.
                if (done != null && partition.topic().equals(lane.topic())) {
                  committed.put(partition.partition(), done.offset());
                }
              });
      ScorerSeen seen = new ScorerSeen(lane, committed, scorer.lag(), scorer.works());
      listeners.forEach(listener -> listener.accept(seen));
    }
  }

  private long lag(String group) {
    KafkaGroups.Group known = groups.get(group);
    return known == null ? 0 : known.lag();
  }

  /** Why the component can't be used, or null if it can. */
  @Nullable String failure(String component) {
    return failures.get(component);
  }

  /** Null while Kafka does not answer. */
  KafkaGroups.@Nullable Group group(String id) {
    return groups.get(id);
  }

  /** The model that scored last, as far as Redis has told. */
  public ScoredTicket.@Nullable Model model() {
    return model;
  }

  /**
   * The model that scored last, as Redis tells now; while it does not answer, as it told before.
   * For who needs the labels of a model whose first score is younger than the last sample.
   *
   * @return empty if no model has scored, as far as Redis has ever told
   */
  public Mono<ScoredTicket.Model> askForModel() {
    return modelInRedis()
        .onErrorResume(
            error -> {
              log.debug("The current model is not asked for: {}", error.getMessage());
              return Mono.empty();
            })
        .switchIfEmpty(Mono.defer(() -> Mono.justOrEmpty(model)));
  }

  private Mono<ScoredTicket.Model> modelInRedis() {
    return redis
        .run(commands -> commands.get(CacheKeys.CURRENT_MODEL))
        .map(json -> EventJson.mapper().readValue(json, ScoredTicket.Model.class));
  }

  private void sampleKafka() {
    sample(
        KAFKA,
        () -> {
          kafkaGroups.read(openAdmin(), KAFKA_LIMIT);
          groups = kafkaGroups.groups();
          lastTicket = kafkaGroups.lastTicket();
        });
    if (failures.containsKey(KAFKA)) {
      groups = Map.of();
      lastTicket = null;
    }
    for (Lane lane : Lane.values()) {
      tellOfScorer(lane);
    }
  }

  private Admin openAdmin() {
    Admin open = admin;
    if (open == null) {
      Map<String, Object> settings = new HashMap<>(kafka.buildAdminProperties());
      settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) KAFKA_LIMIT.toMillis());
      settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) KAFKA_LIMIT.toMillis());
      open = Admin.create(settings);
      admin = open;
    }
    return open;
  }

  private void sampleRedis() {
    sample(
        REDIS,
        () -> {
          ScoredTicket.Model told = modelInRedis().block(LIMIT);
          if (told != null) {
            model = told;
          }
        });
  }

  private void samplePostgres() {
    // The table, not just the server: without it nothing can be looked up.
    sample(
        POSTGRES,
        () ->
            postgres
                .sql("select to_regclass('ticket') is not null as ready")
                .map(row -> Boolean.TRUE.equals(row.get("ready", Boolean.class)))
                .one()
                .filter(ready -> ready)
                .switchIfEmpty(
                    Mono.error(
                        () ->
                            new IllegalStateException("results-sink has not made its tables yet")))
                .block(LIMIT));
  }

  private interface Question {
    void ask() throws Exception;
  }

  private void sample(String component, Question question) {
    String failure = null;
    try {
      question.ask();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    } catch (Exception e) {
      Throwable cause = NestedExceptionUtils.getMostSpecificCause(e);
      failure = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    }
    String before = failure == null ? failures.remove(component) : failures.put(component, failure);
    if (failure == null && before != null) {
      log.info("{} answers", component);
    } else if (failure != null && (before == null || before.equals(NOT_ASKED))) {
      log.warn("{} does not answer: {}", component, failure);
    }
  }

  @Override
  public void start() {
    running = true;
    every(this::sampleKafka);
    every(this::sampleRedis);
    every(this::samplePostgres);
  }

  private void every(Runnable sample) {
    var unused =
        sampling.scheduleWithFixedDelay(sample, 0, PERIOD.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void stop() {
    running = false;
    sampling.shutdownNow();
    if (admin != null) {
      admin.close(Duration.ZERO);
    }
  }

  @Override
  public boolean isRunning() {
    return running;
  }
}
