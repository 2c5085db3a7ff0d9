package tickets.ingest.explain;

import static tickets.ingest.Refusal.Reason.EXPLAINED_LATE;
import static tickets.ingest.Refusal.Reason.KAFKA_DOWN;
import static tickets.ingest.Refusal.Reason.MODEL_FAULT;
import static tickets.ingest.Refusal.Reason.NO_PERMIT;
import static tickets.ingest.Refusal.Reason.STORE_DOWN;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import tickets.contract.Explanation;
import tickets.contract.ExplanationRequest;
import tickets.ingest.IngestProperties;
import tickets.ingest.RedisLink;
import tickets.ingest.Refusal;
import tickets.ingest.answer.Score;
import tickets.ingest.answer.Why;
import tickets.ingest.submit.ExplainsScore;
import tickets.ingest.submit.TicketsTopic;

/**
 * Asks the scorers why a text has its priority, and waits for the answer on a reply channel of its
 * own. An answer is kept nowhere: one that gets lost on its way is asked for again by its caller.
 */
@Component
final class AskScorers implements SmartLifecycle, ExplainsScore {

  private static final Logger log = LoggerFactory.getLogger(AskScorers.class);

  /**
   * Who may wait for an explanation at once. One costs a scorer what some 70 tickets do, on its one
   * thread for them: more would only wait for each other.
   */
  private static final int MOST_WAITING = 16;

  private final TicketsTopic topic;
  private final RedisLink redis;
  private final Duration limit;
  private final Semaphore permits = new Semaphore(MOST_WAITING);
  private final ConcurrentMap<String, Sinks.One<Explanation>> waiting = new ConcurrentHashMap<>();
  private final String replyChannel = "replies:" + UUID.randomUUID();
  private volatile boolean running;

  AskScorers(TicketsTopic topic, RedisLink redis, IngestProperties properties) {
    this.topic = topic;
    this.redis = redis;
    this.limit = properties.syncTimeout();
  }

  /**
   * The explanation of a text, within {@code SYNC_TIMEOUT}.
   *
   * @return fails with {@link Refusal}
   */
  Mono<Why> explain(String taskId, String text) {
    return explain(taskId, text, limit);
  }

  @Override
  public Mono<Why> explain(Score score, String text, Duration left) {
    return explain(score.taskId(), text, left)
        .onErrorResume(
            Refusal.class,
            refusal -> {
              log.info("Ticket {} answered unexplained: {}", score.taskId(), refusal.reason());
              return Mono.empty();
            });
  }

  private Mono<Why> explain(String taskId, String text, Duration left) {
    return Mono.using(
        () -> register(taskId),
        requestId ->
            // Whoever is not heard there would be worked for in vain.
            redis
                .run(commands -> commands.ping())
                .onErrorMap(RedisLink.RedisDown.class, down -> redisDown(taskId))
                .then(Mono.defer(() -> ask(requestId, taskId, text, left)))
                .timeout(left, Mono.error(() -> late(taskId)))
                .map(explanation -> shown(taskId, text, explanation)),
        requestId -> {
          waiting.remove(requestId);
          permits.release();
        });
  }

  private String register(String taskId) {
    if (!permits.tryAcquire()) {
      throw Refusal.of(
          NO_PERMIT, MOST_WAITING + " callers wait for an explanation already. Try again.", taskId);
    }
    String requestId = UUID.randomUUID().toString();
    waiting.put(requestId, Sinks.one());
    return requestId;
  }

  private Mono<Explanation> ask(String requestId, String taskId, String text, Duration left) {
    Sinks.One<Explanation> answer = waiting.getOrDefault(requestId, Sinks.one());
    ExplanationRequest request = new ExplanationRequest(requestId, taskId, text, left.toMillis());
    return Mono.fromFuture(topic.publish(request, replyChannel), true)
        .onErrorMap(
            error ->
                Refusal.of(
                    KAFKA_DOWN, "Kafka did not take the question in time. Ask again.", taskId))
        .then(answer.asMono());
  }

  private static Why shown(String taskId, String text, Explanation explanation) {
    Explanation.Explained explained = explanation.explained();
    if (explained == null) {
      throw Refusal.of(MODEL_FAULT, String.valueOf(explanation.failure()), taskId);
    }
    return Why.of(taskId, text, explained);
  }

  private static Refusal redisDown(String taskId) {
    return Refusal.of(
        STORE_DOWN, "Redis does not answer, and explanations come by it. Ask again.", taskId);
  }

  private static Refusal late(String taskId) {
    return Refusal.of(
        EXPLAINED_LATE,
        "No scorer explained this in the time a call may wait. Ask again later.",
        taskId);
  }

  private void announced(String json) {
    try {
      Explanation explanation = Explanation.read(json.getBytes(StandardCharsets.UTF_8));
      Sinks.One<Explanation> waiter = waiting.get(explanation.requestId());
      if (waiter != null) {
        waiter.tryEmitValue(explanation);
      }
    } catch (IOException e) {
      log.warn("Unreadable explanation from Redis, passed over: {}", e.getMessage());
    }
  }

  @Override
  public void start() {
    redis.subscribe(
        replyChannel, this::announced, () -> log.debug("Explanations come on {}", replyChannel));
    running = true;
  }

  @Override
  public void stop() {
    running = false;
  }

  @Override
  public boolean isRunning() {
    return running;
  }
}
