package tickets.sink;

import java.time.Duration;
import java.util.List;
import org.springframework.data.redis.core.ReactiveStringRedisTemplate;
import org.springframework.data.redis.core.script.RedisScript;
import reactor.core.publisher.Mono;
import tickets.contract.CacheKeys;
import tickets.contract.Correction;
import tickets.contract.EventJson;
import tools.jackson.databind.node.ObjectNode;

/**
 * The newest correction of each ticket in Redis, under a key of its own that no outcome touches.
 * Writing the same again changes nothing but how long it lives.
 */
final class CorrectionCache {

  private static final RedisScript<Long> ANNOUNCE = ScoreCache.script("announce-correction.lua");

  private final ReactiveStringRedisTemplate redis;
  private final Duration ttl;

  /**
   * @param ttl how long a correction lives
   */
  CorrectionCache(ReactiveStringRedisTemplate redis, Duration ttl) {
    this.redis = redis;
    this.ttl = ttl;
  }

  /** Completes when Redis has all of these, or newer ones. */
  Mono<Void> announce(List<ReceivedCorrection> corrections) {
    return ScoreCache.all(ReceivedCorrection.newestById(corrections), this::announce).then();
  }

  private Mono<Long> announce(ReceivedCorrection received) {
    Correction correction = received.correction();
    return redis
        .execute(
            ANNOUNCE,
            List.of(
                CacheKeys.correction(correction.taskId()), CacheKeys.erased(correction.taskId())),
            List.of(
                json(correction, received.offset()),
                json(correction.anonymous(), received.offset()),
                EventJson.time(correction.correctedAt()),
                Long.toString(received.offset()),
                Long.toString(ttl.toMillis())))
        .next();
  }

  private static String json(Correction correction, long offset) {
    ObjectNode json = EventJson.mapper().valueToTree(correction);
    return EventJson.mapper().writeValueAsString(json.put("source_offset", offset));
  }
}
