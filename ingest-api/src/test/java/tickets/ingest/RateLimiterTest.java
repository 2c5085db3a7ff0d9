package tickets.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static tickets.ingest.HttpContract.assertProblem;
import static tickets.ingest.Keys.bearer;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tickets.embedded.EmbeddedRedis;
import tickets.ingest.Service.Answer;

/** Clients are held to their rate, over all instances while Redis is there. */
@NullUnmarked // fields are set before the first test
class RateLimiterTest {

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final String[] SETTINGS = {
    "RATE_LIMIT=5/h", Keys.setting("one:read", "two:read", "three:read")
  };

  @TempDir Path data;
  private EmbeddedRedis redis;
  private Servers servers;
  private Service service;

  @BeforeEach
  void start() {
    redis = EmbeddedRedis.start(data, 0);
    servers = Servers.none().withRedis(redis.url());
    service = Service.start(servers, SETTINGS);
  }

  @AfterEach
  void stop() {
    service.close();
    redis.close();
  }

  private static Answer call(Service at, String name) {
    return at.get("/status", bearer(name));
  }

  private static long left(Answer answer) {
    assertThat(answer.header("ratelimit-policy")).isEqualTo("\"client\";q=5;w=3600");
    assertThat(answer.header("ratelimit")).matches("\"client\";r=\\d+;t=\\d+");
    return Long.parseLong(answer.header("ratelimit").replaceAll(".*;r=(\\d+);.*", "$1"));
  }

  private void awaitRedis(Service at) {
    await().atMost(LIMIT).until(() -> !at.get("/v3/api-docs").body().isEmpty());
    await()
        .atMost(LIMIT)
        .until(
            () -> {
              call(at, "three");
              return keys() > 0;
            });
  }

  private long keys() {
    io.lettuce.core.RedisClient client = io.lettuce.core.RedisClient.create(servers.redis());
    try (var connection = client.connect()) {
      return connection.sync().keys("rate:*").size();
    } finally {
      client.shutdown(0, 1, java.util.concurrent.TimeUnit.SECONDS);
    }
  }

  @Test
  void aClientIsHeldToItsRateOverAllInstances() {
    try (Service other = Service.start(servers, SETTINGS)) {
      awaitRedis(service);
      awaitRedis(other);
      for (int i = 0; i < 5; i++) {
        Answer answer = call(i % 2 == 0 ? service : other, "one");
        assertThat(answer.status()).isEqualTo(503);
        assertThat(left(answer)).isEqualTo(4 - i);
      }
      for (Service at : new Service[] {service, other}) {
        Answer refused = call(at, "one");
        assertProblem(refused, 429, "More than 5 calls");
        assertThat(left(refused)).isZero();
        assertThat(Integer.parseInt(refused.header("retry-after"))).isBetween(700, 720);
      }
      assertThat(left(call(other, "two"))).as("another client's are its own").isEqualTo(4);
    }
  }

  @Test
  void guessingKeysIsHeldToTheSameRate() {
    awaitRedis(service);
    for (int i = 0; i < 5; i++) {
      assertProblem(call(service, "stranger" + i), 401, "Nobody has this key");
    }
    assertProblem(call(service, "stranger"), 429, "More than 5 calls");
    assertProblem(service.get("/status"), 429, "More than 5 calls");
    assertThat(call(service, "one").status()).as("who has a key is not kept out").isEqualTo(503);
    assertThat(service.get("/v3/api-docs").headers()).doesNotContainKey("ratelimit");
  }

  @Test
  void withoutRedisAnInstanceHoldsToItByItself() {
    redis.close();
    for (int i = 0; i < 5; i++) {
      assertThat(call(service, "one").status()).isEqualTo(503);
    }
    await().atMost(LIMIT).until(() -> call(service, "one").status() == 429);
    assertThat(left(call(service, "two"))).isLessThan(5);
  }
}
