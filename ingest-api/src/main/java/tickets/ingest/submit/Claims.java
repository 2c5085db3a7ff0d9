package tickets.ingest.submit;

import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SetArgs;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import tickets.contract.CacheKeys;
import tickets.contract.Claim;
import tickets.ingest.IngestProperties;
import tickets.ingest.RedisLink;
import tickets.ingest.answer.Acceptance;
import tools.jackson.core.JacksonException;

/**
 * Ids taken, in Redis, for all instances: whoever claims an id first publishes its ticket, everyone
 * else finds out that and where it was published.
 */
@Component
final class Claims {

  private static final Logger log = LoggerFactory.getLogger(Claims.class);

  /**
   * Longer than a publication can take (block and delivery limits of {@link TicketsTopic}), so that
   * no second one starts beside it; short, so that a killed instance holds an id up for no longer.
   */
  static final Duration PUBLISHING_LIFE = Duration.ofSeconds(4);

  private static final String DELETE_IF_EQUAL =
      "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return"
          + " 0";

  private final RedisLink redis;
  private final Duration life;

  Claims(RedisLink redis, IngestProperties properties) {
    this.redis = redis;
    this.life = properties.idempotencyTtl();
  }

  /**
   * What came of claiming an id.
   *
   * @param claim the one that holds now
   * @param ours whether it is this caller's, who then publishes
   */
  record Held(Claim claim, boolean ours) {}

  /**
   * Claims an id for a text.
   *
   * @return empty if a claim vanished in between: try again; fails with {@link RedisLink.RedisDown}
   */
  Mono<Held> claim(String taskId, String textSha256) {
    return Mono.defer(
        () -> {
          String key = CacheKeys.claim(taskId);
          Claim mine = Claim.publishing(textSha256, Instant.now(), UUID.randomUUID().toString());
          SetArgs ifAbsent = SetArgs.Builder.nx().px(PUBLISHING_LIFE.toMillis());
          return redis
              .run(commands -> commands.set(key, mine.toJson(), ifAbsent))
              .map(ok -> new Held(mine, true))
              .switchIfEmpty(
                  redis
                      .run(commands -> commands.get(key))
                      .flatMap(json -> held(taskId, key, json)));
        });
  }

  private Mono<Held> held(String taskId, String key, String json) {
    try {
      return Mono.just(new Held(Claim.fromJson(json), false));
    } catch (JacksonException e) {
      log.warn("Ticket {}: unreadable claim in Redis, removed", taskId);
      return deleteIfEqual(key, json).then(Mono.empty());
    }
  }

  /** Notes that the broker has the ticket. Best effort: without Redis the note is not made. */
  Mono<Void> accepted(String taskId, String textSha256, Acceptance acceptance) {
    String json = acceptance.claim(textSha256).toJson();
    return redis
        .run(
            commands ->
                commands.set(CacheKeys.claim(taskId), json, SetArgs.Builder.px(life.toMillis())))
        .doOnError(error -> log.debug("Ticket {} not noted in Redis: {}", taskId, error.toString()))
        .onErrorComplete()
        .then();
  }

  /** Gives an id free whose ticket was not published. Best effort: it expires soon anyhow. */
  Mono<Void> release(String taskId, Claim mine) {
    return deleteIfEqual(CacheKeys.claim(taskId), mine.toJson()).onErrorComplete().then();
  }

  private Mono<Long> deleteIfEqual(String key, String json) {
    return redis.run(
        commands ->
            commands
                .<Long>eval(DELETE_IF_EQUAL, ScriptOutputType.INTEGER, new String[] {key}, json)
                .next());
  }
}
