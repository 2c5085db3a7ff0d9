package tickets.ingest.access;

import static tickets.ingest.Refusal.Reason.TOO_MANY_CALLS;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.lettuce.core.ScriptOutputType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.ClassPathResource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.stereotype.Component;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import tickets.ingest.RedisLink;
import tickets.ingest.Refusal;

/**
 * Holds each client to {@code RATE_LIMIT}, over all instances: the buckets are in Redis. While
 * Redis does not answer, each instance holds to it by itself.
 */
@Component
final class RateLimiter {

  private static final Logger log = LoggerFactory.getLogger(RateLimiter.class);

  /** Redis answers within a millisecond; no call waits longer than this for its ruling. */
  private static final Duration REDIS_LIMIT = Duration.ofMillis(50);

  /** After that Redis is left alone for as long, so that calls do not wait for it one by one. */
  private static final Duration REDIS_PAUSE = Duration.ofSeconds(1);

  /** Buckets kept here while Redis is away; the ones used least recently go first. */
  private static final int LOCAL_BUCKETS = 10_000;

  private static final String POLICY_NAME = "client";
  private static final String SCRIPT = script();

  private final RedisLink redis;
  private final @Nullable RateLimit limit;
  private final Cache<String, AtomicLong> local;
  private volatile long redisFrom = System.nanoTime();

  RateLimiter(RedisLink redis, AccessProperties properties) {
    this.redis = redis;
    this.limit = RateLimit.parse(properties.rateLimit());
    this.local =
        Caffeine.newBuilder()
            .maximumSize(LOCAL_BUCKETS)
            .expireAfterAccess(limit == null ? Duration.ZERO : limit.period())
            .build();
  }

  private static String script() {
    try {
      return new ClassPathResource("rate-limit.lua", RateLimiter.class)
          .getContentAsString(StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Counts a call of a client and tells it how it stands.
   *
   * @return completes if it may go on; fails with {@link Refusal.Reason#TOO_MANY_CALLS} if not
   */
  Mono<Void> admit(ServerWebExchange exchange, String client) {
    RateLimit held = limit;
    return held == null
        ? Mono.empty()
        : ruling(held, "rate:" + client).flatMap(ruling -> obey(exchange, held, ruling));
  }

  /** What a client is called that has shown no key. */
  static String address(ServerHttpRequest request) {
    InetSocketAddress remote = request.getRemoteAddress();
    InetAddress address = remote == null ? null : remote.getAddress();
    if (address instanceof Inet6Address) {
      // Whoever has one address of a /64 has all of them.
      return "address:" + HexFormat.of().formatHex(Arrays.copyOf(address.getAddress(), 8));
    }
    return "address:" + (address == null ? "unknown" : address.getHostAddress());
  }

  private Mono<RateLimit.Ruling> ruling(RateLimit held, String key) {
    if (System.nanoTime() - redisFrom < 0) {
      return Mono.fromSupplier(() -> ruleHere(held, key));
    }
    return redis
        .run(
            commands ->
                commands
                    .<String>eval(
                        SCRIPT,
                        ScriptOutputType.VALUE,
                        new String[] {key},
                        Long.toString(held.intervalMicros()),
                        Long.toString(held.calls()))
                    .next())
        .timeout(REDIS_LIMIT)
        .map(RateLimiter::read)
        .onErrorResume(
            error -> {
              redisFrom = System.nanoTime() + REDIS_PAUSE.toNanos();
              log.debug("Rate limits are held by this instance alone: {}", error.getMessage());
              return Mono.fromSupplier(() -> ruleHere(held, key));
            });
  }

  private RateLimit.Ruling ruleHere(RateLimit held, String key) {
    AtomicLong fullAt = local.get(key, k -> new AtomicLong());
    while (true) {
      long before = fullAt.get();
      long now = System.currentTimeMillis() * 1_000;
      RateLimit.Ruling ruling = held.rule(before, now);
      if (!ruling.allowed() || fullAt.compareAndSet(before, now + ruling.fullMicros())) {
        return ruling;
      }
    }
  }

  private static RateLimit.Ruling read(String line) {
    String[] numbers = line.split(" ", -1);
    return new RateLimit.Ruling(
        numbers[0].equals("1"),
        Long.parseLong(numbers[1]),
        Long.parseLong(numbers[2]),
        Long.parseLong(numbers[3]));
  }

  /** The headers of draft-ietf-httpapi-ratelimit-headers. */
  private static Mono<Void> obey(
      ServerWebExchange exchange, RateLimit held, RateLimit.Ruling ruling) {
    HttpHeaders headers = exchange.getResponse().getHeaders();
    headers.set(
        "RateLimit-Policy",
        "\"%s\";q=%d;w=%d".formatted(POLICY_NAME, held.calls(), held.period().toSeconds()));
    long change = ruling.allowed() ? ruling.fullMicros() : ruling.waitMicros();
    headers.set(
        "RateLimit",
        "\"%s\";r=%d;t=%d".formatted(POLICY_NAME, ruling.left(), wholeSeconds(change)));
    if (ruling.allowed()) {
      return Mono.empty();
    }
    long seconds = wholeSeconds(ruling.waitMicros());
    return Mono.error(
        Refusal.of(
                TOO_MANY_CALLS,
                "More than "
                    + held.calls()
                    + " calls in "
                    + held.period().toSeconds()
                    + " s. Try again in "
                    + seconds
                    + " s.")
            .retryAfter(Duration.ofSeconds(seconds)));
  }

  private static long wholeSeconds(long micros) {
    return Math.max(1, (micros + 999_999) / 1_000_000);
  }
}
