package tickets.sink;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.core.io.ClassPathResource;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tickets.contract.CacheKeys;
import tickets.contract.Claim;
import tickets.contract.EventJson;
import tickets.contract.Lane;
import tickets.contract.Outcome;
import tickets.contract.Rejection;
import tickets.contract.ScoredTicket;
import tickets.contract.Tenancy;
import tickets.contract.TicketHeaders;
import tools.jackson.databind.node.ObjectNode;

/**
 * What Redis knows: the newest outcome of each ticket, the first answer to each text, that the id
 * of a ticket whose caller waited is taken, and the model that scores now. Writing the same again
 * changes nothing but how long it lives.
 */
final class ScoreCache {

  /** Commands sent before the first answer is back; they share one connection. */
  private static final int PIPELINE = 256;

  /** Outcomes of one call: Redis does nothing else meanwhile, for less than a millisecond. */
  private static final int TOGETHER = 32;

  /**
   * Stands where a script takes the key of a text and there is none. It has the prefix of those
   * that are: Redis asks for a right to every key that a script is given, to an empty one too.
   */
  private static final String NO_TEXT = "text:";

  private static final RedisScript<Long> ANNOUNCE_OUTCOMES = script("announce-outcomes.lua");
  private static final RedisScript<Long> ANNOUNCE_MODEL = script("announce-model.lua");
  private static final RedisScript<Long> ERASE_TICKET = script("erase-ticket.lua");

  private final ReactiveStringRedisTemplate redis;
  private final Duration outcomeTtl;
  private final Duration textTtl;
  private final Duration claimTtl;
  private final Duration erasureTtl;
  private final Tenancy tenancy;

  /**
   * @param outcomeTtl how long an outcome lives
   * @param textTtl how long an answer to a text lives; zero: none is kept
   * @param claimTtl how long an id stays bound to its text
   * @param erasureTtl how long it is known that a ticket is erased: while its outcome may be read
   *     again
   * @param tenancy whether the answer to a text is for one tenant only
   */
  ScoreCache(
      ReactiveStringRedisTemplate redis,
      Duration outcomeTtl,
      Duration textTtl,
      Duration claimTtl,
      Duration erasureTtl,
      Tenancy tenancy) {
    this.redis = redis;
    this.outcomeTtl = outcomeTtl;
    this.textTtl = textTtl;
    this.claimTtl = claimTtl;
    this.erasureTtl = erasureTtl;
    this.tenancy = tenancy;
  }

  static RedisScript<Long> script(String name) {
    return RedisScript.of(new ClassPathResource(name, ScoreCache.class), Long.class);
  }

  /**
   * Completes when Redis has all of these. The model is sent first: whoever has an answer of a
   * model can ask for its labels.
   */
  Mono<Void> announce(List<ReceivedOutcome> received) {
    return Mono.whenDelayError(
        announceModel(received), all(together(received), this::announceTogether));
  }

  private static List<List<ReceivedOutcome>> together(List<ReceivedOutcome> received) {
    List<List<ReceivedOutcome>> parts = new ArrayList<>();
    for (int from = 0; from < received.size(); from += TOGETHER) {
      parts.add(received.subList(from, Math.min(received.size(), from + TOGETHER)));
    }
    return parts;
  }

  /**
   * What all came to, in their order. Fails with the first failure, but not before those under way
   * have ended too: their failures would have nobody left to tell, and Reactor would log each.
   */
  static <T, R> Mono<List<R>> all(Collection<T> items, Function<T, Mono<R>> command) {
    return Mono.defer(
        () -> {
          AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
          return Flux.fromIterable(items)
              .takeWhile(item -> failure.get() == null)
              .flatMapSequential(
                  item ->
                      command
                          .apply(item)
                          .doOnError(e -> failure.compareAndSet(null, e))
                          .onErrorComplete(),
                  PIPELINE)
              .collectList()
              .flatMap(done -> failure.get() == null ? Mono.just(done) : failed(failure.get()));
        });
  }

  private static <R> Mono<R> failed(@Nullable Throwable failure) {
    return failure == null ? Mono.empty() : Mono.error(failure);
  }

