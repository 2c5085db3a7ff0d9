package tickets.sink;

import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.core.io.ClassPathResource;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tickets.contract.CacheKeys;
import tickets.contract.EventJson;
import tickets.contract.Outcome;
import tickets.contract.Rejection;
import tickets.contract.ScoredTicket;
import tickets.contract.TicketHeaders;
import tools.jackson.databind.node.ObjectNode;

/**
 * What Redis knows: the newest outcome of each ticket, the first answer to each text, and the model
 * that scores now. Writing the same again changes nothing but how long it lives.
 */
final class ScoreCache {

  /** Commands sent before the first answer is back; they share one connection. */
  private static final int PIPELINE = 256;

  private static final RedisScript<Long> ANNOUNCE_OUTCOME = script("announce-outcome.lua");
  private static final RedisScript<Long> ANNOUNCE_MODEL = script("announce-model.lua");

  private final ReactiveStringRedisTemplate redis;
  private final Duration outcomeTtl;
  private final Duration textTtl;

  /**
   * @param outcomeTtl how long an outcome lives
   * @param textTtl how long an answer to a text lives; zero: none is kept
   */
  ScoreCache(ReactiveStringRedisTemplate redis, Duration outcomeTtl, Duration textTtl) {
    this.redis = redis;
    this.outcomeTtl = outcomeTtl;
    this.textTtl = textTtl;
  }

  private static RedisScript<Long> script(String name) {
    return RedisScript.of(new ClassPathResource(name, ScoreCache.class), Long.class);
  }

  /** Completes when Redis has all of these; outcomes first, for someone waits for them. */
  Mono<Void> announce(List<ReceivedOutcome> received) {
    return Flux.fromIterable(received)
        .flatMap(this::announceOutcome, PIPELINE)
        .thenMany(
            Flux.fromIterable(firstByText(received).entrySet())
                .flatMap(text -> keepFirst(text.getKey(), text.getValue()), PIPELINE))
        .then(announceModel(received));
  }

  private Mono<Long> announceOutcome(ReceivedOutcome received) {
    Outcome outcome = received.outcome();
    return redis
        .execute(
            ANNOUNCE_OUTCOME,
            List.of(CacheKeys.outcome(outcome.taskId())),
            List.of(
                json(slim(outcome)),
                Long.toString(outcomeTtl.toMillis()),
                outcome.sourceTopic(),
                Integer.toString(outcome.sourcePartition()),
                Long.toString(outcome.sourceOffset()),
                EventJson.time(outcome.decidedAt()),
                TicketHeaders.replyChannel(received.record().headers()).orElse("")))
        .next();
  }

  /** No more of a customer's words in memory than needed. */
  private static Outcome slim(Outcome outcome) {
    return outcome instanceof ScoredTicket scored
        ? scored.withoutText()
        : ((Rejection) outcome).withoutOriginal();
  }

  private Map<String, ScoredTicket> firstByText(List<ReceivedOutcome> received) {
    if (textTtl.isZero()) {
      return Map.of();
    }
    Map<String, ScoredTicket> first = new LinkedHashMap<>();
    for (ReceivedOutcome one : received) {
      if (one.outcome() instanceof ScoredTicket scored) {
        String key =
            CacheKeys.text(CacheKeys.DEFAULT_TENANT, scored.model().digest(), scored.textSha256());
        first.putIfAbsent(key, scored);
      }
    }
    return first;
  }

  private Mono<Boolean> keepFirst(String key, ScoredTicket scored) {
    return redis.opsForValue().setIfAbsent(key, json(scored.withoutText()), textTtl);
  }

  /** Each time anew, for Redis may have been emptied since. */
  private Mono<Void> announceModel(List<ReceivedOutcome> received) {
    Optional<ScoredTicket> newest =
        received.stream()
            .map(ReceivedOutcome::outcome)
            .filter(ScoredTicket.class::isInstance)
            .map(ScoredTicket.class::cast)
            .max(Comparator.comparing(ScoredTicket::scoredAt));
    if (newest.isEmpty()) {
      return Mono.empty();
    }
    String scoredAt = EventJson.time(newest.get().scoredAt());
    ObjectNode model = EventJson.mapper().valueToTree(newest.get().model());
    model.put("scored_at", scoredAt);
    return redis
        .execute(ANNOUNCE_MODEL, List.of(CacheKeys.CURRENT_MODEL), List.of(json(model), scoredAt))
        .then();
  }

  private static String json(Object value) {
    return EventJson.mapper().writeValueAsString(value);
  }
}