  /** Completes when Redis holds nothing of these any more but that they are erased. */
  Mono<Void> erase(List<ReceivedErasure> erasures) {
    return all(erasures, this::erase).then();
  }

  private Mono<Long> erase(ReceivedErasure erasure) {
    String outcome = CacheKeys.outcome(erasure.taskId());
    return redis
        .opsForValue()
        .get(outcome)
        .map(this::textKey)
        .defaultIfEmpty(NO_TEXT)
        .flatMapMany(
            textKey ->
                redis.execute(
                    ERASE_TICKET,
                    List.of(
                        outcome,
                        CacheKeys.claim(erasure.taskId()),
                        CacheKeys.erased(erasure.taskId()),
                        textKey,
                        CacheKeys.correction(erasure.taskId())),
                    List.of(
                        EventJson.time(erasure.at()),
                        Long.toString(erasureTtl.toMillis()),
                        erasure.taskId())))
        .next();
  }

  /** Where the answer to this outcome's text is kept; {@link #NO_TEXT} if there is none. */
  private String textKey(String outcome) {
    try {
      return EventJson.readOutcome(outcome.getBytes(StandardCharsets.UTF_8))
                  instanceof ScoredTicket scored
              && scored.textSha256() != null
          ? textKey(scored, scored.textSha256())
          : NO_TEXT;
    } catch (IOException e) {
      return NO_TEXT;
    }
  }

  private String textKey(ScoredTicket scored, String textSha256) {
    return CacheKeys.text(tenancy.tenantOf(scored.taskId()), scored.model().digest(), textSha256);
  }

  private Mono<Long> announceTogether(List<ReceivedOutcome> received) {
    List<String> keys = new ArrayList<>();
    List<String> values = new ArrayList<>();
    values.add(Long.toString(outcomeTtl.toMillis()));
    values.add(Long.toString(textTtl.toMillis()));
    values.add(Long.toString(claimTtl.toMillis()));
    for (ReceivedOutcome one : received) {
      Outcome outcome = one.outcome();
      keys.add(CacheKeys.outcome(outcome.taskId()));
      keys.add(CacheKeys.erased(outcome.taskId()));
      keys.add(answeredText(outcome));
      keys.add(CacheKeys.claim(outcome.taskId()));
      values.add(json(slim(outcome)));
      values.add(outcome.sourceTopic());
      values.add(Integer.toString(outcome.sourcePartition()));
      values.add(Long.toString(outcome.sourceOffset()));
      values.add(EventJson.time(outcome.decidedAt()));
      values.add(TicketHeaders.replyChannel(one.record().headers()).orElse(""));
      values.add(EventJson.time(outcome.receivedAt()));
      values.add(claim(outcome));
    }
    return redis.execute(ANNOUNCE_OUTCOMES, keys, values).next();
  }

  /**
   * The key of the text that this answers; {@link #NO_TEXT} if answers to texts are not kept, or
   * not this one.
   */
  private String answeredText(Outcome outcome) {
    return !textTtl.isZero()
            && outcome instanceof ScoredTicket scored
            && scored.textSha256() != null
        ? textKey(scored, scored.textSha256())
        : NO_TEXT;
  }

  /**
   * Of a caller who waited for a ticket that it had not named, and learns its id with this outcome;
   * any other ticket's id was claimed before it was published. '' if there is nothing to claim.
   */
  private static String claim(Outcome outcome) {
    return outcome instanceof ScoredTicket scored
            && scored.sourceTopic().equals(Lane.INTERACTIVE.topic())
            && scored.textSha256() != null
        ? Claim.accepted(
                scored.textSha256(),
                scored.receivedAt(),
                scored.sourceTopic(),
                scored.sourcePartition(),
                scored.sourceOffset())
            .toJson()
        : "";
  }

  /** No more of a customer's words in memory than needed. */
  private static Outcome slim(Outcome outcome) {
    return outcome instanceof ScoredTicket scored
        ? scored.withoutText().withoutPriorities()
        : ((Rejection) outcome).withoutOriginal();
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
